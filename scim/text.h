// Small text helpers of the protocol. Attribute names, operators and URNs are ASCII and compared without case
// (RFC 7643 section 2.1); attribute *values* that are not caseExact are compared by fold().
#pragma once

#include <string>
#include <string_view>

namespace rosterd::scim {

std::string to_lower(std::string_view ascii);
bool iequals(std::string_view a, std::string_view b);
bool istarts_with(std::string_view text, std::string_view prefix);
std::string_view trim(std::string_view text);
// What a message may repeat of a client's text: its beginning, with everything but printable ASCII as '?'.
std::string excerpt(std::string_view text, std::size_t longest = 100);

// The form in which two values of an attribute with caseExact=false are the same.
std::string fold(std::string_view utf8);

}  // namespace rosterd::scim
