#include "scim/engine.h"

#include "scim/endpoints.h"
#include "scim/media_type.h"
#include "scim/reply.h"
#include "scim/text.h"

namespace rosterd::scim {
namespace {

Result<Response> serve(const Request& request, const Context& context, Notes& notes) {
  if (Check taken = check_accept(request.accept); !taken) return taken.error();
  auto segments = parse_segments(request.path, notes);
  if (!segments) return segments.error();
  auto parameters = parse_parameters(request.query, notes);
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
  if (Check taken = check_content_type(call.request.content_type); !taken) return taken.error();
  if (call.request.body.size() > call.context.limits.body.max_bytes) return Error::plain(413, "the body is too large");
  auto parsed = parse_json(call.request.body, call.context.limits.body);
  if (const auto* failure = std::get_if<JsonFailure>(&parsed)) {
    return Error::invalid_syntax("the body is no JSON that can be read: " + failure->message + ", at byte " +
                                 std::to_string(failure->offset));
  }
  return std::move(std::get<Json>(parsed));
}

Response handle(const Request& request, const Context& context) {
  Notes notes(context.connection.habits);
  Response response = answer(request, context, notes);
  if (request.method == "HEAD") response.body.clear();
  response.notes = notes.list();
  return response;
}

}  // namespace rosterd::scim
