// Between HTTP and the SCIM engine: the translation of values.
#include <algorithm>

#include "daemon/api/handlers.h"
#include "daemon/api/reply.h"
#include "daemon/api/scim_caller.h"
#include "scim/engine.h"
#include "scim/shape.h"
#include "store/sources.h"
#include "store/tokens.h"

namespace rosterd::api {
namespace {

constexpr std::string_view kBase = "/scim/v2";

std::string header(const http::Request& request, std::string_view name) {
  return std::string(request.header(name).value_or(std::string_view{}));
}

// What lies below the base, which may be written with doubled slashes as well.
std::string path_below(std::string_view path) {
  for (int segment = 0; segment < 2; ++segment) {
    path.remove_prefix(std::min(path.find_first_not_of('/'), path.size()));
    path.remove_prefix(std::min(path.find('/'), path.size()));
  }
  return std::string(path);
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

// The whole profile over TLS, nothing of it switched off.
bool is_interop(const config::ScimSource& options, std::string_view public_url) {
  return options.profile == scim::Profile::interop && options.switched() == scim::habits_of(scim::Profile::interop) &&
         public_url.starts_with("https://");
}

scim::Connection connection(const config::ScimSource& options, store::SourceId source, std::string_view public_url) {
  static_assert(static_cast<int>(config::Rights::read) == static_cast<int>(scim::Rights::read));
  static_assert(static_cast<int>(config::UnknownMembers::remember) == static_cast<int>(scim::UnknownMembers::remember));
  return {.source = source,
          .rights = static_cast<scim::Rights>(options.rights),
          .require_version = options.require_version,
          .habits = options.switched(),
          .interop_conformant = is_interop(options, public_url),
          .unknown_members = static_cast<scim::UnknownMembers>(options.unknown_members),
          .held_status = options.held_answer == config::HeldAnswer::unavailable ? 503 : 429,
          .kind = options.kind == config::Kind::client ? store::Kind::client : store::Kind::staff,
          .assigns = options.assign_roles,
          .gives_privileged = options.may_give_privileged,
          .okta_urns = options.profile == scim::Profile::okta};
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

// What an identity provider's administrator asks: what was it, how long did it take, why was it refused?
void note_exchange(const Context& context, const ScimCaller& caller, const scim::Request& asked,
                   const scim::Response& answer, std::chrono::steady_clock::time_point began, const std::string& id) {
  const std::string what = operation(asked);
  auto exchange = scim_exchange(caller.token, caller.now, asked, answer.status, answer.body, id);
  exchange.notes = answer.notes;
  if (answer.status >= 400 || !answer.notes.empty()) exchange.body = scim::shape_of_body(asked.body);
  exchange.duration = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - began);
  for (const auto& note : answer.notes) {
    context.report("scim_note", to_string(note), id);
    if (context.count_habit && note.habit)
      context.count_habit(caller.token.source_name, scim::to_string(*note.habit), note.on);
  }
  if (answer.status >= 400)
    context.report("scim_refused", what + " " + std::to_string(answer.status) + ": " + exchange.detail, id);
  for (const auto& refusal : answer.refusals) {
    const std::string safe = scim::without_values(refusal, asked);
    exchange.detail += (exchange.detail.empty() ? "" : "; ") + safe;
    context.report("scim_refused", "POST /Bulk " + safe, id);
  }
  if (context.count_scim) context.count_scim(caller.token.source_name, what, answer.status);
  context.scim_log->note(std::move(exchange));
}

http::Response serve(const Context& context, const http::Request& request, std::string_view secret) {
  const auto began = std::chrono::steady_clock::now();
  if (const auto session =
          context.store.read([&](const store::View& view) { return store::check_session(view, secret); }))
    return serve_person(context, request, session->user);
  const auto translated = translate(request);
  auto called = scim_caller(context, request, translated, secret);
  if (auto* refused = std::get_if<http::Response>(&called)) return std::move(*refused);
  const auto& caller = std::get<ScimCaller>(called);
  const auto& public_url = caller.config->http.public_url;
  const store::Actor actor{caller.source, "token:" + caller.token.name, request.id};
  note_use(context, caller.token, caller.now, actor);
  const auto catalogue = context.catalogue();
  auto answer =
      scim::handle(translated, {context.store, *catalogue, connection(*caller.options, caller.source, public_url),
                                actor, public_url + std::string(kBase), limits(*caller.config)});
  if (!answer.failure.empty()) context.report("store.failed", answer.failure, request.id);
  note_exchange(context, caller, translated, answer, began, request.id);
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
