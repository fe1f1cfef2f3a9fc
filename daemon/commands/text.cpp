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
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    // C1 controls are two bytes in UTF-8 (C2 80 to C2 9F), and terminals obey them too.
    const bool c1 = byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
    if (byte >= 0x20 && byte != 0x7F && !c1) {
      out += text[i];
      continue;
    }
    char escaped[8];
    std::snprintf(escaped, sizeof escaped, "\\x%02X", c1 ? static_cast<unsigned char>(text[++i]) : byte);
    out += escaped;
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
