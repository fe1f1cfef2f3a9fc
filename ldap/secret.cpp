#include "ldap/secret.h"

#include <sodium.h>

namespace rosterd::ldap {

void Secret::wipe() noexcept {
  sodium_memzero(bytes_.data(), bytes_.size());
  bytes_.clear();
}

}  // namespace rosterd::ldap
