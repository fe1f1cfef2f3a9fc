#include "scim/endpoints.h"

#include <algorithm>

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
using Types = std::span<const ResourceType* const>;

Types users() {
  static const ResourceType* const kTypes[] = {&user_type()};
  return kTypes;
}
Types groups() {
  static const ResourceType* const kTypes[] = {&group_type()};
  return kTypes;
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

Response not_allowed(const std::vector<const Endpoint*>& rows) {
  std::string allowed;
  for (const Endpoint* row : rows) {
    allowed += (allowed.empty() ? "" : ", ") + std::string(row->method);
    if (row->method == "GET") allowed += ", HEAD";
  }
  Response response = reply_error(Error::plain(405, "this endpoint allows " + allowed));
  response.headers.emplace_back("Allow", allowed);
  return response;
}

Check check_rights(const Call& call, const Endpoint& endpoint) {
  const Rights rights = call.context.connection.rights;
  if (!endpoint.changes || rights == Rights::full) return Done{};
  if (rights == Rights::read) return Error::plain(403, "this connection may only read");
  if (endpoint.path.starts_with("/Users")) return Done{};
  return Error::plain(403, "this connection may change users only");
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
      {"GET", "/Users", false, [](const Call& call, Id) { return list_resources(call, users()); }},
      {"POST", "/Users", true, [](const Call& call, Id) { return create_user(call); }},
      {"POST", "/Users/.search", false, [](const Call& call, Id) { return search_resources(call, users()); }},
      {"GET", "/Users/{}", false, read_user},
      {"PUT", "/Users/{}", true, replace_user},
      {"PATCH", "/Users/{}", true, patch_user},
      {"DELETE", "/Users/{}", true, delete_user},
      {"GET", "/Groups", false, [](const Call& call, Id) { return list_resources(call, groups()); }},
      {"POST", "/Groups", true, [](const Call& call, Id) { return create_group(call); }},
      {"POST", "/Groups/.search", false, [](const Call& call, Id) { return search_resources(call, groups()); }},
      {"GET", "/Groups/{}", false, read_group},
      {"PUT", "/Groups/{}", true, replace_group},
      {"PATCH", "/Groups/{}", true, patch_group},
      {"DELETE", "/Groups/{}", true, delete_group},
      {"POST", "/.search", false, [](const Call& call, Id) { return search_resources(call, resource_types()); }},
      {"GET", "/ServiceProviderConfig", false,
       [](const Call& call, Id) { return Result<Response>(service_provider_config(call)); }},
      {"GET", "/ResourceTypes", false, [](const Call& call, Id) { return list_resource_types(call); }},
      {"GET", "/ResourceTypes/{}", false, read_resource_type},
      {"GET", "/Schemas", false, [](const Call& call, Id) { return list_schemas(call); }},
      {"GET", "/Schemas/{}", false, read_schema},
  };
  return kEndpoints;
}

Result<Response> route(const Call& call, const Segments& segments) {
  const auto rows = rows_of(segments);
  const std::string_view method = call.request.method == "HEAD" ? "GET" : std::string_view(call.request.method);
  for (const Endpoint* row : rows) {
    if (row->method != method) continue;
    if (Check allowed = check_rights(call, *row); !allowed) return allowed.error();
    return row->answer(call, segments.back());
  }
  if (!rows.empty()) return not_allowed(rows);
  for (const char* name : {"Bulk", "Me"}) {
    if (!segments.empty() && iequals(segments[0], name))
      return Error::plain(501, "/" + std::string(name) + " is not supported");
  }
  return Error::plain(404, "there is no such endpoint");
}

}  // namespace rosterd::scim
