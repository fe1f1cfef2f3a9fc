#include "daemon/api/scim_caller.h"

#include <algorithm>

#include "scim/json.h"

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

std::variant<ScimCaller, http::Response> scim_caller(const Context& context, const http::Request& request,
                                                     std::string_view secret) {
  auto [token, now] = context.store.read(
      [&](const store::View& view) { return std::pair(store::check_token(view, secret), view.now()); });
  if (!token) return scim_unauthorized(true);
  auto config = context.config();
  const auto* options = config->find_scim(token->source_name);
  if (!options) return scim_problem(403, "The connection of this token is no longer configured");
  if (!comes_from_its_network(*options, request)) {
    context.report("scim_refused", options->source() + ": not from " + request.peer.address, request.id);
    return scim_problem(403, "This connection is not used from this address");
  }
  if (!shows_its_certificate(*options, request)) return wrong_certificate(context, request, token->source_name);
  if (options->rate_limit > 0) {
    const auto wait = context.rates->take(token->source_name, options->rate_limit, std::chrono::steady_clock::now());
    if (wait.count() > 0) return too_many(token->source_name, wait, context, request);
  }
  return ScimCaller{std::move(*token), now, std::move(config), options};
}

}  // namespace rosterd::api
