#include "scim/engine.h"

#include <algorithm>

#include "scim/call.h"
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

Error unknown_endpoint() {
  return Error::plain(404, "there is no such endpoint");
}

Response not_allowed(std::string_view allowed) {
  Response response = reply_error(Error::plain(405, "this endpoint allows " + std::string(allowed)));
  response.headers.emplace_back("Allow", allowed);
  return response;
}

bool is_read(const Call& call) {
  return call.request.method == "GET" || call.request.method == "HEAD";
}

Result<Response> route_collection(const Call& call, const ResourceType& type) {
  if (is_read(call)) return list_resources(call, type);
  if (call.request.method != "POST") return not_allowed("GET, HEAD, POST");
  return &type == &user_type() ? create_user(call) : create_group(call);
}

Result<Response> route_resource(const Call& call, const ResourceType& type, const std::string& id) {
  const bool user = &type == &user_type();
  const std::string& method = call.request.method;
  if (is_read(call)) return user ? read_user(call, id) : read_group(call, id);
  if (method == "PUT") return user ? replace_user(call, id) : replace_group(call, id);
  if (method == "PATCH") return user ? patch_user(call, id) : patch_group(call, id);
  if (method == "DELETE") return user ? delete_user(call, id) : delete_group(call, id);
  return not_allowed("GET, HEAD, PUT, PATCH, DELETE");
}

Result<Response> route_type(const Call& call, const ResourceType& type, const Segments& segments) {
  if (segments.size() == 1) return route_collection(call, type);
  if (segments.size() > 2) return unknown_endpoint();
  if (segments[1] != ".search") return route_resource(call, type, segments[1]);
  return call.request.method == "POST" ? search_resources(call, type) : not_allowed("POST");
}

Result<Response> route_discovery(const Call& call, const Segments& segments) {
  const bool config = iequals(segments[0], "ServiceProviderConfig");
  const bool types = iequals(segments[0], "ResourceTypes");
  if (segments.size() > (config ? 1U : 2U)) return unknown_endpoint();
  if (!is_read(call)) return not_allowed("GET, HEAD");
  if (config) return service_provider_config(call);
  if (segments.size() == 1) return types ? list_resource_types(call) : list_schemas(call);
  return types ? read_resource_type(call, segments[1]) : read_schema(call, segments[1]);
}

Result<Response> route(const Call& call, const Segments& segments) {
  if (segments.empty()) return unknown_endpoint();
  for (const ResourceType* type : resource_types()) {
    if (iequals("/" + segments[0], type->endpoint)) return route_type(call, *type, segments);
  }
  for (const char* name : {"ServiceProviderConfig", "ResourceTypes", "Schemas"}) {
    if (iequals(segments[0], name)) return route_discovery(call, segments);
  }
  for (const char* name : {"Bulk", "Me", ".search"}) {
    if (iequals(segments[0], name)) return Error::plain(501, "/" + std::string(name) + " is not supported");
  }
  return unknown_endpoint();
}

Result<Response> serve(const Request& request, const Context& context, Notes& notes) {
  auto segments = parse_segments(request.path);
  if (!segments) return segments.error();
  auto parameters = parse_parameters(request.query);
  if (!parameters) return parameters.error();
  Selection selection = parse_selection(parameters->get("attributes"), parameters->get("excludedAttributes"));
  const Call call{request, context, std::move(*parameters), std::move(selection), notes};
  return route(call, *segments);
}

// Texts of the store's errors are for the log, not for a client.
Response reply_store_error(const store::StoreError& error) {
  using Kind = store::StoreError::Kind;
  const bool full = error.kind() == Kind::full;
  const bool passing = full || error.kind() == Kind::busy || error.kind() == Kind::stopped || error.kind() == Kind::io;
  Response response = reply_error(full      ? Error::plain(507, "the server's disk is full; nothing was changed")
                                  : passing ? Error::plain(503, "the server cannot take this now; nothing was changed")
                                            : Error::plain(500, "the server failed"));
  if (passing) response.headers.emplace_back("Retry-After", "5");
  return response;
}

Response answer(const Request& request, const Context& context, Notes& notes) {
  try {
    Result<Response> result = serve(request, context, notes);
    return result ? std::move(*result) : reply_error(result.error());
  } catch (const store::StoreError& error) {
    return reply_store_error(error);
  }
}

}  // namespace

Result<Json> read_body(const Call& call) {
  const std::string type =
      to_lower(trim(std::string_view(call.request.content_type).substr(0, call.request.content_type.find(';'))));
  if (!type.empty() && type != "application/scim+json" && type != "application/json") {
    return Error::plain(415, "the body must be application/scim+json");
  }
  if (call.request.body.size() > call.context.limits.body.max_bytes) return Error::plain(413, "the body is too large");
  auto parsed = parse_json(call.request.body, call.context.limits.body);
  if (const auto* failure = std::get_if<JsonFailure>(&parsed)) {
    return Error::invalid_syntax("the body is no JSON that can be read: " + failure->message + ", at byte " +
                                 std::to_string(failure->offset));
  }
  return std::move(std::get<Json>(parsed));
}

Response handle(const Request& request, const Context& context) {
  Notes notes;
  Response response = answer(request, context, notes);
  if (request.method == "HEAD") response.body.clear();
  response.notes = notes.list();
  return response;
}

}  // namespace rosterd::scim
