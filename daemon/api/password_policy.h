// What a new password must be: long enough and not guessable (zxcvbn), no composition rules (NIST SP 800-63B).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rosterd::api {

// A sentence for the person who chose it; empty when the password is good. `personal` are words not to build it from.
std::string password_problem(std::string_view password, int min_length, const std::vector<std::string>& personal);

}  // namespace rosterd::api
