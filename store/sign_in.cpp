#include "store/sign_in.h"

#include <algorithm>

#include "store/audit.h"
#include "store/fold.h"
#include "store/secrets.h"
#include "store/sqlite/connection.h"
#include "store/tokens.h"

namespace rosterd::store {
namespace {

struct Attempts {
  int failures = 0;
  Instant locked_until;
  Instant forget_at;  // one quiet window after the last failure or lock
};

// People type passwords into the field for the name: only a hash of the subject is kept, which also bounds its size.
std::string subject_key(std::string_view subject) {
  return hash_secret(subject);
}

std::optional<Attempts> find_attempts(const View& view, std::string_view key) {
  auto select = view.db().prepare("SELECT failures, locked_until, forget_at FROM attempts WHERE subject = ?");
  select.bind(key);
  if (!select.step()) return std::nullopt;
  return Attempts{static_cast<int>(select.integer(0)), from_millis(select.integer(1)), from_millis(select.integer(2))};
}

std::chrono::milliseconds lock_after(int failures, const AttemptLimits& limits) {
  if (failures < limits.failures) return std::chrono::milliseconds{0};
  auto lock = limits.lock;
  for (int extra = failures - limits.failures; extra > 0 && lock < limits.longest_lock; --extra) lock *= 2;
  return std::min(lock, limits.longest_lock);
}

}  // namespace

void set_password_hash(Unit& unit, UserId user, std::string_view hash) {
  auto update = unit.db().prepare("UPDATE users SET password_hash = ? WHERE key = ? RETURNING id");
  update.bind(hash, user);
  if (!update.step()) return;
  const std::string id = update.text(0);
  update.run();
  end_sessions(unit, user);
  audit(unit, "user.password", id);
}

std::optional<std::string> password_hash_of(const View& view, UserId user) {
  auto select = view.db().prepare("SELECT password_hash FROM users WHERE key = ? AND password_hash <> ''");
  select.bind(user);
  if (!select.step()) return std::nullopt;
  return select.text(0);
}

void mark_joined(Unit& unit, UserId user) {
  auto update = unit.db().prepare(
      "UPDATE users SET joined_at = ?, version = version + 1, modified_at = ? WHERE key = ? AND joined_at IS NULL "
      "RETURNING id");
  update.bind(unit.now(), unit.now(), user);
  if (!update.step()) return;
  const std::string id = update.text(0);
  update.run();
  audit(unit, "user.join", id, "by an admin");
  note_change(unit, Changed::user, id);
}

std::string account_subject(std::string_view login) {
  return "account:" + fold(login);
}

std::string address_subject(std::string_view address) {
  return "address:" + std::string(address);
}

std::optional<Instant> locked_until(const View& view, std::string_view subject) {
  const auto attempts = find_attempts(view, subject_key(subject));
  if (!attempts || attempts->locked_until <= view.now()) return std::nullopt;
  return attempts->locked_until;
}

bool record_failure(Unit& unit, std::string_view subject, const AttemptLimits& limits) {
  const std::string key = subject_key(subject);
  Attempts attempts = find_attempts(unit, key).value_or(Attempts{});
  const Instant now = unit.now();
  if (now < attempts.locked_until) return false;  // guessing on during a lock does not keep the owner out longer
  if (now >= attempts.forget_at) attempts.failures = 0;
  ++attempts.failures;
  const auto lock = lock_after(attempts.failures, limits);
  if (lock.count() > 0) attempts.locked_until = now + lock;
  attempts.forget_at = std::max(now, attempts.locked_until) + limits.window;
  unit.db()
      .prepare(
          "INSERT INTO attempts (subject, failures, locked_until, forget_at) VALUES (?, ?, ?, ?) "
          "ON CONFLICT (subject) DO UPDATE SET failures = excluded.failures, locked_until = excluded.locked_until, "
          "forget_at = excluded.forget_at")
      .bind(key, attempts.failures, attempts.locked_until, attempts.forget_at)
      .run();
  return lock.count() > 0;
}

void record_success(Unit& unit, std::string_view subject) {
  unit.db().prepare("DELETE FROM attempts WHERE subject = ?").bind(subject_key(subject)).run();
}

std::size_t forget_attempts(Unit& unit, std::size_t limit) {
  unit.db()
      .prepare(
          "DELETE FROM attempts WHERE subject IN "
          "(SELECT subject FROM attempts WHERE forget_at <= ? ORDER BY forget_at LIMIT ?)")
      .bind(unit.now(), static_cast<std::int64_t>(limit))
      .run();
  return static_cast<std::size_t>(unit.db().changes());
}

}  // namespace rosterd::store
