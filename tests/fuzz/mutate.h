#pragma once

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace rosterd::fuzz {

// One to four small changes: a byte, a cut, a word of the language, a repetition, an early end.
inline std::string mutate(std::string bytes, const std::vector<std::string>& tokens, std::mt19937& random) {
  const auto at = [&](std::size_t bound) { return bound == 0 ? 0 : random() % bound; };
  const std::size_t changes = 1 + at(4);
  for (std::size_t i = 0; i < changes; ++i) {
    const std::size_t where = at(bytes.size() + 1);
    switch (at(6)) {
      case 0:
        if (where < bytes.size()) bytes[where] = static_cast<char>(random());
        break;
      case 1:
        bytes.erase(where, at(8));
        break;
      case 2:
      case 3:
        if (!tokens.empty()) bytes.insert(where, tokens[at(tokens.size())]);
        break;
      case 4:
        bytes.insert(where, bytes.substr(at(bytes.size()), at(40)));
        break;
      default:
        if (at(4) == 0) bytes.resize(where);
    }
  }
  return bytes;
}

}  // namespace rosterd::fuzz
