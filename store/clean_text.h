// Names as people may not tell them apart, or as they would upset a terminal or a mail. Pure. Text is UTF-8; invalid
// bytes count as ordinary characters.
#pragma once

#include <string>
#include <string_view>

namespace rosterd::store {

// Without what nobody sees at the two ends: Unicode White_Space and Default_Ignorable_Code_Point.
std::string_view trim(std::string_view text);
// C0, DEL or C1 (U+0000 to U+001F, U+007F to U+009F).
bool has_controls(std::string_view text);
std::string without_controls(std::string_view text);

}  // namespace rosterd::store
