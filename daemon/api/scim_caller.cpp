#include "daemon/api/scim_caller.h"

#include <algorithm>

#include "scim/json.h"
#include "scim/shape.h"
#include "store/sources.h"

namespace rosterd::api {
namespace {

bool shows_its_certificate(const config::ScimSource& options, const http::Request& request) {
  const auto& known = options.client_certificates;
  return known.empty() || (request.peer.certificate &&
                           std::find(known.begin(), known.end(), request.peer.certificate->fingerprint) != known.end());
}

// The token alone is not enough for this connection.
http::Response wrong_certificate(const Context& context, const http::Request& request, const std::string& source) {
  const auto& shown = request.peer.certificate;
  context.report("scim_refused",
                 source + ": " +
                     (shown ? "client certificate " + shown->fingerprint + " (" + shown->subject +
                                  ") is not one of this connection's"
                            : "this connection needs a client certificate, none was shown"),
                 request.id);
  auto response = scim_problem(401, shown ? "This client certificate does not belong to the token"
                                          : "This connection needs its client certificate beside the token");
  response.headers.push_back({"WWW-Authenticate", R"(Bearer realm="scim", error="invalid_token")"});
  return response;
}

bool comes_from_its_network(const config::ScimSource& options, const http::Request& request) {
  const auto& networks = options.networks;
  return networks.empty() || std::any_of(networks.begin(), networks.end(), [&](const config::Network& network) {
           return config::contains(network, request.peer.address);
         });
}

http::Response too_many(const std::string& source, std::chrono::seconds wait, const Context& context,
                        const http::Request& request) {
  context.report("scim_refused", source + ": more requests than rate_limit allows", request.id);
  auto response = scim_problem(429, "This connection asks more often than it may");
  response.headers.push_back({"Retry-After", std::to_string(wait.count())});
  return response;
}

struct Found {
  std::optional<store::Token> token;
  const config::ScimSource* options = nullptr;
  std::optional<store::SourceId> source;
  store::Instant now;
};

Found look_up(const store::View& view, const config::Config& config, std::string_view secret) {
  Found found{store::check_token(view, secret), nullptr, {}, view.now()};
  if (!found.token) return found;
  found.options = config.find_scim(found.token->source_name);
  if (!found.options) return found;
  if (found.options->source() == found.token->source_name) {
    found.source = found.token->source;
  } else if (const auto shared = store::find_source(view, found.options->source())) {
    found.source = shared->id;
  }
  return found;
}

std::optional<http::Response> refusal(const Context& context, const http::Request& request,
                                      const config::ScimSource& options, const std::string& connection) {
  if (!comes_from_its_network(options, request)) {
    context.report("scim_refused", connection + ": not from " + request.peer.address, request.id);
    return scim_problem(403, "This connection is not used from this address");
  }
  if (!shows_its_certificate(options, request)) return wrong_certificate(context, request, connection);
  if (options.rate_limit <= 0) return {};
  const auto wait = context.rates->take(connection, options.rate_limit, std::chrono::steady_clock::now());
  if (wait.count() > 0) return too_many(connection, wait, context, request);
  return {};
}

}  // namespace

http::Response scim_problem(int status, std::string_view detail) {
  const auto body = scim::make_object({{"schemas", scim::Array{"urn:ietf:params:scim:api:messages:2.0:Error"}},
                                       {"status", std::to_string(status)},
                                       {"detail", detail}});
  return {status, {{"Content-Type", "application/scim+json"}}, scim::write_json(body)};
}

http::Response scim_unauthorized(bool presented) {
  auto response =
      scim_problem(401, presented ? "The bearer token is unknown, expired or revoked" : "A bearer token is needed");
  response.headers.push_back(
      {"WWW-Authenticate", presented ? R"(Bearer realm="scim", error="invalid_token")" : R"(Bearer realm="scim")"});
  return response;
}

ScimExchange scim_exchange(const store::Token& token, store::Instant now, const scim::Request& asked, int status,
                           const std::string& body, const std::string& request_id) {
  ScimExchange exchange{.at = now,
                        .connection = token.source_name,
                        .token = token.name,
                        .method = asked.method.size() > 16 ? "other" : asked.method,
                        .path = scim::shape_of_path(asked.path),
                        .query = scim::shape_of_query(asked.query),
                        .body = {},
                        .status = status,
                        .scim_type = {},
                        .detail = {},
                        .notes = {},
                        .duration = {},
                        .request_id = request_id};
  if (status < 400) return exchange;
  const auto parsed = scim::parse_json(body);
  const auto* problem = std::get_if<scim::Json>(&parsed);
  const auto text = [&](std::string_view name) {
    const auto* value = problem ? problem->find(name) : nullptr;
    return value ? value->string_or("") : std::string_view();
  };
  exchange.scim_type = text("scimType");
  exchange.detail = scim::without_values(text("detail"), asked);
  return exchange;
}

std::variant<ScimCaller, http::Response> scim_caller(const Context& context, const http::Request& request,
                                                     const scim::Request& asked, std::string_view secret) {
  auto config = context.config();
  auto [token, options, source, now] =
      context.store.read([&](const store::View& view) { return look_up(view, *config, secret); });
  if (!token) return scim_unauthorized(true);
  if (!options || !source) return scim_problem(403, "The connection of this token is no longer configured");
  auto refused = refusal(context, request, *options, token->source_name);
  if (!refused) return ScimCaller{std::move(*token), *source, now, std::move(config), options};
  context.scim_log->note(scim_exchange(*token, now, asked, refused->status, refused->body, request.id));
  if (context.count_scim) context.count_scim(token->source_name, "refused", refused->status);
  return std::move(*refused);
}

}  // namespace rosterd::api
