// Distinguished names for comparing (RFC 4514 text, RFC 4518 preparation). Pure; thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rosterd::ldap {

inline constexpr std::size_t kLongestDn = 16 * 1024;

// One spelling for all spellings of a name: attribute types lower-case, OIDs and long names of the usual types as short
// names; values unescaped, folded (case, width, composition), spaces at the ends gone, inner runs one; the parts of a
// multi-valued RDN sorted. Of escapes only what keeps the result unambiguous stays. The empty name is "".
// Nothing for what is no DN, and for more than kLongestDn bytes. normalize(normalize(x)) == normalize(x).
std::optional<std::string> normalize_dn(std::string_view dn);

// Whether `dn` is `base` or lies below it. REQUIRES: both normalised.
bool is_within(std::string_view dn, std::string_view base);

// A value for use inside a DN (RFC 4514, 2.4) and inside a search filter (RFC 4515, 3).
std::string escape_dn_value(std::string_view value);
std::string escape_filter_value(std::string_view value);

}  // namespace rosterd::ldap
