#include "ldap/account_state.h"

#include <array>
#include <limits>

#include "ldap/text.h"

namespace rosterd::ldap {
namespace {

using std::chrono::days;
using std::chrono::milliseconds;

constexpr std::array<std::string_view, 6> kAttributes = {"userAccountControl",   "nsAccountLock",
                                                         "pwdAccountLockedTime", "shadowExpire",
                                                         "accountExpires",       "krbPrincipalExpiration"};
constexpr std::int64_t kAccountDisabled = 0x2;
constexpr std::string_view kLockedForGood = "000001010000Z";
constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kTicksPerMillisecond = 10'000;             // accountExpires counts 100 ns
constexpr std::int64_t kMillisecondsTo1970 = 11'644'473'600'000;  // since 1601
constexpr std::int64_t kMostDays = 4'000'000;                     // some ten thousand years

void expires_at(Account& account, store::Instant at) {
  if (!account.expires || at < *account.expires) account.expires = at;
}

std::optional<Unreadable> not_understood(std::string_view attribute, std::string_view value) {
  return Unreadable{std::string(attribute) + " has the value \"" + printable(value, 60) +
                    "\", which is not understood"};
}

std::optional<Unreadable> read_flags(const EntryView& entry, Account& account) {
  if (const auto control = entry.first("userAccountControl"); !control.empty()) {
    const auto flags = parse_integer(control);
    if (!flags) return not_understood("userAccountControl", control);
    if ((*flags & kAccountDisabled) != 0) {
      account = {AccountState::disabled, "disabled in userAccountControl", account.expires};
    }
  }
  if (equals_ignoring_case(entry.first("nsAccountLock"), "true")) {
    account = {AccountState::disabled, "nsAccountLock is set", account.expires};
  }
  if (account.state == AccountState::active && entry.first("pwdAccountLockedTime") == kLockedForGood) {
    account = {AccountState::locked, "locked for good (pwdAccountLockedTime)", account.expires};
  }
  return std::nullopt;
}

std::optional<Unreadable> read_expiry(const EntryView& entry, Account& account) {
  if (const auto text = entry.first("shadowExpire"); !text.empty()) {
    const auto day = parse_integer(text);
    if (!day || *day > kMostDays) return not_understood("shadowExpire", text);
    if (*day > 0) expires_at(account, store::Instant{days{*day}});
  }
  if (const auto text = entry.first("accountExpires"); !text.empty()) {
    const auto ticks = parse_integer(text);
    if (!ticks || *ticks < 0) return not_understood("accountExpires", text);
    if (*ticks != 0 && *ticks != kNever) {
      expires_at(account, store::Instant{milliseconds{*ticks / kTicksPerMillisecond - kMillisecondsTo1970}});
    }
  }
  if (const auto text = entry.first("krbPrincipalExpiration"); !text.empty()) {
    const auto at = parse_generalized_time(text);
    if (!at) return not_understood("krbPrincipalExpiration", text);
    expires_at(account, *at);
  }
  return std::nullopt;
}

std::optional<int> digits(std::string_view text, std::size_t at, std::size_t count) {
  if (text.size() < at + count) return std::nullopt;
  for (const char c : text.substr(at, count)) {
    if (c < '0' || c > '9') return std::nullopt;
  }
  return static_cast<int>(*parse_integer(text.substr(at, count)));
}

// "Z", "+0130", "-05"
std::optional<std::chrono::minutes> parse_offset(std::string_view text) {
  if (text == "Z") return std::chrono::minutes{0};
  if ((text.size() != 3 && text.size() != 5) || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  const auto hours = digits(text, 1, 2);
  const auto rest = text.size() == 5 ? digits(text, 3, 2) : std::optional<int>(0);
  if (!hours || !rest) return std::nullopt;
  const std::chrono::minutes offset{*hours * 60 + *rest};
  return text[0] == '-' ? -offset : offset;
}

}  // namespace

std::span<const std::string_view> account_attributes() {
  return kAttributes;
}

std::variant<Account, Unreadable> read_account(const EntryView& entry, const DisabledRule& rule) {
  Account account;
  if (!rule.attribute.empty()) {
    for (const std::string_view value : entry.all(rule.attribute)) {
      for (const std::string& disabled : rule.values) {
        if (!equals_ignoring_case(value, disabled)) continue;
        account = {AccountState::disabled, rule.attribute + " is " + disabled, account.expires};
      }
    }
  }
  if (auto error = read_flags(entry, account)) return *error;
  if (auto error = read_expiry(entry, account)) return *error;
  return account;
}

std::optional<store::Instant> parse_generalized_time(std::string_view text) {
  const auto year = digits(text, 0, 4), month = digits(text, 4, 2), day = digits(text, 6, 2), hour = digits(text, 8, 2);
  if (!year || !month || !day || !hour) return std::nullopt;
  std::size_t at = 10;
  int rest[2] = {0, 0};
  for (int& part : rest) {
    const auto value = digits(text, at, 2);
    if (!value) break;
    part = *value;
    at += 2;
  }
  if (at < text.size() && (text[at] == '.' || text[at] == ',')) {
    ++at;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
  }
  const auto offset = parse_offset(text.substr(at));
  const std::chrono::year_month_day date{std::chrono::year{*year}, std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (!offset || !date.ok() || *hour > 23 || rest[0] > 59 || rest[1] > 60) return std::nullopt;
  return store::Instant{std::chrono::sys_days{date}} + std::chrono::hours{*hour} + std::chrono::minutes{rest[0]} +
         std::chrono::seconds{rest[1]} - *offset;
}

}  // namespace rosterd::ldap
