#include "daemon/http/response_writer.h"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <stdexcept>
#include <utility>

#include "daemon/http/head.h"

namespace rosterd::http {

namespace {

constexpr std::pair<int, std::string_view> kReasons[] = {
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {206, "Partial Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {507, "Insufficient Storage"},
};

// What the door alone may say, because it follows from the connection.
bool is_ours(std::string_view name) {
  for (std::string_view ours :
       {"Date", "Content-Length", "Transfer-Encoding", "Connection", "Keep-Alive", "X-Request-Id"})
    if (iequals(name, ours)) return true;
  return false;
}

}  // namespace

std::string_view reason_phrase(int status) {
  const auto* found = std::find_if(std::begin(kReasons), std::end(kReasons),
                                   [status](const auto& entry) { return entry.first == status; });
  return found == std::end(kReasons) ? "Unknown" : found->second;
}

std::string http_date(std::chrono::system_clock::time_point time) {
  // Names are spelled here because strftime would follow the locale.
  static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  char text[64];
  const int size =
      std::snprintf(text, sizeof text, "%s, %02d %s %04d %02d:%02d:%02d GMT", kDays[utc.tm_wday], utc.tm_mday,
                    kMonths[utc.tm_mon], utc.tm_year + 1900, utc.tm_hour, utc.tm_min, utc.tm_sec);
  return {text, static_cast<std::size_t>(size)};
}

std::string new_request_id() {
  constexpr std::size_t size = 16;
  // One call for sixteen ids. Up to 256 bytes are never cut short once the pool is ready (getrandom(2)).
  thread_local std::array<unsigned char, 256> bytes;
  thread_local std::size_t used = bytes.size();
  if (used == bytes.size()) {
    if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
      throw std::runtime_error("no random bytes for a request id");
    used = 0;
  }
  std::string id;
  id.reserve(size * 2);
  for (const std::size_t end = used + size; used < end; ++used) {
    const unsigned char byte = bytes[used];
    id.push_back("0123456789abcdef"[byte >> 4]);
    id.push_back("0123456789abcdef"[byte & 15]);
  }
  return id;
}

bool is_sendable(const Response& response) {
  if (response.status < 200 || response.status > 599) return false;
  return std::all_of(response.headers.begin(), response.headers.end(),
                     [](const Header& field) { return is_token(field.name) && is_field_text(field.value); });
}

Response plain_response(int status, std::string_view detail, std::string_view request_id) {
  Response response{status, {{"Content-Type", "text/plain; charset=utf-8"}, {"Cache-Control", "no-store"}}, {}};
  response.body.append(std::to_string(status)).append(" ").append(reason_phrase(status));
  if (!detail.empty()) response.body.append(": ").append(detail);
  response.body.append("\nrequest ").append(request_id).append("\n");
  return response;
}

bool has_content(int status) {
  return status >= 200 && status != 204 && status != 304;
}

namespace {

// Every answer of one second says the same.
const std::string& date_of(std::chrono::system_clock::time_point now) {
  thread_local std::time_t second = -1;
  thread_local std::string text;
  const std::time_t wanted = std::chrono::system_clock::to_time_t(now);
  if (second != wanted) text = http_date(now);
  second = wanted;
  return text;
}

}  // namespace

std::string response_head(const Response& response, std::string_view request_id, bool close,
                          std::chrono::system_clock::time_point now, std::size_t more) {
  std::string head;
  head.reserve(512 + more);
  head.append("HTTP/1.1 ").append(std::to_string(response.status)).append(" ");
  head.append(reason_phrase(response.status)).append("\r\nDate: ").append(date_of(now)).append("\r\n");
  for (const Header& field : response.headers)
    if (!is_ours(field.name)) head.append(field.name).append(": ").append(field.value).append("\r\n");
  if (has_content(response.status))
    head.append("Content-Length: ").append(std::to_string(response.body.size())).append("\r\n");
  head.append("X-Request-Id: ").append(request_id).append("\r\n");
  if (close) head.append("Connection: close\r\n");
  head.append("\r\n");
  return head;
}

}  // namespace rosterd::http
