// Between HTTP and the SCIM engine: the translation of values.
#include <algorithm>

#include "daemon/api/handlers.h"
#include "daemon/api/reply.h"
#include "daemon/api/scim_caller.h"
#include "scim/engine.h"
#include "store/sources.h"
#include "store/tokens.h"

namespace rosterd::api {
namespace {

constexpr std::string_view kBase = "/scim/v2";

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
          .accept = header(request, "Accept"),
          .if_match = header(request, "If-Match"),
          .if_none_match = header(request, "If-None-Match"),
          .if_modified_since = header(request, "If-Modified-Since"),
          .if_unmodified_since = header(request, "If-Unmodified-Since"),
          .body = request.body};
}

scim::Connection connection(const config::ScimSource& options, store::SourceId source) {
  static_assert(static_cast<int>(config::Rights::read) == static_cast<int>(scim::Rights::read));
  static_assert(static_cast<int>(config::UnknownMembers::remember) == static_cast<int>(scim::UnknownMembers::remember));
  return {.source = source,
          .rights = static_cast<scim::Rights>(options.rights),
          .require_version = options.require_version,
          .patch_mode = options.patch_replace_without_match == config::NoMatch::refuse ? scim::PatchMode::strict
                                                                                       : scim::PatchMode::lenient,
          .unknown_members = static_cast<scim::UnknownMembers>(options.unknown_members),
          .held_status = options.held_answer == config::HeldAnswer::unavailable ? 503 : 429,
          .kind = options.kind == config::Kind::client ? store::Kind::client : store::Kind::staff,
          .assigns = options.assign_roles};
}

// What the door lets in at all is the largest payload of Bulk, and discovery says so.
scim::Limits limits(const config::Config& config) {
  scim::Limits limits;
  limits.body.max_bytes = std::min(limits.body.max_bytes, static_cast<std::size_t>(config.http.max_body));
  return limits;
}

// From small fixed sets, so that no client can invent time series.
std::string operation(const scim::Request& request) {
  static constexpr std::string_view kMethods[] = {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};
  static constexpr std::string_view kEndpoints[] = {
      "/Users",    "/Groups",  "/Bulk",          "/Roles", "/Entitlements",
      "/Projects", "/Schemas", "/ResourceTypes", "/Me",    "/ServiceProviderConfig"};
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

http::Response to_http(scim::Response answer) {
  http::Response response{answer.status, {}, std::move(answer.body)};
  for (auto& [name, value] : answer.headers) response.headers.push_back({std::move(name), std::move(value)});
  return response;
}

// What the service can do may be read before there is a token.
http::Response serve_stranger(const Context& context, const http::Request& request) {
  const auto config = context.config();
  const auto url = config->http.public_url + std::string(kBase);
  const scim::Connection stranger{.source = {}, .rights = scim::Rights::none};
  const auto catalogue = context.catalogue();
  auto answer = scim::handle(translate(request), {context.store, *catalogue, stranger, {}, url, limits(*config)});
  return answer.status == 401 ? scim_unauthorized(false) : to_http(std::move(answer));
}

// A person who is signed in may ask who he is (/Me); nothing else is his business here.
http::Response serve_person(const Context& context, const http::Request& request, store::UserId person) {
  const auto url = context.config()->http.public_url + std::string(kBase);
  const scim::Connection session{.source = {}, .rights = scim::Rights::self, .person = person};
  const store::Actor actor{store::kLocal, "session", request.id};
  auto answer = scim::handle(translate(request), {context.store, scim::Catalogue::standard(), session, actor, url, {}});
  if (!answer.failure.empty()) context.report("store.failed", answer.failure, request.id);
  return to_http(std::move(answer));
}

http::Response serve(const Context& context, const http::Request& request, std::string_view secret) {
  if (const auto session =
          context.store.read([&](const store::View& view) { return store::check_session(view, secret); }))
    return serve_person(context, request, session->user);
  auto called = scim_caller(context, request, secret);
  if (auto* refused = std::get_if<http::Response>(&called)) return std::move(*refused);
  const auto& [token, now, config, options] = std::get<ScimCaller>(called);
  const store::Actor actor{token.source, "token:" + token.name, request.id};
  note_use(context, token, now, actor);
  const auto translated = translate(request);
  const auto catalogue = context.catalogue();
  auto answer = scim::handle(translated, {context.store, *catalogue, connection(*options, token.source), actor,
                                          config->http.public_url + std::string(kBase), limits(*config)});
  if (!answer.failure.empty()) context.report("store.failed", answer.failure, request.id);
  for (const auto& note : answer.notes) context.report("scim_note", note, request.id);
  if (answer.status >= 400) context.report("scim_refused", refusal_of(operation(translated), answer), request.id);
  for (const auto& refusal : answer.refusals) context.report("scim_refused", "POST /Bulk " + refusal, request.id);
  if (context.count_scim) context.count_scim(token.source_name, operation(translated), answer.status);
  return to_http(std::move(answer));
}

}  // namespace

http::Response scim_door(const Context& context, const http::Request& request, const Captured&) {
  const auto secret = bearer(request);
  try {
    if (secret.empty()) return serve_stranger(context, request);
    if (request.method != "GET" && request.method != "HEAD") return serve(context, request, secret);
    // One snapshot for the token and the answer.
    return context.store.read([&](const store::View&) { return serve(context, request, secret); });
  } catch (const store::StoreError& error) {
    context.report("store.failed", error.what(), request.id);
    return store_problem(error);
  }
}

}  // namespace rosterd::api
