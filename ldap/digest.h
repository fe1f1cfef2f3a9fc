// A digest of what a directory said about an entry (BLAKE2b, 128 bits). Not thread-safe; one per entry.
#pragma once

#include <sodium/crypto_generichash.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace rosterd::ldap {

class Digest {
 public:
  Digest();
  // Every piece goes in with its length: ("ab", "c") and ("a", "bc") differ.
  Digest& add(std::string_view piece);
  Digest& add(std::int64_t number);
  std::string hex();  // once, at the end

 private:
  crypto_generichash_state state_;
};

}  // namespace rosterd::ldap
