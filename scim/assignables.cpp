#include "scim/assignables.h"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include "scim/datetime.h"
#include "scim/reply.h"
#include "scim/text.h"
#include "store/assignments.h"

namespace rosterd::scim {
namespace {

constexpr std::string_view kOktaRole = "urn:okta:scim:schemas:core:1.0:Role";
constexpr std::string_view kOktaEntitlement = "urn:okta:scim:schemas:core:1.0:Entitlement";
constexpr std::size_t kLongestDescription = 1000;  // of Okta

std::string gives(const std::vector<std::string>& permissions) {
  std::string text;
  for (const std::string& permission : permissions) text += (text.empty() ? "Gives " : ", ") + permission;
  if (text.size() > kLongestDescription) text = "Gives " + std::to_string(permissions.size()) + " permissions";
  return text;
}

// Few, so they are made as a whole.
std::vector<Assignable> roles(const Call& call, const store::View& view) {
  const Connection& connection = call.context.connection;
  std::vector<Assignable> all;
  for (const store::Role& role : store::list_roles(view)) {
    const bool supported = connection.assigns && (!role.privileged || connection.gives_privileged);
    all.push_back({role.id.value, store::public_id(role.id), role.name, {}, gives(role.permissions), supported});
  }
  std::sort(all.begin(), all.end(), [](const Assignable& a, const Assignable& b) { return a.key < b.key; });
  return all;
}

std::vector<Assignable> permissions(const Call& call, const store::View& view) {
  std::vector<Assignable> all;
  for (const std::string& permission : store::list_permissions(view, *call.context.store.settings()))
    all.push_back({static_cast<std::int64_t>(all.size()) + 1,
                   store::permission_id(permission),
                   permission,
                   "permission",
                   {},
                   call.context.connection.assigns});
  return all;
}

Assignable to_assignable(const Call& call, const store::Project& project) {
  return {project.id.value, store::public_id(project.id), project.name, "project", {}, call.context.connection.assigns,
          project.created};
}

std::vector<Assignable> few(const Call& call, const store::View& view, Resource resource) {
  return resource == Resource::role ? roles(call, view) : permissions(call, view);
}

std::optional<Assignable> find_by_id(const Call& call, const store::View& view, Resource resource,
                                     const std::string& id) {
  std::optional<Assignable> found;
  const auto take = [&](const Assignable& one) {
    if (one.id == id) found = one;
    return !found;
  };
  scan_assignables(call, view, resource, {0, std::numeric_limits<std::int64_t>::max()}, take);
  return found;
}

}  // namespace

std::size_t count_assignables(const Call& call, const store::View& view, Resource resource) {
  return resource == Resource::project ? store::count_projects(view) : few(call, view, resource).size();
}

void scan_assignables(const Call& call, const store::View& view, Resource resource, const store::Page& page,
                      const std::function<bool(const Assignable&)>& row) {
  std::size_t skip = page.offset, left = page.limit;
  const auto offer = [&](const Assignable& one) {
    if (one.key <= page.after || (skip > 0 && skip-- > 0)) return true;
    return left > 0 && left-- > 0 && row(one);
  };
  if (resource == Resource::project) {
    const std::size_t most = std::numeric_limits<std::int64_t>::max();
    const std::size_t limit = page.limit > most - page.offset ? most : page.offset + page.limit;
    return store::scan_projects(view, store::ProjectId{page.after}, limit,
                                [&](const store::Project& project) { return offer(to_assignable(call, project)); });
  }
  for (const Assignable& one : few(call, view, resource))
    if (!offer(one)) return;
}

std::optional<Assignable> find_assignable(const Call& call, const store::View& view, Resource resource,
                                          std::int64_t key) {
  if (resource == Resource::project) {
    const auto project = store::find_project(view, store::ProjectId{key});
    return project ? std::optional(to_assignable(call, *project)) : std::nullopt;
  }
  for (Assignable& one : few(call, view, resource))
    if (one.key == key) return std::move(one);
  return std::nullopt;
}

// As no version is kept of them, there is none.
Json render_assignable(const Call& call, const ResourceType& type, const Assignable& one) {
  Object meta;
  meta.set("resourceType", type.name);
  if (one.created) {
    meta.set("created", format_date_time(*one.created));
    meta.set("lastModified", format_date_time(*one.created));
  }
  meta.set("location", call.context.base_url + type.endpoint + "/" + one.id);
  Object out;
  out.set("schemas", Array{Json(shown_urn(call, type.core->id))});
  out.set("id", one.id);
  out.set("value", one.value);
  out.set("display", one.value);
  out.set("displayName", one.value);
  if (!one.type.empty()) out.set("type", one.type);
  if (!one.description.empty()) out.set("description", one.description);
  out.set("supported", one.supported);
  out.set("meta", std::move(meta));
  return out;
}

Result<Response> read_assignable(const Call& call, Resource resource, const std::string& id) {
  const ResourceType& type = call.context.catalogue.type(resource);
  return look(call, [&](const store::View& view) -> Result<Response> {
    const auto found = find_by_id(call, view, resource, id);
    if (!found) return Error::plain(404, "there is no " + to_lower(type.name) + " " + excerpt(id));
    Response response = reply_json(200, project(render_assignable(call, type, *found), type, call.selection));
    response.headers.emplace_back("Location", call.context.base_url + type.endpoint + "/" + found->id);
    return response;
  });
}

std::span<const ResourceType* const> listed_types(const Call& call) {
  const auto all = call.context.catalogue.types();
  return call.context.connection.assigns ? all : all.first(static_cast<std::size_t>(Resource::role));
}

std::string_view shown_urn(const Call& call, std::string_view urn) {
  if (!call.context.connection.okta_urns) return urn;
  if (urn == kRoleSchema) return kOktaRole;
  return urn == kEntitlementSchema || urn == kProjectSchema ? kOktaEntitlement : urn;
}

}  // namespace rosterd::scim
