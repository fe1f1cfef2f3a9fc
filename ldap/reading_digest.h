// What a directory said in one whole reading, as one number: whoever hears the same again has nothing to do. Entries
// count in any order; another order of values is a difference, which costs a whole run and nothing else. Not
// thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "ldap/entry.h"

namespace rosterd::ldap {

class ReadingDigest {
 public:
  // `seed`: what else decides what follows from the entries, that is the configuration and the program's version.
  explicit ReadingDigest(std::string_view seed);
  void add(std::string_view base, const EntryView& entry);
  std::string hex() const;

 private:
  std::array<std::uint64_t, 4> sum_{};
};

}  // namespace rosterd::ldap
