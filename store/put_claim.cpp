#include "store/access_refresh.h"
#include "store/attribute_index.h"
#include "store/audit.h"
#include "store/blocks.h"
#include "store/claim_match.h"
#include "store/claims.h"
#include "store/effective.h"
#include "store/merge.h"
#include "store/remembered_join.h"
#include "store/savepoint.h"
#include "store/sqlite/connection.h"
#include "store/withheld.h"

namespace rosterd::store {
namespace {

struct Putting {
  Unit& unit;
  SourceId source;
  const ClaimFacts& facts;  // without the profile
  const CleanProfile& profile;
};

// An ended claim of somebody else gives its key up: identifiers are free again.
void release_key(const Putting& put, UserId user) {
  if (!put.facts.key) return;
  put.unit.db()
      .prepare(
          "UPDATE claims SET source_key = NULL WHERE source_id = ? AND source_key = ? AND user_key <> ? "
          "AND ended_at IS NOT NULL")
      .bind(put.source, *put.facts.key, user)
      .run();
}

void upsert_claim(const Putting& put, UserId user) {
  put.unit.db()
      .prepare(
          "INSERT INTO claims (user_key, source_id, source_key, profile, digest, origin, expires_at, expiry_due, "
          "created_at, modified_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (user_key, source_id) DO UPDATE "
          "SET "
          "source_key = CASE WHEN ? THEN NULL ELSE COALESCE(excluded.source_key, claims.source_key) END, "
          "profile = excluded.profile, "
          "digest = excluded.digest, origin = excluded.origin, expires_at = excluded.expires_at, "
          "expiry_due = excluded.expiry_due, ended_at = NULL, modified_at = excluded.modified_at")
      .bind(user, put.source, put.facts.key, put.profile.text, put.facts.digest, put.facts.origin, put.facts.expires,
            put.facts.expires, put.unit.now(), put.unit.now(), put.facts.keyless)
      .run();
}

// Kept, because a list's totalResults asks for it with every page.
void count_live(Unit& unit, SourceId source, int more) {
  unit.db()
      .prepare(
          "INSERT INTO live_claims (source_id, people) VALUES (?, ?) "
          "ON CONFLICT (source_id) DO UPDATE SET people = live_claims.people + excluded.people")
      .bind(source, more)
      .run();
}

bool has_rule_grant(const View& view, UserId user) {
  return view.db().prepare("SELECT 1 FROM grants WHERE user_key = ? AND group_key <> 0 LIMIT 1").bind(user).step();
}

// Rules decide the kind of whom they match; a claim decides it for the others.
bool kind_moves(const Putting& put, const User& user) {
  return put.facts.kind && *put.facts.kind != user.kind && !has_rule_grant(put.unit, user.key);
}

bool key_moves(const ClaimFacts& facts, const Claim& held) {
  return facts.keyless ? held.key.has_value() : facts.key && facts.key != held.key;
}

bool same_claim(const Putting& put, const Claim& held) {
  return !held.ended && !key_moves(put.facts, held) && put.profile.text == held.profile &&
         put.facts.digest == held.digest && put.facts.origin == held.origin && put.facts.expires == held.expires;
}

// Visible to the source's own connection: what it wrote, under which key.
bool seen_change(const Putting& put, const std::optional<Claim>& held) {
  if (!held || held->ended) return true;
  return key_moves(put.facts, *held) || !same_profile(put.profile.text, held->profile);
}

bool apply_expiry(const Putting& put, UserId user) {
  if (put.facts.expires && *put.facts.expires <= put.unit.now()) {
    const auto outcome = block(put.unit, user, put.source, Reason::expired);
    return outcome && *outcome;  // the last admin stays
  }
  const auto outcome = lift(put.unit, user, put.source, Reason::expired);
  return outcome && *outcome;
}

// Refuses before it writes. Nobody holds the key: match_claim has looked.
Outcome<Claimed> create(const Putting& put) {
  const Essentials& names = put.profile.names;
  if (auto refused = collision(put.unit, {}, names.user_name, names.email)) return *refused;
  if (auto refused = value_collision(put.unit, {}, {{{}, put.profile.text}})) return *refused;
  Claimed claimed;
  claimed.user = insert_effective(put.unit, put.profile, put.facts.kind.value_or(Kind::staff));
  claimed.created = claimed.changed = true;
  put.unit.note_woken(claimed.user);
  upsert_claim(put, claimed.user);
  count_live(put.unit, put.source, 1);
  if (put.facts.expires && *put.facts.expires <= put.unit.now())
    (void)block(put.unit, claimed.user, put.source, Reason::expired);  // somebody new is no admin
  if (!put.unit.settings().assigning.empty()) refresh_access(put.unit, claimed.user);
  join_remembered(put.unit, put.source, claimed.user);
  return claimed;
}

// Brings a hidden or ended one back in place; what the return lifts is only what the deprovisioning had set.
Outcome<bool> bring_back(const Putting& put, const Match& match) {
  const User& user = *match.user;
  if (user.hidden) {
    put.unit.db().prepare("UPDATE users SET hidden = 0 WHERE key = ?").bind(user.key).run();
    note_user_changed(put.unit, user, "user.restore", {});
  }
  if (match.type == Match::Type::came_back) withhold(put.unit, user.key);
  return lift(put.unit, user.key, put.source, Reason::deprovisioned);
}

bool is_return(const Putting& put, const Match& match, bool named) {
  if (match.type == Match::Type::came_back) return true;
  if (match.type != Match::Type::known || !match.claim) return false;
  if (match.claim->ended || match.user->hidden) return true;
  if (named) return false;
  return put.unit.db()
      .prepare("SELECT 1 FROM blocks WHERE user_key = ? AND source_id = ?")
      .bind(match.user->key, put.source)
      .step();
}

Outcome<Claimed> update(const Putting& put, const Match& match, bool named) {
  const User& user = *match.user;
  Claimed claimed;
  claimed.user = user.key;
  claimed.linked = match.type == Match::Type::linked;
  claimed.restored = is_return(put, match, named);
  claimed.over_inactive = claimed.restored && !user.hidden && match.claim && !match.claim->ended;
  const bool kind = kind_moves(put, user);
  if (match.claim && !user.hidden && same_claim(put, *match.claim) && !kind && match.type == Match::Type::known) {
    claimed.changed = apply_expiry(put, user.key);
    return claimed;
  }
  // Whoever comes back is merged while still hidden for others: the names must be free before he is seen again.
  release_key(put, user.key);
  upsert_claim(put, user.key);
  if (!match.claim || match.claim->ended) count_live(put.unit, put.source, 1);
  if (kind)
    put.unit.db().prepare("UPDATE users SET kind = ? WHERE key = ?").bind(to_string(*put.facts.kind), user.key).run();
  if (user.hidden) {
    const Essentials& names = put.profile.names;
    if (auto refused = collision(put.unit, user.key, names.user_name, names.email)) return *refused;
  }
  auto merged = refresh_effective(put.unit, user.key, kind || claimed.linked || seen_change(put, match.claim));
  if (!merged) return merged.refused();
  claimed.changed = *merged;
  if (claimed.linked) audit(put.unit, "user.link", user.id, user.user_name);
  if (claimed.restored) {
    auto lifted = bring_back(put, match);
    if (!lifted) return lifted.refused();
    claimed.changed = true;
  }
  claimed.changed = apply_expiry(put, user.key) || claimed.changed;
  if (claimed.changed) refresh_access(put.unit, user.key);
  join_remembered(put.unit, put.source, user.key);
  return claimed;
}

Outcome<> end(Unit& unit, SourceId source, const User& user) {
  auto blocked = block(unit, user.key, source, Reason::deprovisioned);
  if (!blocked) return blocked.refused();
  unit.db()
      .prepare(
          "UPDATE claims SET ended_at = ?, expiry_due = NULL, modified_at = ? WHERE user_key = ? AND source_id = ?")
      .bind(unit.now(), unit.now(), user.key, source)
      .run();
  count_live(unit, source, -1);
  leave_groups_of(unit, user.key, source);
  if (!unit.db().prepare("SELECT 1 FROM claims WHERE user_key = ? AND ended_at IS NULL").bind(user.key).step()) {
    unit.db().prepare("UPDATE users SET hidden = 1 WHERE key = ?").bind(user.key).run();
    note_user_changed(unit, user, "user.hide", {});
    return Done{};
  }
  // The names that the other sources say may be taken meanwhile: the row stays as it was. Somebody else's name is no
  // reason to undo a deprovisioning.
  if (auto merged = refresh_effective(unit, user.key, true); !merged)
    note_user_changed(unit, user, "user.update", "kept as it was: " + merged.refused().message);
  return Done{};
}

}  // namespace

Outcome<PreparedClaim> prepare_claim(ClaimFacts facts) {
  std::string why;
  auto profile = clean_profile(facts.profile, &why);
  if (!profile) return Refused{Refusal::invalid, why, why.starts_with("userName") ? "userName" : ""};
  if (facts.key && facts.key->empty()) return Refused{Refusal::invalid, "the source's key is empty", "externalId"};
  facts.profile.clear();
  return PreparedClaim{std::move(facts), std::move(*profile)};
}

Outcome<Claimed> put_claim(Unit& unit, SourceId source, const PreparedClaim& claim, UserId who) {
  const Putting put{unit, source, claim.facts, claim.profile};
  auto match = match_claim(unit, source, claim.facts, claim.profile.names, who);
  if (!match) return match.refused();
  if (!match->user) return create(put);
  return all_or_nothing(unit.db(), [&] { return update(put, *match, static_cast<bool>(who)); });
}

Outcome<Claimed> put_claim(Unit& unit, SourceId source, const ClaimFacts& facts, UserId who) {
  const auto prepared = prepare_claim(facts);
  if (!prepared) return prepared.refused();
  return put_claim(unit, source, *prepared, who);
}

Outcome<> end_claim(Unit& unit, SourceId source, UserId key) {
  const auto user = find_user(unit, key);
  const auto claim = find_claim(unit, source, key);
  if (!user || !claim || claim->ended) return Refused{Refusal::not_found, "no such person of this source"};
  return all_or_nothing(unit.db(), [&] { return end(unit, source, *user); });
}

}  // namespace rosterd::store
