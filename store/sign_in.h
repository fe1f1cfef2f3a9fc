// Password hashes and the counting of failures. Hashing itself is the caller's (it is slow and bounded there).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "store/users.h"

namespace rosterd::store {

void set_password_hash(Unit&, UserId, std::string_view hash);  // argon2id in its encoded form; ends all sessions
std::optional<std::string> password_hash_of(const View&, UserId);
void mark_joined(Unit&, UserId);  // Pending → Participating without a link (an admin's own act); idempotent

struct AttemptLimits {
  int failures = 5;
  std::chrono::milliseconds window = std::chrono::minutes{15};
  std::chrono::milliseconds lock = std::chrono::minutes{1};  // doubles with every further failure
  std::chrono::milliseconds longest_lock = std::chrono::hours{1};
};

// `subject` is an account (folded login name, existing or not: no enumeration) or an address; only its hash is kept.
// `failures` without a quiet `window` between them lock; each further one after a lock doubles it; a failure during a
// lock is not counted. Survives a restart.
std::string account_subject(std::string_view login);    // "account:" + folded login name
std::string address_subject(std::string_view address);  // "address:" + IP address
std::optional<Instant> locked_until(const View&, std::string_view subject);
// True when this failure has locked the subject.
bool record_failure(Unit&, std::string_view subject, const AttemptLimits&);
void record_success(Unit&, std::string_view subject);
std::size_t forget_attempts(Unit&, std::size_t limit);  // housekeeping: counters whose window has passed

}  // namespace rosterd::store
