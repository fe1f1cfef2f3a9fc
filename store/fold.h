// Comparing names: Unicode NFKC case folding, done once; the folded form is what is stored and indexed (RFC 7643 §2.2
// caseExact false).
#pragma once

#include <string>
#include <string_view>

namespace rosterd::store {

// Strict UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF.
bool is_utf8(std::string_view text);

// Text that is not valid UTF-8 is returned as it is.
std::string fold(std::string_view text);

}  // namespace rosterd::store
