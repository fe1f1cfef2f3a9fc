// Between HTTP and the SCIM engine: who calls (RFC 6750), and the translation of values.
#include <algorithm>

#include "daemon/api/handlers.h"
#include "daemon/api/reply.h"
#include "scim/engine.h"
#include "store/tokens.h"

namespace rosterd::api {
namespace {

constexpr std::string_view kBase = "/scim/v2";

http::Response scim_problem(int status, std::string_view detail) {
  const auto body = scim::make_object({{"schemas", scim::Array{"urn:ietf:params:scim:api:messages:2.0:Error"}},
                                       {"status", std::to_string(status)},
                                       {"detail", detail}});
  return {status, {{"Content-Type", "application/scim+json"}}, scim::write_json(body)};
}

http::Response unauthorized(bool presented) {
  auto response =
      scim_problem(401, presented ? "The bearer token is unknown, expired or revoked" : "A bearer token is needed");
  response.headers.push_back(
      {"WWW-Authenticate", presented ? R"(Bearer realm="scim", error="invalid_token")" : R"(Bearer realm="scim")"});
  return response;
}

// The token alone is not enough for this connection (RFC 8705 section 3).
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

bool shows_its_certificate(const config::ScimSource& options, const http::Request& request) {
  const auto& known = options.client_certificates;
  return known.empty() || (request.peer.certificate &&
                           std::find(known.begin(), known.end(), request.peer.certificate->fingerprint) != known.end());
}

std::string header(const http::Request& request, std::string_view name) {
  return std::string(request.header(name).value_or(std::string_view{}));
}

// What lies below the base; a doubled slash is how some clients join base and path.
std::string path_below(std::string_view path) {
  std::string single;
  for (const char c : path) {
    if (c != '/' || single.empty() || single.back() != '/') single += c;
  }
  return single.substr(std::min(single.size(), kBase.size()));
}

scim::Request translate(const http::Request& request) {
  return {.method = request.method == "HEAD" ? "GET" : request.method,
          .path = path_below(request.path),
          .query = request.query,
          .content_type = header(request, "Content-Type"),
          .if_match = header(request, "If-Match"),
          .if_none_match = header(request, "If-None-Match"),
          .body = request.body};
}

scim::Connection connection(const config::ScimSource& options, store::SourceId source) {
  return {.source = source,
          .patch_mode = options.patch_replace_without_match == config::NoMatch::refuse ? scim::PatchMode::strict
                                                                                       : scim::PatchMode::lenient,
          .skip_unknown_members = options.unknown_members == config::UnknownMembers::skip,
          .kind = options.kind == config::Kind::client ? store::Kind::client : store::Kind::staff};
}

// From small fixed sets, so that no client can invent time series.
std::string operation(const scim::Request& request) {
  static constexpr std::string_view kMethods[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};
  static constexpr std::string_view kEndpoints[] = {"/Users", "/Groups", "/Schemas", "/ResourceTypes",
                                                    "/ServiceProviderConfig"};
  const auto known = [](const auto& names, std::string_view name) {
    return std::string(std::find(std::begin(names), std::end(names), name) != std::end(names) ? name : "other");
  };
  const auto end = request.path.find('/', 1);
  return known(kMethods, request.method) + " " + known(kEndpoints, std::string_view(request.path).substr(0, end)) +
         (end == std::string::npos ? "" : "/{id}");
}

// For the administrator's eyes only: a store that cannot take it must not fail somebody's reading.
void note_use(const Context& context, const store::Token& token, store::Instant now, const store::Actor& actor) {
  if (store::is_use_noted(token, now)) return;
  try {
    context.store.write(actor, [&](store::Unit& unit) { store::note_token_use(unit, token.id); });
  } catch (const store::StoreError& error) {
    context.report("token_use_not_noted", error.what(), actor.request_id);
  }
}

// The token could not even be looked up: said in SCIM's own form, like the engine's refusals.
http::Response store_problem(const store::StoreError& error) {
  const bool full = error.kind() == store::StoreError::Kind::full;
  auto response = full ? scim_problem(507, "the server's disk is full; nothing was changed")
                       : scim_problem(503, "the server cannot take this now; nothing was changed");
  response.headers.push_back({"Retry-After", "5"});
  return response;
}

// What an identity provider's administrator asks: why was it refused?
std::string refusal_of(const std::string& what, const scim::Response& answer) {
  auto parsed = scim::parse_json(answer.body);
  const auto* json = std::get_if<scim::Json>(&parsed);
  const auto* detail = json ? json->find("detail") : nullptr;
  return what + " " + std::to_string(answer.status) + ": " + std::string(detail ? detail->string_or("") : "");
}

http::Response serve(const Context& context, const http::Request& request, std::string_view secret) {
  const auto [token, now] = context.store.read(
      [&](const store::View& view) { return std::pair(store::check_token(view, secret), view.now()); });
  if (!token) return unauthorized(true);
  const auto config = context.config();
  const auto* options = config->find_scim(token->source_name);
  if (!options) return scim_problem(403, "The connection of this token is no longer configured");
  if (!shows_its_certificate(*options, request)) return wrong_certificate(context, request, token->source_name);

  const store::Actor actor{token->source, "token:" + token->name, request.id};
  note_use(context, *token, now, actor);
  const auto translated = translate(request);
  auto answer = scim::handle(
      translated,
      {context.store, connection(*options, token->source), actor, config->http.public_url + std::string(kBase), {}});
  for (const auto& note : answer.notes) context.report("scim_note", note, request.id);
  if (answer.status >= 400) context.report("scim_refused", refusal_of(operation(translated), answer), request.id);
  if (context.count_scim) context.count_scim(token->source_name, operation(translated), answer.status);

  http::Response response{answer.status, {}, std::move(answer.body)};
  for (auto& [name, value] : answer.headers) response.headers.push_back({std::move(name), std::move(value)});
  return response;
}

}  // namespace

http::Response scim_door(const Context& context, const http::Request& request, const Captured&) {
  const auto secret = bearer(request);
  if (secret.empty()) return unauthorized(false);
  try {
    if (request.method != "GET" && request.method != "HEAD") return serve(context, request, secret);
    // One snapshot for the token and the answer.
    return context.store.read([&](const store::View&) { return serve(context, request, secret); });
  } catch (const store::StoreError& error) {
    context.report("store.failed", error.what(), request.id);
    return store_problem(error);
  }
}

}  // namespace rosterd::api
