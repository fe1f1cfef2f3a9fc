#include "scim/endpoints.h"

#include <algorithm>

#include "scim/assignables.h"
#include "scim/bulk.h"
#include "scim/discovery.h"
#include "scim/groups.h"
#include "scim/listing.h"
#include "scim/reply.h"
#include "scim/schema.h"
#include "scim/text.h"
#include "scim/users.h"

namespace rosterd::scim {
namespace {

using Segments = std::vector<std::string>;

template <Resource resource>
Result<Response> list(const Call& call, const std::string&) {
  return list_resources(call, call.context.catalogue.only(resource));
}
template <Resource resource>
Result<Response> search(const Call& call, const std::string&) {
  return search_resources(call, call.context.catalogue.only(resource));
}

template <Resource resource>
Result<Response> read(const Call& call, const std::string& id) {
  return read_assignable(call, resource, id);
}

// Endpoints are written as people remember them; ids and ".search" are exact.
bool matches(std::string_view pattern, const Segments& segments) {
  for (std::size_t i = 0; i < segments.size(); ++i) {
    if (pattern.empty()) return false;
    pattern.remove_prefix(1);  // "/"
    const std::string_view part = pattern.substr(0, pattern.find('/'));
    pattern.remove_prefix(part.size());
    if (i == 0 ? !iequals(part, segments[i]) : part != "{}" && part != segments[i]) return false;
  }
  return pattern.empty();
}

std::string methods_of(const std::vector<const Endpoint*>& rows) {
  std::string all;
  for (const Endpoint* row : rows) {
    all.append(row->method).append(", ");
    if (row->method == "GET") all += "HEAD, ";
  }
  return all += "OPTIONS";
}

Response with_allow(Response response, const std::vector<const Endpoint*>& rows) {
  response.headers.emplace_back("Allow", methods_of(rows));
  return response;
}

bool allows(Rights rights, Needs needs) {
  if (needs == Needs::of_each_operation) return rights != Rights::none;
  switch (rights) {
    case Rights::full:
      return true;
    case Rights::users:
      return needs <= Needs::changing_users;
    case Rights::read:
      return needs <= Needs::reading;
    case Rights::self:
      return needs <= Needs::self;
    case Rights::none:
      break;
  }
  return needs == Needs::nothing;
}

Error not_permitted(Rights rights) {
  switch (rights) {
    case Rights::read:
      return Error::plain(403, "this connection may only read");
    case Rights::self:
      return Error::plain(403, "a person's session reads /Me and nothing else");
    default:
      return Error::plain(403, "this connection may change users only");
  }
}

// The rows of one path. ".search" is never an id.
std::vector<const Endpoint*> rows_of(const Segments& segments) {
  std::vector<const Endpoint*> rows;
  for (const bool exact : {true, false}) {
    for (const Endpoint& endpoint : endpoints()) {
      if (endpoint.path.ends_with("{}") == exact || !matches(endpoint.path, segments)) continue;
      rows.push_back(&endpoint);
    }
    if (!rows.empty()) break;
  }
  return rows;
}

}  // namespace

std::span<const Endpoint> endpoints() {
  using Id = const std::string&;
  static constexpr Endpoint kEndpoints[] = {
      {"GET", "/Users", Needs::reading, list<Resource::user>},
      {"POST", "/Users", Needs::changing_users, [](const Call& call, Id) { return create_user(call); }},
      {"POST", "/Users/.search", Needs::reading, search<Resource::user>},
      {"GET", "/Users/{}", Needs::reading, read_user},
      {"PUT", "/Users/{}", Needs::changing_users, replace_user},
      {"PATCH", "/Users/{}", Needs::changing_users, patch_user},
      {"DELETE", "/Users/{}", Needs::changing_users, delete_user},
      {"GET", "/Groups", Needs::reading, list<Resource::group>},
      {"POST", "/Groups", Needs::changing_groups, [](const Call& call, Id) { return create_group(call); }},
      {"POST", "/Groups/.search", Needs::reading, search<Resource::group>},
      {"GET", "/Groups/{}", Needs::reading, read_group},
      {"PUT", "/Groups/{}", Needs::changing_groups, replace_group},
      {"PATCH", "/Groups/{}", Needs::changing_groups, patch_group},
      {"DELETE", "/Groups/{}", Needs::changing_groups, delete_group},
      {"GET", "/Roles", Needs::reading, list<Resource::role>},
      {"POST", "/Roles/.search", Needs::reading, search<Resource::role>},
      {"GET", "/Roles/{}", Needs::reading, read<Resource::role>},
      {"GET", "/Entitlements", Needs::reading, list<Resource::entitlement>},
      {"POST", "/Entitlements/.search", Needs::reading, search<Resource::entitlement>},
      {"GET", "/Entitlements/{}", Needs::reading, read<Resource::entitlement>},
      {"GET", "/Projects", Needs::reading, list<Resource::project>},
      {"POST", "/Projects/.search", Needs::reading, search<Resource::project>},
      {"GET", "/Projects/{}", Needs::reading, read<Resource::project>},
      {"GET", "/Me", Needs::self, [](const Call& call, Id) { return read_me(call); }},
      {"GET", "", Needs::reading, [](const Call& call, Id) { return list_resources(call, listed_types(call)); }},
      {"POST", "/.search", Needs::reading,
       [](const Call& call, Id) { return search_resources(call, listed_types(call)); }},
      {"POST", "/Bulk", Needs::of_each_operation, bulk},
      {"GET", "/ServiceProviderConfig", Needs::nothing,
       [](const Call& call, Id) { return Result<Response>(service_provider_config(call)); }},
      {"GET", "/ResourceTypes", Needs::nothing, [](const Call& call, Id) { return list_resource_types(call); }},
      {"GET", "/ResourceTypes/{}", Needs::nothing, read_resource_type},
      {"GET", "/Schemas", Needs::nothing, [](const Call& call, Id) { return list_schemas(call); }},
      {"GET", "/Schemas/{}", Needs::nothing, read_schema},
  };
  return kEndpoints;
}

Result<Response> route(const Call& call, const Segments& segments) {
  const auto rows = rows_of(segments);
  const std::string_view method = call.request.method == "HEAD" ? "GET" : std::string_view(call.request.method);
  const Rights rights = call.context.connection.rights;
  const auto is_allowed = [&](const Endpoint* one) { return allows(rights, one->needs); };
  const auto row = std::find_if(rows.begin(), rows.end(), [&](const Endpoint* one) { return one->method == method; });
  if (row != rows.end() && call.unit != nullptr && !(*row)->is_for_bulk())
    return Error::invalid_value("an operation of a Bulk request changes a resource, this endpoint does not");
  if (row != rows.end() && is_allowed(*row)) return (*row)->answer(call, segments.empty() ? "" : segments.back());
  if (method == "OPTIONS" && std::any_of(rows.begin(), rows.end(), is_allowed))
    return with_allow(reply_empty(204), rows);
  if (rights == Rights::none) return Error::plain(401, "a token is needed");  // strangers are told no more than that
  if (row != rows.end() || (method == "OPTIONS" && !rows.empty())) return not_permitted(rights);
  if (!rows.empty() && rows.front()->needs == Needs::self && !call.context.connection.person) return read_me(call);
  if (!rows.empty()) {
    const Error error = Error::plain(405, "this endpoint allows " + methods_of(rows));
    return call.unit != nullptr ? Result<Response>(error) : with_allow(reply_error(error), rows);
  }
  return Error::plain(404, "there is no such endpoint");
}

}  // namespace rosterd::scim
