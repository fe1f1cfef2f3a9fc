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

}  // namespace

Response service_provider_config(const Call& call) {
  Object bulk = supported(false);
  bulk.set("maxOperations", 0);
  bulk.set("maxPayloadSize", 0);
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
  body.set("sort", supported(false));
  body.set("etag", supported(true));
  body.set("authenticationSchemes", Array{Json(std::move(scheme))});
  body.set("meta", std::move(meta));
  return reply_json(200, body);
}

Result<Response> list_resource_types(const Call& call) {
  if (Check allowed = refuse_filter(call); !allowed) return allowed.error();
  Array all;
  for (const ResourceType* type : resource_types()) all.push_back(resource_type_to_json(*type, call.context.base_url));
  const std::size_t total = all.size();
  return reply_json(200, list_response(std::move(all), total, 1));
}

Result<Response> read_resource_type(const Call& call, const std::string& name) {
  for (const ResourceType* type : resource_types()) {
    if (iequals(type->name, name)) return reply_json(200, resource_type_to_json(*type, call.context.base_url));
  }
  return Error::plain(404, "there is no resource type " + excerpt(name));
}

Result<Response> list_schemas(const Call& call) {
  if (Check allowed = refuse_filter(call); !allowed) return allowed.error();
  Array all;
  for (const Schema* schema : schemas()) all.push_back(schema_to_json(*schema, call.context.base_url));
  const std::size_t total = all.size();
  return reply_json(200, list_response(std::move(all), total, 1));
}

Result<Response> read_schema(const Call& call, const std::string& urn) {
  for (const Schema* schema : schemas()) {
    if (iequals(schema->id, urn)) return reply_json(200, schema_to_json(*schema, call.context.base_url));
  }
  return Error::plain(404, "there is no schema " + excerpt(urn, 200));
}

}  // namespace rosterd::scim
