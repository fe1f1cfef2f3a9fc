#include "store/effective.h"

#include <optional>
#include <set>
#include <utility>

#include "store/access.h"
#include "store/attribute_index.h"
#include "store/audit.h"
#include "store/claims.h"
#include "store/fold.h"
#include "store/invitations.h"
#include "store/merge.h"
#include "store/sources.h"
#include "store/sqlite/connection.h"
#include "store/uuid.h"

namespace rosterd::store {
namespace {

struct Effective {
  std::string profile;
  std::string user_name;
  std::string email;
  std::string display_name;
  std::string company;
};

std::vector<SourceProfile> live_profiles(const View& view, UserId user) {
  std::vector<SourceProfile> all;
  Statement row = view.db().prepare(
      "SELECT s.name, c.profile FROM claims c JOIN sources s ON s.id = c.source_id "
      "WHERE c.user_key = ? AND c.ended_at IS NULL ORDER BY c.created_at, c.source_id");
  row.bind(user);
  while (row.step()) all.push_back({row.text(0), row.text(1)});
  return all;
}

Effective merged(const std::vector<SourceProfile>& claims, const Authority& authority) {
  Effective effective;
  effective.profile = merge_profiles(claims, authority);
  Essentials found = essentials_of(effective.profile);
  effective.user_name = std::move(found.user_name);
  effective.email = std::move(found.email);
  effective.display_name = std::move(found.display_name);
  effective.company = std::move(found.company);
  return effective;
}

using Name = std::pair<std::string, std::string>;  // field, folded

std::set<Name> wanted_names(const std::vector<SourceProfile>& claims, const Effective& effective) {
  std::set<Name> names;
  const auto add = [&](const char* field, std::string_view text, std::string_view known) {
    if (std::string folded = fold(text); !folded.empty() && folded != known) names.emplace(field, std::move(folded));
  };
  const std::string user_name = fold(effective.user_name);
  const std::string display_name = fold(effective.display_name);
  for (const SourceProfile& claim : claims) {
    const Essentials own = essentials_of(claim.profile);
    add("u", own.user_name, user_name);
    add("d", own.display_name, display_name);
    for (const std::string& address : own.emails) add("e", address, {});
  }
  return names;
}

void insert_name(Unit& unit, UserId user, const std::string& field, const std::string& folded) {
  unit.db().prepare("INSERT INTO names (user_key, field, folded) VALUES (?, ?, ?)").bind(user, field, folded).run();
}

void write_names(Unit& unit, UserId user, const std::set<Name>& wanted) {
  std::set<Name> held;
  {
    Statement row = unit.db().prepare("SELECT field, folded FROM names WHERE user_key = ?");
    row.bind(user);
    while (row.step()) held.emplace(row.text(0), row.text(1));
  }
  for (const auto& [field, folded] : held)
    if (!wanted.contains({field, folded}))
      unit.db()
          .prepare("DELETE FROM names WHERE user_key = ? AND field = ? AND folded = ?")
          .bind(user, field, folded)
          .run();
  for (const auto& [field, folded] : wanted)
    if (!held.contains({field, folded})) insert_name(unit, user, field, folded);
}

// A rule's company stays until a claim says another one than before.
void write_row(Unit& unit, const User& user, const Effective& wanted) {
  const bool moved = wanted.company != essentials_of(user.profile).company;
  unit.db()
      .prepare(
          "UPDATE users SET user_name = ?, user_name_folded = ?, email = ?, email_folded = ?, display_name = ?, "
          "display_name_folded = ?, company = ?, profile = ? WHERE key = ?")
      .bind(wanted.user_name, fold(wanted.user_name), wanted.email, fold(wanted.email), wanted.display_name,
            fold(wanted.display_name), moved ? wanted.company : user.company, wanted.profile, user.key)
      .run();
}

// An open link must not stay with the old address: the new one gets a fresh link, and the old one dies. Whoever may
// give no privileged role does not choose where a privileged person's link goes either: an admin invites again.
void follow_address(Unit& unit, const User& before, const std::string& address) {
  if (fold(before.email) == fold(address)) return;
  unit.db().prepare("UPDATE users SET mail_problem = '' WHERE key = ?").bind(before.key).run();
  if (before.joined_at) return;
  if (!unit.db().prepare("SELECT 1 FROM invitations WHERE user_key = ? AND state = 'open'").bind(before.key).step())
    return;
  const auto source = find_source(unit, unit.actor().source);
  const bool trusted = !source || unit.settings().access.may_give_privileged(source->name);
  if (address.empty() || (!trusted && is_privileged(unit, before.key)) || !invite(unit, before.key))
    revoke_invitations(unit, before.key);
}

// Both are served by the unique partial indexes, users_user_name and users_email.
bool others_user_name(const View& view, UserId self, const std::string& folded) {
  Statement row = view.db().prepare("SELECT 1 FROM users WHERE user_name_folded = ? AND hidden = 0 AND key <> ?");
  return row.bind(folded, self).step();
}

bool others_email(const View& view, UserId self, const std::string& folded) {
  Statement row = view.db().prepare(
      "SELECT 1 FROM users WHERE email_folded = ? AND email_folded <> '' AND hidden = 0 AND key <> ?");
  return row.bind(folded, self).step();
}

std::string list(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text.append(text.empty() ? "" : ", ").append(name);
  return text;
}

}  // namespace

std::optional<Refused> collision(const View& view, UserId self, std::string_view user_name, std::string_view email) {
  const auto refuse = [](std::string sentence, const char* field) {
    return Refused{Refusal::uniqueness, std::move(sentence), field};
  };
  const std::string quoted_name = "userName \"" + std::string(user_name) + "\"";
  const std::string folded_name = fold(user_name);
  if (others_user_name(view, self, folded_name)) return refuse(quoted_name + " belongs to somebody else", "userName");
  if (others_email(view, self, folded_name))
    return refuse(quoted_name + " is the e-mail address of somebody else", "userName");
  const std::string quoted_email = "the e-mail address \"" + std::string(email) + "\"";
  const std::string folded_email = fold(email);
  if (others_email(view, self, folded_email)) return refuse(quoted_email + " belongs to somebody else", "emails");
  if (others_user_name(view, self, folded_email))
    return refuse(quoted_email + " is the userName of somebody else", "emails");
  return std::nullopt;
}

Outcome<bool> refresh_effective(Unit& unit, UserId key, bool always, std::string_view action) {
  const std::optional<User> user = find_user(unit, key);
  if (!user) return Refused{Refusal::not_found, "no such person"};
  const auto claims = live_profiles(unit, key);
  if (claims.empty()) return false;
  const Effective wanted = merged(claims, unit.settings().authority);
  if (!user->hidden)
    if (auto refused = collision(unit, key, wanted.user_name, wanted.email)) return *refused;
  if (auto refused = value_collision(unit, key, claims)) return *refused;
  write_names(unit, key, wanted_names(claims, wanted));
  write_values(unit, key, claims);
  const bool changed = !same_profile(user->profile, wanted.profile) || user->user_name != wanted.user_name ||
                       user->email != wanted.email || user->display_name != wanted.display_name;
  if (!changed && !always) return false;
  if (changed) {
    write_row(unit, *user, wanted);
    follow_address(unit, *user, wanted.email);
  }
  note_user_changed(unit, *user, action, list(changed_attributes(user->profile, wanted.profile)));
  return true;
}

UserId insert_effective(Unit& unit, const CleanProfile& claim, Kind kind) {
  const Essentials& names = claim.names;
  const std::string id = random_uuid();
  unit.db()
      .prepare(
          "INSERT INTO users (id, kind, user_name, user_name_folded, email, email_folded, display_name, "
          "display_name_folded, company, profile, created_at, modified_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
      .bind(id, to_string(kind), names.user_name, fold(names.user_name), names.email, fold(names.email),
            names.display_name, fold(names.display_name), names.company, claim.alone, unit.now(), unit.now())
      .run();
  const UserId user{unit.db().last_id()};
  // The only claim's userName and displayName are in the row.
  std::set<std::string> addresses;
  for (const std::string& address : names.emails) addresses.insert(fold(address));
  for (const std::string& folded : addresses)
    if (!folded.empty()) insert_name(unit, user, "e", folded);
  write_values(unit, user, {{{}, claim.text}});
  audit(unit, "user.create", id, list(claim.attributes));
  note_change(unit, Changed::user, id);
  return user;
}

void note_user_changed(Unit& unit, const User& user, std::string_view action, std::string_view detail) {
  unit.db()
      .prepare("UPDATE users SET version = version + 1, modified_at = ? WHERE key = ?")
      .bind(unit.now(), user.key)
      .run();
  audit(unit, action, user.id, detail);
  note_change(unit, Changed::user, user.id);
}

}  // namespace rosterd::store
