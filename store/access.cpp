#include "store/access.h"

#include <set>
#include <utility>

#include "store/seen.h"
#include "store/sources.h"
#include "store/sqlite/connection.h"

namespace rosterd::store {
namespace {

constexpr std::string_view kAdmin = "admin";  // folded name of the role that the last-admin rule counts

std::vector<std::string> names(const View& view, const char* sql, UserId user) {
  std::vector<std::string> all;
  Statement row = view.db().prepare(sql);
  row.bind(user);
  while (row.step()) all.push_back(row.text(0));
  return all;
}

}  // namespace

// A grant is in force while its group has not ended: the rows of a large group's people leave in steps after that.
std::vector<Grant> grants_of(const View& view, UserId user) {
  std::vector<Grant> all;
  Statement row = view.db().prepare(
      "SELECT g.source_id, g.rule, g.group_key, COALESCE(gr.display_name, ''), COALESCE(r.name, ''), "
      "COALESCE(p.name, ''), g.permission, g.reason, g.since FROM grants g "
      "LEFT JOIN groups gr ON gr.key = g.group_key LEFT JOIN roles r ON r.id = g.role_id "
      "LEFT JOIN projects p ON p.id = g.project_id "
      "WHERE g.user_key = ? AND (g.group_key = 0 OR gr.hidden = 0) "
      "ORDER BY COALESCE(r.rank, -1) DESC, r.name, p.name, g.permission, g.rule, g.group_key");
  row.bind(user);
  while (row.step())
    all.push_back({SourceId{row.integer(0)}, row.text(1), GroupId{row.integer(2)}, row.text(3), row.text(4),
                   row.text(5), row.text(6), row.text(7), from_millis(row.integer(8))});
  return all;
}

InForce in_force(const View& view, UserId user) {
  Statement row = view.db().prepare(
      "SELECT r.rank, r.name, p.name FROM grants g LEFT JOIN roles r ON r.id = g.role_id "
      "LEFT JOIN projects p ON p.id = g.project_id LEFT JOIN groups gr ON gr.key = g.group_key "
      "WHERE g.user_key = ? AND (g.group_key = 0 OR gr.hidden = 0)");
  row.bind(user);
  std::set<std::pair<std::int64_t, std::string>> roles;  // by rank downwards, then name
  std::set<std::string> projects;
  while (row.step()) {
    if (!row.is_null(1)) roles.emplace(-row.integer(0), row.text(1));
    if (!row.is_null(2)) projects.insert(row.text(2));
  }
  InForce found;
  for (const auto& [rank, name] : roles) found.roles.push_back(name);
  found.projects.assign(projects.begin(), projects.end());
  return found;
}

std::vector<std::string> roles_of(const View& view, UserId user) {
  return in_force(view, user).roles;
}

std::vector<std::string> projects_of(const View& view, UserId user) {
  return in_force(view, user).projects;
}

std::vector<std::string> permissions_of(const View& view, UserId user) {
  return names(view,
               "WITH live (role_id, permission) AS (SELECT g.role_id, g.permission FROM grants g "
               "LEFT JOIN groups gr ON gr.key = g.group_key "
               "WHERE g.user_key = ? AND (g.group_key = 0 OR gr.hidden = 0)) "
               "SELECT permission FROM live WHERE permission <> '' "
               "UNION SELECT rp.permission FROM live JOIN role_permissions rp ON rp.role_id = live.role_id ORDER BY 1",
               user);
}

bool is_privileged(const View& view, UserId user) {
  Statement row = view.db().prepare(
      "SELECT 1 FROM grants g JOIN roles r ON r.id = g.role_id LEFT JOIN groups gr ON gr.key = g.group_key "
      "WHERE g.user_key = ? AND r.privileged = 1 AND (g.group_key = 0 OR gr.hidden = 0) LIMIT 1");
  return row.bind(user).step();
}

bool is_last_admin(const View& view, UserId user) {
  // Walks the few who hold the role, not everybody.
  Statement row = view.db().prepare(
      "SELECT g.user_key FROM grants g JOIN roles r ON r.id = g.role_id JOIN users u ON u.key = g.user_key "
      "WHERE r.name_folded = ? AND g.source_id = ? AND g.group_key = 0 AND u.active = 1 AND u.hidden = 0 LIMIT 2");
  row.bind(kAdmin, kLocal);
  return row.step() && UserId{row.integer(0)} == user && !row.step();
}

}  // namespace rosterd::store
