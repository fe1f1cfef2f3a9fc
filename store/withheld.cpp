#include "store/withheld.h"

#include "store/effective.h"
#include "store/sources.h"
#include "store/sqlite/connection.h"
#include "store/tokens.h"

namespace rosterd::store {
namespace {

// Asked of the person, not of what waits already: a second return finds a newer password.
bool has_anything_in_force(const View& view, UserId key) {
  return view.db()
      .prepare(
          "SELECT 1 FROM users u WHERE u.key = ? AND (u.password_hash <> '' OR u.joined_at IS NOT NULL OR EXISTS "
          "(SELECT 1 FROM grants g WHERE g.user_key = u.key AND g.source_id = ? AND g.group_key = 0))")
      .bind(key, kLocal)
      .step();
}

void forget_withheld(Unit& unit, UserId key) {
  unit.db().prepare("DELETE FROM withheld_grants WHERE user_key = ?").bind(key).run();
  unit.db().prepare("DELETE FROM withheld WHERE user_key = ?").bind(key).run();
}

}  // namespace

void withhold(Unit& unit, UserId key) {
  const auto user = find_user(unit, key);
  if (!user || !has_anything_in_force(unit, key)) return;
  auto& db = unit.db();
  // One set waits, the latest: grants of one return and the password of another may be two people's.
  forget_withheld(unit, key);
  db.prepare(
        "INSERT INTO withheld (user_key, password_hash, joined_at, since) "
        "SELECT key, password_hash, joined_at, ? FROM users WHERE key = ?")
      .bind(unit.now(), key)
      .run();
  db.prepare(
        "INSERT INTO withheld_grants (user_key, role_id, project_id, permission, reason) "
        "SELECT user_key, role_id, project_id, permission, reason FROM grants "
        "WHERE user_key = ? AND source_id = ? AND group_key = 0 ON CONFLICT DO NOTHING")
      .bind(key, kLocal)
      .run();
  db.prepare("DELETE FROM grants WHERE user_key = ? AND source_id = ? AND group_key = 0").bind(key, kLocal).run();
  db.prepare("UPDATE users SET password_hash = '', joined_at = NULL WHERE key = ?").bind(key).run();
  end_sessions(unit, key);
  note_user_changed(unit, *user, "user.withhold",
                    "came back by userName alone: local grants and the old password wait for an admin");
}

bool has_withheld(const View& view, UserId key) {
  return view.db().prepare("SELECT 1 FROM withheld WHERE user_key = ?").bind(key).step();
}

Outcome<> restore_withheld(Unit& unit, UserId key) {
  const auto user = find_user(unit, key);
  if (!user || !has_withheld(unit, key)) return Refused{Refusal::not_found, "nothing of this person waits"};
  auto& db = unit.db();
  db.prepare(
        "INSERT INTO grants (user_key, source_id, role_id, project_id, permission, reason, since) "
        "SELECT user_key, ?, role_id, project_id, permission, reason, ? FROM withheld_grants WHERE user_key = ? "
        "ON CONFLICT DO NOTHING")
      .bind(kLocal, unit.now(), key)
      .run();
  // A password that was set since the return is the newer word.
  db.prepare(
        "UPDATE users SET "
        "password_hash = CASE WHEN password_hash <> '' THEN password_hash ELSE "
        "(SELECT w.password_hash FROM withheld w WHERE w.user_key = users.key) END, "
        "joined_at = COALESCE(joined_at, (SELECT w.joined_at FROM withheld w WHERE w.user_key = users.key)) "
        "WHERE key = ?")
      .bind(key)
      .run();
  forget_withheld(unit, key);
  note_user_changed(unit, *user, "user.restore_withheld", {});
  return Done{};
}

}  // namespace rosterd::store
