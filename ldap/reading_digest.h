// What a directory said in one whole reading, as one number: whoever hears the same again has nothing to do. Entries
// count in any order; another order of values is a difference, which costs a whole run and nothing else. Hashes are
// keyed: a plain sum of them can be steered by whoever chooses values of many entries, to hide a change. Not
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
  // A new one for each whole reading, never shown: 32 random bytes in hexadecimal.
  static std::string new_key();

  // `seed`: what else decides what follows from the entries, that is the configuration and the program's version.
  // `key`: from new_key(), or as it was kept.
  ReadingDigest(std::string_view seed, std::string_view key);
  // `search`: the number of the search that found it; the seed says what was searched.
  void add(std::uint64_t search, const EntryView& entry);
  std::string hex() const;

 private:
  using Words = std::array<std::uint64_t, 4>;
  Words hash_kept() const;

  std::string bytes_;  // the key, then what is hashed; one buffer for all entries
  Words sum_{};
};

}  // namespace rosterd::ldap
