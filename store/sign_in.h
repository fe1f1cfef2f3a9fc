// Password hashes and the counting of failures. Hashing itself is the caller's (it is slow and bounded there).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "store/users.h"

namespace rosterd::store {

void set_password_hash(Unit&, UserId, std::string_view hash);  // argon2id in its encoded form; ends all sessions
std::optional<std::string> password_hash_of(const View&, UserId);

struct AttemptLimits {
  int failures = 5;
  std::chrono::milliseconds window = std::chrono::minutes{15};
  std::chrono::milliseconds lock = std::chrono::minutes{1};  // doubles with every further failure
  std::chrono::milliseconds longest_lock = std::chrono::hours{1};
};

// `subject` is an account (folded login name, existing or not: no enumeration) or an address. Survives a restart.
std::optional<Instant> locked_until(const View&, std::string_view subject);
void record_failure(Unit&, std::string_view subject, const AttemptLimits&);
void record_success(Unit&, std::string_view subject);
std::size_t forget_attempts(Unit&, std::size_t limit);  // housekeeping: counters out of their window

}  // namespace rosterd::store
