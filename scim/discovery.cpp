#include "scim/discovery.h"

#include <algorithm>
#include <vector>

#include "scim/assignables.h"
#include "scim/listing.h"
#include "scim/reply.h"
#include "scim/schema.h"
#include "scim/text.h"

namespace rosterd::scim {
namespace {

Object supported(bool yes) {
  Object out;
  out.set("supported", yes);
  return out;
}

// RFC 7644 section 4: a filter on discovery is forbidden rather than ignored.
Check refuse_filter(const Call& call) {
  if (call.parameters.has("filter")) return Error::plain(403, "discovery endpoints take no filter");
  return Done{};
}

// RFC 9865 section 4. Without cursorTimeout: cursors do not expire.
Object pagination(const Limits& limits) {
  Object out;
  out.set("cursor", true);
  out.set("index", true);
  out.set("defaultPaginationMethod", "index");
  out.set("defaultPageSize", limits.default_count);
  out.set("maxPageSize", limits.max_count);
  return out;
}

Object whole_list(Array all) {
  const std::size_t total = all.size();
  Object body = list_response(std::move(all), total);
  body.set("startIndex", 1);
  return body;
}

// draft-ietf-scim-roles-entitlements; only for who can assign, because other clients take it for a fault.
Object roles_and_entitlements() {
  Object roles = supported(true);
  roles.set("multipleRolesSupported", true);
  roles.set("primarySupported", false);
  roles.set("typeSupported", false);
  Object entitlements = supported(true);
  entitlements.set("multipleEntitlementsSupported", true);
  entitlements.set("primarySupported", false);
  entitlements.set("typeSupported", true);
  entitlements.set("types", Array{Json("permission"), Json("project")});
  Object out;
  out.set("roles", std::move(roles));
  out.set("entitlements", std::move(entitlements));
  return out;
}

Json show(const Call& call, const ResourceType& type) {
  Json shown = resource_type_to_json(type, call.context.base_url);
  shown.object()->set("schema", shown_urn(call, type.core->id));
  return shown;
}

Json show(const Call& call, const Schema& schema) {
  const std::string_view urn = shown_urn(call, schema.id);
  if (urn == schema.id) return schema_to_json(schema, call.context.base_url);
  Schema renamed = schema;
  renamed.id = urn;
  return schema_to_json(renamed, call.context.base_url);
}

// Without those of the types that are not listed, each URN once.
std::vector<const Schema*> listed_schemas(const Call& call) {
  const Catalogue& catalogue = call.context.catalogue;
  const auto unlisted = catalogue.types().subspan(listed_types(call).size());
  std::vector<const Schema*> all;
  for (const Schema* schema : catalogue.schemas()) {
    const auto same = [&](const Schema* one) { return shown_urn(call, one->id) == shown_urn(call, schema->id); };
    const auto is_core = [&](const ResourceType* type) { return type->core == schema; };
    if (std::none_of(unlisted.begin(), unlisted.end(), is_core) && std::none_of(all.begin(), all.end(), same))
      all.push_back(schema);
  }
  return all;
}

}  // namespace

Response service_provider_config(const Call& call) {
  Object bulk = supported(true);
  bulk.set("maxOperations", call.context.limits.bulk_operations);
  bulk.set("maxPayloadSize", call.context.limits.body.max_bytes);
  Object filter = supported(true);
  filter.set("maxResults", call.context.limits.max_count);
  Object scheme;
  scheme.set("type", "oauthbearertoken");
  scheme.set("name", "Bearer token");
  scheme.set("description", "A token made by the server's administrator, sent as Authorization: Bearer.");
  scheme.set("specUri", "https://www.rfc-editor.org/info/rfc6750");
  scheme.set("primary", true);
  Object meta;
  meta.set("resourceType", "ServiceProviderConfig");
  meta.set("location", call.context.base_url + "/ServiceProviderConfig");

  Object body;
  body.set("schemas", Array{Json("urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig")});
  body.set("patch", supported(true));
  body.set("bulk", std::move(bulk));
  body.set("filter", std::move(filter));
  body.set("changePassword", supported(false));
  body.set("sort", supported(true));
  body.set("etag", supported(true));
  body.set("pagination", pagination(call.context.limits));
  if (call.context.connection.assigns) body.set("RolesAndEntitlements", roles_and_entitlements());
  if (call.context.connection.interop_conformant) body.set("interopProfileConformant", true);
  body.set("authenticationSchemes", Array{Json(std::move(scheme))});
  body.set("meta", std::move(meta));
  return reply_json(200, body);
}

Result<Response> list_resource_types(const Call& call) {
  if (Check allowed = refuse_filter(call); !allowed) return allowed.error();
  Array all;
  for (const ResourceType* type : listed_types(call)) all.push_back(show(call, *type));
  return reply_json(200, whole_list(std::move(all)));
}

Result<Response> read_resource_type(const Call& call, const std::string& name) {
  for (const ResourceType* type : listed_types(call)) {
    if (iequals(type->name, name)) return reply_json(200, show(call, *type));
  }
  return Error::plain(404, "there is no resource type " + excerpt(name));
}

Result<Response> list_schemas(const Call& call) {
  if (Check allowed = refuse_filter(call); !allowed) return allowed.error();
  Array all;
  for (const Schema* schema : listed_schemas(call)) all.push_back(show(call, *schema));
  return reply_json(200, whole_list(std::move(all)));
}

Result<Response> read_schema(const Call& call, const std::string& urn) {
  for (const Schema* schema : listed_schemas(call)) {
    if (iequals(shown_urn(call, schema->id), urn)) return reply_json(200, show(call, *schema));
  }
  return Error::plain(404, "there is no schema " + excerpt(urn, 200));
}

}  // namespace rosterd::scim
