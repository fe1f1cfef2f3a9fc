// Small text helpers of this folder. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rosterd::ldap {

// ASCII only: attribute names and keywords.
bool equals_ignoring_case(std::string_view left, std::string_view right);
std::string ascii_lower(std::string_view text);

// Strict UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF, no NUL.
bool is_text(std::string_view bytes);

// For messages and plans: control characters and bytes that are not UTF-8 become '?', long texts are cut.
std::string printable(std::string_view bytes, std::size_t limit = 200);

// Folded for comparing (NFKC and case folding); spaces at the ends go, inner runs become one (RFC 4518, 2.6.1).
std::string fold(std::string_view text);

std::string_view trim(std::string_view text);

// The whole text as a decimal number; nothing for anything else or out of range.
std::optional<std::int64_t> parse_integer(std::string_view text);

}  // namespace rosterd::ldap
