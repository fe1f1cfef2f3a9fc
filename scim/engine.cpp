#include "scim/engine.h"

#include "scim/endpoints.h"
#include "scim/reply.h"
#include "scim/text.h"

namespace rosterd::scim {
namespace {

Result<Response> serve(const Request& request, const Context& context, Notes& notes) {
  auto segments = parse_segments(request.path);
  if (!segments) return segments.error();
  auto parameters = parse_parameters(request.query);
  if (!parameters) return parameters.error();
  Selection selection =
      parse_selection(context.catalogue, parameters->get("attributes"), parameters->get("excludedAttributes"));
  const Call call{request, context, std::move(*parameters), std::move(selection), notes};
  return route(call, *segments);
}

Response reply_store_error(const store::StoreError& error) {
  Response response = reply_error(to_error(error));
  if (response.status != 500) response.headers.emplace_back("Retry-After", "5");
  response.failure = error.what();
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
  if (call.unit != nullptr) return call.data != nullptr ? *call.data : Json();
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
