#pragma once

#include <random>
#include <string>

namespace rosterd::http::test {

// A request, or several, with one to four small changes; `number` chooses which request.
std::string mutant(int number, std::mt19937& random);

}  // namespace rosterd::http::test
