#include "scim/query_string.h"

#include <optional>

#include "scim/text.h"

namespace rosterd::scim {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<std::string> decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_space) {
      out += ' ';
    } else if (text[i] != '%') {
      out += text[i];
    } else {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = hex_digit(text[i + 1]), low = hex_digit(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      out += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return out;
}

// Calls `part` with each piece between separators, empty ones left out.
template <class Part>
Check for_each_part(std::string_view text, char separator, const Part& part) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    if (end > 0) {
      if (Check taken = part(text.substr(0, end)); !taken) return taken;
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return Done{};
}

Error bad_escape() {
  return Error::invalid_syntax("a percent sign without two hexadecimal digits in the URL");
}

}  // namespace

std::string_view Parameters::get(std::string_view name) const {
  for (const auto& [key, value] : values_) {
    if (iequals(key, name)) return value;
  }
  return {};
}

bool Parameters::has(std::string_view name) const {
  for (const auto& [key, value] : values_) {
    if (iequals(key, name)) return true;
  }
  return false;
}

Result<Parameters> parse_parameters(std::string_view text, Notes& notes) {
  Parameters parameters;
  const bool untidy = text.starts_with('&') || text.ends_with('&') || text.find("&&") != std::string_view::npos ||
                      text.starts_with('?') || text.find("&?") != std::string_view::npos;
  if (untidy && !notes.use(Habit::untidy_urls, "query"))
    return Error::invalid_syntax("the query has an empty parameter or a second question mark");
  const bool plus = text.find('+') != std::string_view::npos && notes.use(Habit::plus_for_space, "query");
  // A base URL that carries its own query gives a second '?', which clients do not turn into '&'.
  Check read = for_each_part(text, '&', [&](std::string_view part) -> Check {
    if (part.front() == '?') part.remove_prefix(1);
    const std::size_t equals = part.find('=');
    auto name = decode(part.substr(0, equals), plus);
    auto value =
        equals == std::string_view::npos ? std::optional<std::string>("") : decode(part.substr(equals + 1), plus);
    if (!name || !value) return bad_escape();
    parameters.add(std::move(*name), std::move(*value));
    return Done{};
  });
  if (!read) return read.error();
  return parameters;
}

Result<std::vector<std::string>> parse_segments(std::string_view path, Notes& notes) {
  std::vector<std::string> segments;
  const bool untidy = path.find("//") != std::string_view::npos || (path.size() > 1 && path.ends_with('/'));
  if (untidy && !notes.use(Habit::untidy_urls, "path")) return Error::plain(404, "the path has an empty segment");
  Check read = for_each_part(path, '/', [&](std::string_view part) -> Check {
    auto segment = decode(part, false);
    if (!segment) return bad_escape();
    segments.push_back(std::move(*segment));
    return Done{};
  });
  if (!read) return read.error();
  return segments;
}

std::string encode_segment(std::string_view segment) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : segment) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("-._~:").find(c) != std::string_view::npos;
    const auto byte = static_cast<unsigned char>(c);
    if (plain)
      out += c;
    else
      (out += '%').append({kHex[byte >> 4], kHex[byte & 15]});
  }
  return out;
}

}  // namespace rosterd::scim
