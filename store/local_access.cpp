// Roles, projects and what an admin gives or takes by hand.
#include <algorithm>

#include "store/access.h"
#include "store/audit.h"
#include "store/effective.h"
#include "store/fold.h"
#include "store/sources.h"
#include "store/sqlite/connection.h"

namespace rosterd::store {
namespace {

struct RoleRow {
  RoleId id;
  bool privileged = false;
};

std::optional<RoleRow> find_role(const View& view, std::string_view name) {
  Statement row = view.db().prepare("SELECT id, privileged FROM roles WHERE name_folded = ?");
  if (!row.bind(fold(name)).step()) return std::nullopt;
  return RoleRow{RoleId{row.integer(0)}, row.integer(1) != 0};
}

std::optional<ProjectId> find_project(const View& view, std::string_view name) {
  Statement row = view.db().prepare("SELECT id FROM projects WHERE name_folded = ?");
  if (!row.bind(fold(name)).step()) return std::nullopt;
  return ProjectId{row.integer(0)};
}

void note_access_changed(Unit& unit, const User& user, std::string_view action, std::string_view detail) {
  unit.db()
      .prepare("UPDATE users SET version = version + 1, modified_at = ? WHERE key = ?")
      .bind(unit.now(), user.key)
      .run();
  audit(unit, action, user.id, detail);
  note_change(unit, Changed::access, user.id);
}

Outcome<bool> give(Unit& unit, UserId key, RoleId role, ProjectId project, std::string_view reason,
                   const std::string& what) {
  const auto user = find_user(unit, key);
  if (!user) return Refused{Refusal::not_found, "no such person"};
  unit.db()
      .prepare(
          "INSERT INTO grants (user_key, source_id, role_id, project_id, reason, since) VALUES (?, ?, ?, ?, ?, ?) "
          "ON CONFLICT DO NOTHING")
      .bind(key, kLocal, role, project, reason, unit.now())
      .run();
  if (unit.db().changes() == 0) return false;
  note_access_changed(unit, *user, "grant.add", what);
  return true;
}

Outcome<bool> take(Unit& unit, UserId key, RoleId role, ProjectId project, const std::string& what) {
  const auto user = find_user(unit, key);
  if (!user) return Refused{Refusal::not_found, "no such person"};
  unit.db()
      .prepare(
          "DELETE FROM grants WHERE user_key = ? AND source_id = ? AND group_key = 0 AND role_id = ? AND project_id = "
          "?")
      .bind(key, kLocal, role, project)
      .run();
  if (unit.db().changes() == 0) return false;
  note_access_changed(unit, *user, "grant.remove", what);
  return true;
}

std::vector<std::string> permissions_of_role(const View& view, RoleId role) {
  std::vector<std::string> all;
  Statement row = view.db().prepare("SELECT permission FROM role_permissions WHERE role_id = ? ORDER BY permission");
  row.bind(role);
  while (row.step()) all.push_back(row.text(0));
  return all;
}

bool write_permissions(Unit& unit, RoleId role, std::vector<std::string> wanted) {
  std::sort(wanted.begin(), wanted.end());
  wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
  if (wanted == permissions_of_role(unit, role)) return false;
  unit.db().prepare("DELETE FROM role_permissions WHERE role_id = ?").bind(role).run();
  for (const std::string& permission : wanted)
    unit.db().prepare("INSERT INTO role_permissions (role_id, permission) VALUES (?, ?)").bind(role, permission).run();
  return true;
}

}  // namespace

RoleId ensure_role(Unit& unit, const Role& role) {
  const auto known = find_role(unit, role.name);
  RoleId id;
  bool changed = false;
  if (known) {
    id = known->id;
    unit.db()
        .prepare(
            "UPDATE roles SET name = ?, rank = ?, privileged = ? WHERE id = ? AND (name <> ? OR rank <> ? OR "
            "privileged "
            "<> ?)")
        .bind(role.name, role.rank, role.privileged, id, role.name, role.rank, role.privileged)
        .run();
    changed = unit.db().changes() > 0;
  } else {
    unit.db()
        .prepare("INSERT INTO roles (name, name_folded, rank, privileged) VALUES (?, ?, ?, ?)")
        .bind(role.name, fold(role.name), role.rank, role.privileged)
        .run();
    id = RoleId{unit.db().last_id()};
    changed = true;
  }
  changed = write_permissions(unit, id, role.permissions) || changed;
  if (changed) audit(unit, known ? "role.update" : "role.create", role.name, role.privileged ? "privileged" : "");
  return id;
}

std::vector<Role> list_roles(const View& view) {
  std::vector<Role> all;
  Statement row = view.db().prepare("SELECT id, name, rank, privileged FROM roles ORDER BY rank DESC, name");
  while (row.step())
    all.push_back({RoleId{row.integer(0)}, row.text(1), static_cast<int>(row.integer(2)), row.integer(3) != 0, {}});
  for (Role& role : all) role.permissions = permissions_of_role(view, role.id);
  return all;
}

ProjectId ensure_project(Unit& unit, std::string_view name) {
  if (const auto known = find_project(unit, name)) return *known;
  unit.db()
      .prepare("INSERT INTO projects (name, name_folded, created_at) VALUES (?, ?, ?)")
      .bind(name, fold(name), unit.now())
      .run();
  const ProjectId id{unit.db().last_id()};
  audit(unit, "project.create", name);
  note_change(unit, Changed::project, name);
  return id;
}

Outcome<bool> grant_role(Unit& unit, UserId user, std::string_view name, std::string_view reason) {
  const auto role = find_role(unit, name);
  if (!role) return Refused{Refusal::not_found, "there is no role \"" + std::string(name) + "\"", "role"};
  return give(unit, user, role->id, {}, reason,
              "role " + std::string(name) + (role->privileged ? " by hand (privileged)" : " by hand"));
}

Outcome<bool> take_role(Unit& unit, UserId user, std::string_view name) {
  const auto role = find_role(unit, name);
  if (!role) return Refused{Refusal::not_found, "there is no role \"" + std::string(name) + "\"", "role"};
  if (fold(name) == "admin" && is_last_admin(unit, user))
    return Refused{Refusal::last_admin, "the last active local admin keeps the role", "role"};
  return take(unit, user, role->id, {}, "role " + std::string(name) + " by hand");
}

Outcome<bool> grant_project(Unit& unit, UserId user, std::string_view name, std::string_view reason) {
  if (name.empty()) return Refused{Refusal::invalid, "a project has a name", "project"};
  return give(unit, user, {}, ensure_project(unit, name), reason, "project " + std::string(name) + " by hand");
}

Outcome<bool> take_project(Unit& unit, UserId user, std::string_view name) {
  const auto project = find_project(unit, name);
  if (!project) return Refused{Refusal::not_found, "there is no project \"" + std::string(name) + "\"", "project"};
  return take(unit, user, {}, *project, "project " + std::string(name) + " by hand");
}

}  // namespace rosterd::store
