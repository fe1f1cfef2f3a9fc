#include "daemon/mail/message.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <stdexcept>

#include "daemon/mail/encoding.h"
#include "daemon/mail/utf8.h"

namespace rosterd::mail {
namespace {

constexpr std::size_t kMaxSubject = 200;
constexpr std::size_t kMaxHeaderUrl = 900;

std::string header(std::string_view name, std::string_view value) {
  return std::string(name) + ": " + std::string(value) + "\r\n";
}

std::string mailbox(const Mailbox& box) {
  const std::string name = one_line(box.name, 100);
  if (name.empty()) return box.address.spec();
  // On a line of its own, so that a long name and a long address together stay below the line limit.
  return encode_phrase(name) + "\r\n <" + box.address.spec() + ">";
}

bool is_visible_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

void require_message_id(std::string_view id) {
  const bool shaped = id.size() > 4 && id.size() < 400 && id.front() == '<' && id.back() == '>' && is_visible_ascii(id);
  if (!shaped || std::count(id.begin(), id.end(), '@') != 1 ||
      id.substr(1, id.size() - 2).find_first_of("<>()\",;:\\") != id.npos)
    throw std::invalid_argument("not a Message-ID");
}

// "=_" cannot occur in quoted-printable or base64 (RFC 2045 section 6.7), and a 7bit text that contains the hash of
// its own Message-ID would have to know it.
std::string boundary_for(std::string_view message_id) {
  std::array<unsigned char, 16> digest{};
  crypto_generichash(digest.data(), digest.size(), reinterpret_cast<const unsigned char*>(message_id.data()),
                     message_id.size(), nullptr, 0);
  std::array<char, 33> hex{};
  sodium_bin2hex(hex.data(), hex.size(), digest.data(), digest.size());
  return "=_" + std::string(hex.data());
}

std::string part(std::string_view type, std::string_view text) {
  const EncodedBody body = encode_body(text);
  return header("Content-Type", std::string(type) + "; charset=UTF-8") +
         header("Content-Transfer-Encoding", body.transfer_encoding) + "\r\n" + body.bytes;
}

std::string body_of(const Message& message) {
  if (message.html.empty()) return part("text/plain", message.text);
  const std::string boundary = boundary_for(message.message_id);
  return header("Content-Type", "multipart/alternative;\r\n boundary=\"" + boundary + "\"") + "\r\n--" + boundary +
         "\r\n" + part("text/plain", message.text) + "\r\n--" + boundary + "\r\n" + part("text/html", message.html) +
         "\r\n--" + boundary + "--\r\n";
}

}  // namespace

std::string make_message_id(std::string_view unique, const Address& sender) {
  std::string id(unique.substr(0, 128));
  for (char& c : id) {
    const bool fine =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    if (!fine) c = '-';
  }
  return "<" + id + "@" + sender.domain() + ">";
}

std::string format_date(store::Instant at) {
  static constexpr std::array kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::seconds>(at - day));
  std::array<char, 64> out{};
  std::snprintf(out.data(), out.size(), "%s, %02u %s %04d %02d:%02d:%02d +0000",
                kDays[std::chrono::weekday(day).c_encoding()], static_cast<unsigned>(date.day()),
                kMonths[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                static_cast<int>(time.seconds().count()));
  return out.data();
}

std::string compose(const Message& message) {
  require_message_id(message.message_id);
  std::string out;
  out += header("Date", format_date(message.date));
  out += header("From", mailbox(message.from));
  out += header("To", mailbox(message.to));
  if (message.reply_to) out += header("Reply-To", mailbox(*message.reply_to));
  out += header("Subject", encode_unstructured(one_line(message.subject, kMaxSubject)));
  out += header("Message-ID", message.message_id);
  out += header("Auto-Submitted", "auto-generated");
  if (const std::string& url = message.list_unsubscribe; !url.empty()) {
    const bool scheme = url.starts_with("https://") || url.starts_with("http://") || url.starts_with("mailto:");
    if (!scheme || url.size() > kMaxHeaderUrl || !is_visible_ascii(url) || url.find_first_of("<>") != url.npos)
      throw std::invalid_argument("not a List-Unsubscribe URL");
    out += header("List-Unsubscribe", "<" + url + ">");
  }
  out += header("MIME-Version", "1.0");
  return out + body_of(message);
}

}  // namespace rosterd::mail
