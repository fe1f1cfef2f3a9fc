#include "store/access_refresh.h"

#include <map>
#include <tuple>

#include "store/assignments.h"
#include "store/audit.h"
#include "store/effective.h"
#include "store/fold.h"
#include "store/group_row.h"
#include "store/invitations.h"
#include "store/removal_counts.h"
#include "store/sources.h"
#include "store/sqlite/connection.h"

namespace rosterd::store {
namespace {

struct GrantKey {
  std::int64_t source = 0;
  std::string rule;
  std::int64_t group = 0;
  std::int64_t role = 0;
  std::int64_t project = 0;
  std::string permission;
  auto operator<=>(const GrantKey&) const = default;
};
struct GrantText {  // for a person
  std::string what;
  std::string group;
  bool privileged = false;
};
using Grants = std::map<GrantKey, GrantText>;

std::pair<RoleId, bool> role_named(Unit& unit, const std::string& name) {  // whether it is privileged
  Statement row = unit.db().prepare("SELECT id, privileged FROM roles WHERE name_folded = ?");
  if (row.bind(fold(name)).step()) return {RoleId{row.integer(0)}, row.integer(1) != 0};
  Role role;
  role.name = name;
  return {ensure_role(unit, role), role.privileged};
}

struct Wanted {
  Grants grants;
  bool matched = false;
  Kind kind = Kind::client;  // one rule for staff makes a person staff
  std::string company;
};

void want(Unit& unit, const GroupAbove& group, const Access& access, Wanted& wanted) {
  const GrantKey base{group.source.value, access.rule, group.key.value, 0, 0, {}};
  if (!access.role.empty()) {
    GrantKey key = base;
    const auto [role, privileged] = role_named(unit, access.role);
    key.role = role.value;
    if (!privileged || unit.settings().access.may_give_privileged(group.source_name))
      wanted.grants.emplace(key, GrantText{"role " + access.role, group.display_name, privileged});
  }
  for (const std::string& project : access.projects) {
    GrantKey key = base;
    key.project = ensure_project(unit, project).value;
    wanted.grants.emplace(key, GrantText{"project " + project, group.display_name});
  }
  for (const std::string& permission : access.permissions) {
    GrantKey key = base;
    key.permission = permission;
    wanted.grants.emplace(key, GrantText{"permission " + permission, group.display_name});
  }
  if (access.kind == Kind::staff) wanted.kind = Kind::staff;
  if (wanted.company.empty()) wanted.company = access.company;
  wanted.matched = true;
}

// Assigned by a connection: neither rule nor group.
void want_assigned(SourceId source, const Assigned& assigned, Grants& grants) {
  for (const Role& role : assigned.roles)
    grants.emplace(GrantKey{source.value, {}, 0, role.id.value, 0, {}},
                   GrantText{"role " + role.name, {}, role.privileged});
  for (const auto& [project, name] : assigned.projects)
    grants.emplace(GrantKey{source.value, {}, 0, 0, project.value, {}}, GrantText{"project " + name, {}});
  for (const std::string& permission : assigned.permissions)
    grants.emplace(GrantKey{source.value, {}, 0, 0, 0, permission}, GrantText{"permission " + permission, {}});
}

void want_assigned(Unit& unit, UserId user, Grants& grants) {
  if (unit.settings().assigning.empty()) return;
  Statement row = unit.db().prepare(
      "SELECT c.source_id, s.name, c.profile FROM claims c JOIN sources s ON s.id = c.source_id "
      "WHERE c.user_key = ? AND c.ended_at IS NULL");
  row.bind(user);
  while (row.step())
    want_assigned(SourceId{row.integer(0)}, assigned_by(unit, unit.settings(), row.view(1), row.view(2)), grants);
}

Wanted wanted_of(Unit& unit, UserId user) {
  Wanted wanted;
  for (const GroupAbove& group : groups_above(unit, user))
    for (const Access& access : unit.settings().access.match({group.source_name, group.display_name, group.dn}))
      want(unit, group, access, wanted);
  want_assigned(unit, user, wanted.grants);
  return wanted;
}

Grants held_of(const View& view, UserId user) {
  Grants held;
  Statement row = view.db().prepare(
      "SELECT g.source_id, g.rule, g.group_key, g.role_id, g.project_id, g.permission, r.name, p.name, "
      "gr.display_name, r.privileged FROM grants g LEFT JOIN groups gr ON gr.key = g.group_key "
      "LEFT JOIN roles r ON r.id = g.role_id LEFT JOIN projects p ON p.id = g.project_id "
      "WHERE g.user_key = ? AND (g.group_key <> 0 OR g.source_id <> ?)");
  row.bind(user, kLocal);
  while (row.step()) {
    const GrantKey key{row.integer(0), row.text(1), row.integer(2), row.integer(3), row.integer(4), row.text(5)};
    std::string what = key.role      ? "role " + row.text(6)
                       : key.project ? "project " + row.text(7)
                                     : "permission " + key.permission;
    held.emplace(key, GrantText{std::move(what), row.text(8), row.integer(9) != 0});
  }
  return held;
}

void add_grant(Unit& unit, UserId user, const GrantKey& key, bool inviting) {
  unit.db()
      .prepare(
          "INSERT INTO grants (user_key, source_id, rule, group_key, role_id, project_id, permission, reason, "
          "inviting, since) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
      .bind(user, key.source, key.rule, key.group, key.role, key.project, key.permission,
            key.group == 0 ? "assigned" : "rule", inviting, unit.now())
      .run();
}

void drop_grant(Unit& unit, UserId user, const GrantKey& key) {
  unit.db()
      .prepare(
          "DELETE FROM grants WHERE user_key = ? AND source_id = ? AND rule = ? AND group_key = ? AND role_id = ? AND "
          "project_id = ? AND permission = ?")
      .bind(user, key.source, key.rule, key.group, key.role, key.project, key.permission)
      .run();
}

// "role Staff by rule engineering through group Engineering"
std::string sentence(const GrantKey& key, const GrantText& text) {
  std::string all = text.what + (key.group == 0 ? " as its source assigns" : " by rule " + key.rule);
  if (!text.group.empty()) all += " through group " + text.group;
  if (text.privileged) all += " (privileged, as the configuration says)";
  return all;
}

bool write_grants(Unit& unit, const User& user, const Grants& held, const Grants& wanted, bool quiet) {
  bool changed = false;
  for (const auto& [key, text] : held) {
    if (wanted.contains(key)) continue;
    drop_grant(unit, user.key, key);
    audit(unit, "grant.remove", user.id, sentence(key, text));
    changed = true;
  }
  for (const auto& [key, text] : wanted) {
    if (held.contains(key)) continue;
    add_grant(unit, user.key, key, !quiet && !is_quiet(unit, SourceId{key.source}));
    audit(unit, "grant.add", user.id, sentence(key, text));
    changed = true;
  }
  return changed;
}

bool write_kind(Unit& unit, const User& user, const Wanted& wanted) {
  if (!wanted.matched) return false;
  const std::string& company = wanted.kind == Kind::client && !wanted.company.empty() ? wanted.company : user.company;
  if (wanted.kind == user.kind && company == user.company) return false;
  unit.db()
      .prepare("UPDATE users SET kind = ?, company = ? WHERE key = ?")
      .bind(to_string(wanted.kind), company, user.key)
      .run();
  audit(unit, "user.kind", user.id, to_string(wanted.kind));
  return true;
}

}  // namespace

bool is_quiet(const View& view, SourceId source) {
  return !view.db().prepare("SELECT 1 FROM sources WHERE id = ? AND first_complete_at IS NOT NULL").bind(source).step();
}

bool refresh_access(Unit& unit, UserId user) {
  return refresh_access(unit, user, false);
}

bool refresh_access(Unit& unit, UserId key, bool quiet) {
  const auto user = find_user(unit, key);
  if (!user) return false;
  const Wanted wanted = wanted_of(unit, key);
  const bool kind = write_kind(unit, *user, wanted);
  const bool grants = write_grants(unit, *user, held_of(unit, key), wanted.grants, quiet);
  if (kind || grants) {
    unit.db()
        .prepare("UPDATE users SET version = version + 1, modified_at = ? WHERE key = ?")
        .bind(unit.now(), key)
        .run();
    note_change(unit, kind ? Changed::user : Changed::access, user->id);
  }
  invite_if_due(unit, *user);
  return kind || grants;
}

void invite_if_due(Unit& unit, const User& user) {
  if (!user.active || user.hidden || user.joined_at || user.email.empty()) return;
  Statement due = unit.db().prepare(
      "SELECT 1 FROM grants g LEFT JOIN groups gr ON gr.key = g.group_key WHERE g.user_key = ? AND g.inviting = 1 "
      "AND (gr.hidden = 0 OR (g.group_key = 0 AND g.source_id <> ?)) "
      "AND NOT EXISTS (SELECT 1 FROM invitations i WHERE i.user_key = g.user_key)");
  if (!due.bind(user.key, kLocal).step()) return;
  // A refusal (somebody without an address, joined meanwhile) means that there is nobody to invite.
  (void)invite(unit, user.key);
}

void leave_groups_of(Unit& unit, UserId user, SourceId source) {
  const char* const kGroups =
      "SELECT m.group_key FROM memberships m JOIN groups g ON g.key = m.group_key "
      "WHERE m.member_kind = 'u' AND m.member_key = ? AND g.source_id = ?";
  unit.db()
      .prepare(std::string("UPDATE groups SET version = version + 1, modified_at = ? WHERE key IN (") + kGroups + ")")
      .bind(unit.now(), user, source)
      .run();
  unit.db()
      .prepare(std::string("DELETE FROM memberships WHERE member_kind = 'u' AND member_key = ? AND group_key IN (") +
               kGroups + ")")
      .bind(user, user, source)
      .run();
  count_members(unit, source, -unit.db().changes());
  refresh_access(unit, user);
}

}  // namespace rosterd::store
