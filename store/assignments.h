// What a connection assigns: the `roles` and `entitlements` of its claim, as roles, projects and permissions that are
// known here, and the lists of what can be assigned at all. A name is an id of the lists below or the name itself,
// folded. What is unknown gives nothing and makes nothing.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/access.h"

namespace rosterd::store {

struct Assigned {
  std::vector<Role> roles;  // without their permissions
  std::vector<std::pair<ProjectId, std::string>> projects;
  std::vector<std::string> permissions;
  std::size_t unknown = 0;   // elements that name nothing known
  std::size_t withheld = 0;  // privileged roles that this connection may not give
};

// Of a claim's profile, by the settings of its source; nothing when its assignments do not count.
Assigned assigned_by(const View&, const Settings&, std::string_view source, std::string_view profile);
bool assigns(const Settings&, std::string_view source);

struct Project {
  ProjectId id;
  std::string name;
  Instant created;
};

// Ids as clients see them: unique over everything a connection reads, never given to anything else.
std::string public_id(RoleId);                           // "role-2"
std::string public_id(ProjectId);                        // "project-7"
std::string permission_id(std::string_view permission);  // "permission-files"

std::optional<Role> find_role(const View&, RoleId);
std::optional<Project> find_project(const View&, ProjectId);
std::size_t count_projects(const View&);
// In order of their ids, those above `after`, at most `limit`; until `row` returns false.
void scan_projects(const View&, ProjectId after, std::size_t limit, const std::function<bool(const Project&)>& row);
// Every permission that a role or an access rule gives, by name.
std::vector<std::string> list_permissions(const View&, const Settings&);

// Changes whenever what assignments come to may have changed for everybody; empty when no source assigns.
std::string assignment_digest(const View&, const Settings&);

}  // namespace rosterd::store
