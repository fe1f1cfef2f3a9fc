#include "daemon/log/format.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace rosterd::log {
namespace {

constexpr std::size_t kMaxValue = 4096;
constexpr std::string_view kRedacted = "[redacted]";

struct Decoded {
  char32_t point = 0;
  std::size_t length = 0;  // 0: not UTF-8 here
};

Decoded decode(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t length = lead >= 0xF0 && lead < 0xF5   ? 4
                             : lead >= 0xE0 && lead < 0xF0 ? 3
                             : lead >= 0xC2 && lead < 0xE0 ? 2
                                                           : 0;
  if (length == 0 || text.size() < length) return {};
  char32_t point = lead & (0xFFu >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {};
    point = (point << 6) | (byte(i) & 0x3Fu);
  }
  constexpr std::array<char32_t, 5> kLeast{0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = point >= 0xD800 && point < 0xE000;
  if (point < kLeast[length] || surrogate || point > 0x10FFFF) return {};
  return {point, length};
}

// C0, DEL, C1, line and paragraph separators, bidirectional controls, byte order mark.
bool is_unsafe(char32_t point) {
  return point < 0x20 || (point >= 0x7F && point < 0xA0) || point == 0x2028 || point == 0x2029 || point == 0x200E ||
         point == 0x200F || (point >= 0x202A && point <= 0x202E) || (point >= 0x2066 && point <= 0x2069) ||
         point == 0xFEFF;
}

std::string hex(const char* format, unsigned value) {
  char buffer[16];
  std::snprintf(buffer, sizeof buffer, format, value);
  return buffer;
}

std::string number(double value) {
  if (!std::isfinite(value)) return "null";
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%.6g", value);
  return buffer;
}

// The value as words; `is_text` says whether it needs quotes in JSON.
std::string words(const Field& field, bool& is_text) {
  is_text = false;
  if (is_secret_key(field.key)) {
    is_text = true;
    return std::string{kRedacted};
  }
  const Value::Variant& value = field.value.get();
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return std::to_string(*integer);
  if (const auto* real = std::get_if<double>(&value)) return number(*real);
  is_text = true;
  return escaped(std::get<std::string_view>(value));
}

std::string in_quotes(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result + "\"";
}

std::string for_text(const Field& field) {
  bool is_text = false;
  std::string value = words(field, is_text);
  const bool bare = !value.empty() && value.find_first_of(" =\"\\") == std::string::npos;
  // Escapes are already there: only quotes still need one.
  if (bare || !is_text) return value;
  std::string result = "\"";
  for (const char c : value) result += c == '"' ? std::string{"\\\""} : std::string{c};
  return result + "\"";
}

std::string key_text(std::string_view key) {
  return escaped(key);
}

std::string timestamp(std::chrono::sys_time<std::chrono::milliseconds> at) {
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss time{at - day};
  char buffer[40];
  std::snprintf(buffer, sizeof buffer, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                static_cast<int>(time.seconds().count()), static_cast<int>(time.subseconds().count()));
  return buffer;
}

}  // namespace

std::string_view level_name(Level level) {
  switch (level) {
    case Level::debug:
      return "debug";
    case Level::info:
      return "info";
    case Level::warning:
      return "warning";
    case Level::error:
      return "error";
  }
  return "error";
}

std::string escaped(std::string_view text) {
  std::string result;
  const std::string_view whole = text;
  text = text.substr(0, kMaxValue);
  while (!text.empty()) {
    const Decoded decoded = decode(text);
    if (decoded.length == 0) {
      result += hex("\\x%02X", static_cast<unsigned char>(text[0]));
      text.remove_prefix(1);
      continue;
    }
    if (decoded.point == '\n') {
      result += "\\n";
    } else if (decoded.point == '\\') {
      result += "\\\\";
    } else if (is_unsafe(decoded.point)) {
      result += hex(decoded.point < 0x80 ? "\\x%02X" : "\\u{%04X}", decoded.point);
    } else {
      result += text.substr(0, decoded.length);
    }
    text.remove_prefix(decoded.length);
  }
  return whole.size() > kMaxValue ? result + "…" : result;
}

bool is_secret_key(std::string_view key) {
  std::string folded{key};
  std::transform(folded.begin(), folded.end(), folded.begin(),
                 [](unsigned char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c); });
  if (folded.ends_with("_id") || folded.ends_with("_name") || folded.ends_with("_file")) return false;
  for (const char* word : {"password", "passwd", "secret", "token", "authorization", "cookie", "credential"}) {
    if (folded.find(word) != std::string::npos) return true;
  }
  return false;
}

std::string as_text(const Event& event, bool with_time) {
  std::string line;
  if (with_time) line = timestamp(event.at) + " " + std::string{level_name(event.level)} + " ";
  line += escaped(event.name);
  if (!event.request_id.empty()) line += " request_id=" + for_text({"request_id", event.request_id});
  for (const Field& field : event.fields) line += " " + key_text(field.key) + "=" + for_text(field);
  return line;
}

std::string as_json(const Event& event) {
  std::string line = "{\"time\":\"" + timestamp(event.at) + "\",\"level\":\"" + std::string{level_name(event.level)} +
                     "\",\"event\":" + in_quotes(escaped(event.name));
  if (!event.request_id.empty()) line += ",\"request_id\":" + in_quotes(escaped(event.request_id));
  for (const Field& field : event.fields) {
    bool is_text = false;
    const std::string value = words(field, is_text);
    line += "," + in_quotes(key_text(field.key)) + ":" + (is_text ? in_quotes(value) : value);
  }
  return line + "}";
}

std::vector<std::string> as_journal(const Event& event) {
  std::vector<std::string> result{"ROSTERD_EVENT=" + escaped(event.name)};
  if (!event.request_id.empty()) result.push_back("ROSTERD_REQUEST_ID=" + escaped(event.request_id));
  for (const Field& field : event.fields) {
    std::string name = "ROSTERD_";
    for (const char c : field.key) {
      const bool word = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      name += c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : word ? c : '_';
    }
    bool is_text = false;
    result.push_back(name + "=" + words(field, is_text));
  }
  return result;
}

}  // namespace rosterd::log
