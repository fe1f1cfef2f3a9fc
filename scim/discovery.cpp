#include "scim/discovery.h"

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
  body.set("authenticationSchemes", Array{Json(std::move(scheme))});
  body.set("meta", std::move(meta));
  return reply_json(200, body);
}

Result<Response> list_resource_types(const Call& call) {
  if (Check allowed = refuse_filter(call); !allowed) return allowed.error();
  Array all;
  for (const ResourceType* type : call.context.catalogue.types())
    all.push_back(resource_type_to_json(*type, call.context.base_url));
  return reply_json(200, whole_list(std::move(all)));
}

Result<Response> read_resource_type(const Call& call, const std::string& name) {
  for (const ResourceType* type : call.context.catalogue.types()) {
    if (iequals(type->name, name)) return reply_json(200, resource_type_to_json(*type, call.context.base_url));
  }
  return Error::plain(404, "there is no resource type " + excerpt(name));
}

Result<Response> list_schemas(const Call& call) {
  if (Check allowed = refuse_filter(call); !allowed) return allowed.error();
  Array all;
  for (const Schema* schema : call.context.catalogue.schemas())
    all.push_back(schema_to_json(*schema, call.context.base_url));
  return reply_json(200, whole_list(std::move(all)));
}

Result<Response> read_schema(const Call& call, const std::string& urn) {
  const Schema* schema = call.context.catalogue.schema(urn);
  if (schema != nullptr) return reply_json(200, schema_to_json(*schema, call.context.base_url));
  return Error::plain(404, "there is no schema " + excerpt(urn, 200));
}

}  // namespace rosterd::scim
