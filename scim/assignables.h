// What an identity provider can assign: /Roles, /Entitlements (permissions) and /Projects. Read-only: roles come from
// the configuration, permissions and projects from access rules and admins. After draft-ietf-scim-roles-entitlements;
// Okta reads the same resources under URNs of its own. Private to scim/.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "scim/call.h"
#include "store/query.h"

namespace rosterd::scim {

struct Assignable {
  std::int64_t key = 0;  // the order within its type
  std::string id;
  std::string value;
  std::string type;  // "permission" or "project"; roles have none
  std::string description = {};
  bool supported = false;  // for this connection
  std::optional<store::Instant> created = {};
};

// `resource` is role, entitlement or project.
std::size_t count_assignables(const Call&, const store::View&, Resource resource);
void scan_assignables(const Call&, const store::View&, Resource resource, const store::Page&,
                      const std::function<bool(const Assignable&)>& row);
std::optional<Assignable> find_assignable(const Call&, const store::View&, Resource resource, std::int64_t key);
Json render_assignable(const Call&, const ResourceType&, const Assignable&);
Result<Response> read_assignable(const Call&, Resource resource, const std::string& id);

// The types that a connection is told of, and finds at the root: what it cannot assign it need not discover.
std::span<const ResourceType* const> listed_types(const Call&);
// What stands for a schema's URN in answers to this connection.
std::string_view shown_urn(const Call&, std::string_view urn);

}  // namespace rosterd::scim
