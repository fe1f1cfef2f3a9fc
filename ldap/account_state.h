// Whether an entry's account may be used, from what the servers of the field write about it. Pure.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "ldap/entry.h"
#include "store/clock.h"

namespace rosterd::ldap {

// An attribute of one's own that says "disabled", for example employeeType = former.
struct DisabledRule {
  std::string attribute;            // empty: no such rule
  std::vector<std::string> values;  // compared without case
};

enum class AccountState : char { active = 'A', disabled = 'D', locked = 'L' };

struct Account {
  AccountState state = AccountState::active;
  std::string reason;                     // one sentence, empty while active
  std::optional<store::Instant> expires;  // the earliest, when several attributes name one
};

// What could not be understood: the entry is then neither active nor gone.
struct Unreadable {
  std::string reason;
};

// userAccountControl 0x2 · nsAccountLock · pwdAccountLockedTime, only the permanent 000001010000Z (any other value is a
// lock-out after wrong passwords) · shadowExpire in days, 0 and less is never · accountExpires, 0 and 2^63−1 are never
// · krbPrincipalExpiration.
std::variant<Account, Unreadable> read_account(const EntryView& entry, const DisabledRule& rule);

std::span<const std::string_view> account_attributes();

// "20250131120000Z", fractions ignored, offsets understood (RFC 4517, 3.3.13).
std::optional<store::Instant> parse_generalized_time(std::string_view text);

}  // namespace rosterd::ldap
