// Grants: why a person has a role, a project or a permission. Computed from memberships and rules, and from what a
// connection assigns (assignments.h); a source takes back only its own.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "store/users.h"

namespace rosterd::store {

struct Grant {
  SourceId source;   // of the group; kLocal for an admin's or invitation's grant; who assigned it
  std::string rule;  // access rule's name; empty for a local or assigned grant
  GroupId group;     // none for a local or assigned grant
  std::string group_name;
  std::string role;  // exactly one of role, project and permission is set
  std::string project;
  std::string permission;
  std::string reason;  // "rule", "assigned", "admin", "invitation"
  Instant since;
};

struct Role {
  RoleId id;
  std::string name;
  int rank = 0;  // the highest is displayed
  bool privileged = false;
  std::vector<std::string> permissions;
};

// Brings the grants of one person in line with memberships, rules and assignments; a first grant after the source's
// first complete run invites (invitations.h). Idempotent. Returns whether anything changed.
bool refresh_access(Unit&, UserId);

std::vector<Grant> grants_of(const View&, UserId);          // ended groups are left out
std::vector<std::string> roles_of(const View&, UserId);     // by rank, highest first
std::vector<std::string> projects_of(const View&, UserId);  // by name
std::vector<std::string> permissions_of(const View&, UserId);

RoleId ensure_role(Unit&, const Role&);  // by folded name; makes or updates
std::vector<Role> list_roles(const View&);
ProjectId ensure_project(Unit&, std::string_view name);

// An admin's own grants. Refuses: not_found (role), last_admin (taking away).
Outcome<bool> grant_role(Unit&, UserId, std::string_view role, std::string_view reason);
Outcome<bool> take_role(Unit&, UserId, std::string_view role);
Outcome<bool> grant_project(Unit&, UserId, std::string_view project, std::string_view reason);
Outcome<bool> take_project(Unit&, UserId, std::string_view project);

bool is_privileged(const View&, UserId);  // holds a privileged role
bool is_last_admin(const View&, UserId);  // the only active person with a local grant of "Admin"

}  // namespace rosterd::store
