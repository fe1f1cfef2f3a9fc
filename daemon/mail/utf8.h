// UTF-8 as far as mail needs it (RFC 3629). Pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace rosterd::mail {

struct CodePoint {
  char32_t value = 0;      // U+FFFD when the bytes are not UTF-8
  std::size_t length = 1;  // bytes consumed, at least 1
  bool valid = false;
};

// The code point at the start of `text`, which must not be empty. Overlong forms, surrogates and values above
// U+10FFFF are not UTF-8; a broken sequence consumes one byte.
CodePoint next_code_point(std::string_view text);

bool is_utf8(std::string_view text);
bool is_ascii(std::string_view text);

// One harmless line of at most `max_code_points`: controls, line and paragraph separators become one space, runs of
// white space collapse, the ends are trimmed; bidirectional overrides and invisible format characters, which only
// disguise what a reader sees, are dropped; broken bytes become U+FFFD. The result is valid UTF-8 without CR or LF.
std::string one_line(std::string_view text, std::size_t max_code_points);

}  // namespace rosterd::mail
