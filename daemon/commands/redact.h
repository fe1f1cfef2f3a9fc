// Texts that leave the house: e-mail addresses and the names in DNs are taken out. Words of our own stay readable.
#pragma once

#include <string>
#include <string_view>

namespace rosterd::commands {

// "550 <ada@example.org> unknown" → "550 <[address]> unknown"; "uid=ada,ou=people,dc=x" → "uid=[name],ou=people,dc=x".
std::string without_personal_data(std::string_view text);

}  // namespace rosterd::commands
