// Syntax first: a line that does not parse is reported and left out, so that one slip does not hide the others.
#include <algorithm>
#include <tuple>

#include "daemon/config/reader.h"

namespace rosterd::config {
namespace {

constexpr std::size_t kMaxSyntaxErrors = 20;
constexpr std::size_t kMaxReported = 100;
constexpr std::ptrdiff_t kMaxDots = 5000;  // of one line

// Blanks line `line` (from 1), keeping the count of lines.
void blank(std::string& text, std::uint32_t line) {
  std::size_t begin = 0;
  for (std::uint32_t current = 1; current < line && begin != std::string::npos; ++current) {
    const auto end = text.find('\n', begin);
    begin = end == std::string::npos ? end : end + 1;
  }
  if (begin == std::string::npos) return;
  const auto end = std::min(text.find('\n', begin), text.size());
  std::fill(text.begin() + static_cast<std::ptrdiff_t>(begin), text.begin() + static_cast<std::ptrdiff_t>(end), ' ');
}

// toml++ goes one call deeper with each dot of a key. Dots in values count as well: no sensible line has as many.
void refuse_dotted_lines(std::string& text, Reading& reading) {
  std::uint32_t line = 1;
  for (auto begin = text.begin(); begin != text.end(); ++line) {
    const auto end = std::find(begin, text.end(), '\n');
    if (std::count(begin, end, '.') > kMaxDots) {
      reading.damaged = true;
      reading.problems.push_back({static_cast<int>(line), 1, "", "has more than 5000 dots"});
      std::fill(begin, end, ' ');
    }
    begin = end == text.end() ? end : end + 1;
  }
}

std::string first_line(std::string_view message) {
  return shown(message.substr(0, std::min(message.find('\n'), message.size())));
}

// The document without its broken lines; nullopt when the damage goes on from line to line (an array left open, ...).
std::optional<toml::table> parse_leniently(std::string text, Reading& reading) {
  refuse_dotted_lines(text, reading);
  std::uint32_t previous = 0;
  while (true) {
    try {
      return toml::parse(text);
    } catch (const toml::parse_error& error) {
      const auto at = error.source().begin;
      reading.damaged = true;
      const bool spreads = previous != 0 && at.line <= previous + 1;
      if (spreads || reading.problems.size() >= kMaxSyntaxErrors) return std::nullopt;
      reading.problems.push_back(
          {static_cast<int>(at.line), static_cast<int>(at.column), "", first_line(error.description())});
      blank(text, at.line);
      previous = at.line;
    }
  }
}

// Nobody reads thousands of lines, and a reload writes them into the log.
void shorten(std::vector<Problem>& list) {
  if (list.size() <= kMaxReported) return;
  const std::size_t left_out = list.size() - kMaxReported;
  list.resize(kMaxReported);
  list.push_back({0, 0, "", "and " + std::to_string(left_out) + " more"});
}

bool in_file_order(const Problem& a, const Problem& b) {
  return std::tie(a.line, a.column) < std::tie(b.line, b.column);
}

}  // namespace

LoadResult parse(std::string_view text, const LoadOptions& options) {
  Reading reading;
  if (text.size() > kMaxFileBytes) {
    reading.problems.push_back({0, 0, "", "is larger than 1 MiB"});
  } else if (const auto document = parse_leniently(std::string{text}, reading)) {
    read_document(*document, options, reading);
    if (!reading.damaged) validate(reading);
  }
  std::stable_sort(reading.problems.begin(), reading.problems.end(), in_file_order);
  std::stable_sort(reading.warnings.begin(), reading.warnings.end(), in_file_order);
  shorten(reading.problems);
  shorten(reading.warnings);
  LoadResult result{.config = nullptr,
                    .problems = std::move(reading.problems),
                    .warnings = std::move(reading.warnings),
                    .control_socket = reading.config.control.socket};
  if (result.problems.empty()) result.config = std::make_shared<const Config>(std::move(reading.config));
  return result;
}

}  // namespace rosterd::config
