#include "daemon/commands/text.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <ctime>

namespace rosterd::commands {
namespace {

// Code points, not bytes: good enough to line up names of most scripts.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

void append_row(std::string& out, const std::vector<std::string>& row, const std::vector<std::size_t>& widths) {
  for (std::size_t i = 0; i < row.size(); ++i) {
    out += row[i];
    if (i + 1 < row.size()) out.append(widths[i] - width(row[i]) + 2, ' ');
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  out += '\n';
}

// How many bytes at the front would steer a terminal: C0 and DEL, C1 (two bytes in UTF-8), line separators,
// bidirectional controls and the byte order mark (three bytes).
std::size_t unsafe_bytes(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  if (byte(0) < 0x20 || byte(0) == 0x7F) return 1;
  if (byte(0) == 0xC2 && byte(1) >= 0x80 && byte(1) < 0xA0) return 2;
  const auto third = byte(2);
  const bool general =
      byte(0) == 0xE2 && byte(1) == 0x80 && (third == 0x8E || third == 0x8F || (third >= 0xA8 && third <= 0xAE));
  const bool isolates = byte(0) == 0xE2 && byte(1) == 0x81 && third >= 0xA6 && third <= 0xA9;
  const bool mark = byte(0) == 0xEF && byte(1) == 0xBB && third == 0xBF;
  return general || isolates || mark ? 3 : 0;
}

}  // namespace

std::string format_instant(store::Instant at) {
  const std::time_t seconds = std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count();
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char buffer[32];
  return {buffer, std::strftime(buffer, sizeof buffer, "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

std::string format_instant(const std::optional<store::Instant>& at) {
  return at ? format_instant(*at) : "-";
}

scim::Json json_instant(const std::optional<store::Instant>& at) {
  return at ? scim::Json(format_instant(*at)) : scim::Json();
}

std::string printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto unsafe = unsafe_bytes(text);
    for (std::size_t i = 0; i < unsafe; ++i) {
      char escaped[8];
      std::snprintf(escaped, sizeof escaped, "\\x%02X", static_cast<unsigned char>(text[i]));
      out += escaped;
    }
    if (unsafe == 0) out += text.front();
    text.remove_prefix(std::max<std::size_t>(unsafe, 1));
  }
  return out;
}

std::string columns(const std::vector<std::string>& heading, const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& name : heading) widths.push_back(width(name));
  std::vector<std::vector<std::string>> shown;
  for (const auto& row : rows) {
    auto& line = shown.emplace_back();
    for (std::size_t i = 0; i < row.size(); ++i) {
      line.push_back(printable(row[i]));
      widths[i] = std::max(widths[i], width(line.back()));
    }
  }
  std::string out;
  append_row(out, heading, widths);
  for (const auto& row : shown) append_row(out, row, widths);
  return out;
}

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
  std::string out;
  for (const auto& part : parts) {
    if (!out.empty()) out += separator;
    out += part;
  }
  return out;
}

scim::Array json_strings(const std::vector<std::string>& parts) {
  return {parts.begin(), parts.end()};
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end + 1 != text.data() + text.size() || number <= 0 || number > 315'360'000) return {};
  std::chrono::milliseconds unit{};
  switch (*end) {
    case 's':
      unit = std::chrono::seconds{1};
      break;
    case 'm':
      unit = std::chrono::minutes{1};
      break;
    case 'h':
      unit = std::chrono::hours{1};
      break;
    case 'd':
      unit = std::chrono::hours{24};
      break;
    default:
      return {};
  }
  const auto total = unit * number;
  if (total > std::chrono::hours{24 * 3653}) return {};
  return total;
}

}  // namespace rosterd::commands
