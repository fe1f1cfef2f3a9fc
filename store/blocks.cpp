#include "store/blocks.h"

#include <array>

#include "store/access.h"
#include "store/access_refresh.h"
#include "store/brake_checks.h"
#include "store/effective.h"
#include "store/invitations.h"
#include "store/outbox.h"
#include "store/sources.h"
#include "store/sqlite/connection.h"
#include "store/tokens.h"

namespace rosterd::store {
namespace {

// Also what the database holds: never renamed.
constexpr std::array<std::string_view, 8> kReasons = {
    "left directory",   "moved out of scope", "disabled in directory", "expired",
    "locked by policy", "deprovisioned",      "set inactive",          "admin"};

Reason reason_from(std::string_view text) {
  for (std::size_t i = 0; i < kReasons.size(); ++i)
    if (kReasons[i] == text) return static_cast<Reason>(i);
  return Reason::admin;
}

std::string sentence(const View& view, SourceId source, std::string_view reason, std::string_view detail) {
  const auto known = find_source(view, source);
  std::string text = std::string(reason) + " (" + (known ? known->name : "unknown source") + ")";
  if (!detail.empty()) text.append(": ").append(detail);
  return text;
}

bool is_blocked(const View& view, UserId user) {
  return view.db().prepare("SELECT 1 FROM blocks WHERE user_key = ? LIMIT 1").bind(user).step();
}

void set_active(Unit& unit, UserId user, bool active) {
  unit.db().prepare("UPDATE users SET active = ? WHERE key = ?").bind(active, user).run();
}

void close_the_door(Unit& unit, UserId user) {
  set_active(unit, user, false);
  end_sessions(unit, user);
  revoke_invitations(unit, user);
  cancel_mails(unit, user);
}

// Once invited and still Pending: the block had killed the link, so a fresh one goes out.
void open_the_door(Unit& unit, UserId key, bool counted) {
  set_active(unit, key, true);
  if (!counted) unit.note_woken(key);
  const auto user = find_user(unit, key);
  if (!user || user->hidden || user->joined_at) return;
  if (unit.db().prepare("SELECT 1 FROM invitations WHERE user_key = ? LIMIT 1").bind(key).step())
    (void)invite(unit, key);  // refused without an address: nobody to invite
  else
    invite_if_due(unit, *user);
}

// A lifted expiry is due again: what is over stays over until the source says a later end.
void set_expiry_due(Unit& unit, UserId user, SourceId source, bool due) {
  unit.db()
      .prepare(
          "UPDATE claims SET expiry_due = CASE WHEN ? THEN expires_at END WHERE user_key = ? AND source_id = ? "
          "AND ended_at IS NULL")
      .bind(due, user, source)
      .run();
}

std::size_t delete_blocks(Unit& unit, UserId user, SourceId source, std::optional<Reason> reason) {
  if (reason)
    unit.db()
        .prepare("DELETE FROM blocks WHERE user_key = ? AND source_id = ? AND reason = ?")
        .bind(user, source, to_string(*reason))
        .run();
  else
    unit.db().prepare("DELETE FROM blocks WHERE user_key = ? AND source_id = ?").bind(user, source).run();
  return static_cast<std::size_t>(unit.db().changes());
}

}  // namespace

std::string_view to_string(Reason reason) {
  return kReasons[static_cast<std::size_t>(reason)];
}

Outcome<bool> block(Unit& unit, UserId key, SourceId source, Reason reason, std::string_view detail) {
  const auto user = find_user(unit, key);
  if (!user) return Refused{Refusal::not_found, "no such person"};
  if (user->active && is_last_admin(unit, key))
    return Refused{Refusal::last_admin, "\"" + user->user_name + "\" is the last active local admin", "active"};
  if (auto may = brake_person(unit, source, *user, reason); !may) return may.refused();
  unit.db()
      .prepare(
          "INSERT INTO blocks (user_key, source_id, reason, detail, since) VALUES (?, ?, ?, ?, ?) "
          "ON CONFLICT (user_key, source_id, reason) DO NOTHING")
      .bind(key, source, to_string(reason), detail, unit.now())
      .run();
  const bool is_new = unit.db().changes() > 0;
  if (reason == Reason::expired) set_expiry_due(unit, key, source, false);
  if (!is_new) return false;
  if (user->active) close_the_door(unit, key);
  note_user_changed(unit, *user, "user.block", sentence(unit, source, to_string(reason), detail));
  return true;
}

Outcome<bool> lift(Unit& unit, UserId key, SourceId source, std::optional<Reason> reason) {
  const auto user = find_user(unit, key);
  if (!user) return Refused{Refusal::not_found, "no such person"};
  const bool counted = (!reason || *reason == Reason::deprovisioned) && person_stays(unit, source, *user);
  if (delete_blocks(unit, key, source, reason) == 0) return false;
  if (!reason || *reason == Reason::expired) set_expiry_due(unit, key, source, true);
  note_user_changed(unit, *user, "user.lift", sentence(unit, source, reason ? to_string(*reason) : "all", {}));
  if (!is_blocked(unit, key)) open_the_door(unit, key, counted);
  return true;
}

std::vector<Block> blocks_of(const View& view, UserId user) {
  std::vector<Block> all;
  Statement row = view.db().prepare(
      "SELECT source_id, reason, detail, since FROM blocks WHERE user_key = ? ORDER BY since, source_id, reason");
  row.bind(user);
  while (row.step())
    all.push_back({SourceId{row.integer(0)}, reason_from(row.view(1)), row.text(2), from_millis(row.integer(3))});
  return all;
}

std::size_t block_expired(Unit& unit, std::size_t limit) {
  std::vector<std::pair<UserId, SourceId>> due;
  {
    Statement row =
        unit.db().prepare("SELECT user_key, source_id FROM claims WHERE expiry_due <= ? ORDER BY expiry_due LIMIT ?");
    row.bind(unit.now(), static_cast<std::int64_t>(limit));
    while (row.step()) due.emplace_back(UserId{row.integer(0)}, SourceId{row.integer(1)});
  }
  std::size_t blocked = 0;
  for (const auto& [user, source] : due) {
    const auto outcome = block(unit, user, source, Reason::expired);
    if (outcome && *outcome) ++blocked;  // the last admin stays
  }
  return blocked;
}

}  // namespace rosterd::store
