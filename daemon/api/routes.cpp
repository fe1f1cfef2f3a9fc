#include "daemon/api/routes.h"

#include <unistd.h>

#include <algorithm>
#include <optional>

#include "daemon/api/handlers.h"
#include "daemon/api/reply.h"

namespace rosterd::api {
namespace {

// "/invitation/{}" against decoded segments; what the placeholders caught, or nothing.
std::optional<Captured> match(std::string_view pattern, const std::vector<std::string>& segments) {
  Captured captured;
  std::size_t at = 0;
  while (!pattern.empty()) {
    pattern.remove_prefix(1);  // "/"
    const auto part = pattern.substr(0, pattern.find('/'));
    pattern.remove_prefix(part.size());
    if (part == "**") {
      captured.insert(captured.end(), segments.begin() + static_cast<std::ptrdiff_t>(std::min(at, segments.size())),
                      segments.end());
      return captured;
    }
    if (at == segments.size() || (part != "{}" && part != segments[at])) return {};
    if (part == "{}") captured.push_back(segments[at]);
    ++at;
  }
  if (at != segments.size()) return {};
  return captured;
}

// Entra joins base and path with "//"; nothing of ours has an empty segment.
std::optional<std::vector<std::string>> segments_of(std::string_view path) {
  std::string single;
  for (const char c : path) {
    if (c != '/' || single.empty() || single.back() != '/') single += c;
  }
  return http::path_segments(single);
}

bool is_local_peer(const http::Request& request) {
  return request.peer.local_socket && request.peer.uid && (*request.peer.uid == 0 || *request.peer.uid == geteuid());
}

struct Found {
  const Route* route = nullptr;
  Captured captured;
  std::string allowed;  // the methods that this path has, when it has not this one
};

Found find_route(std::string_view listener, std::string_view method, std::string_view path) {
  Found found;
  const auto segments = segments_of(path);
  if (!segments) return found;
  if (method == "HEAD") method = "GET";
  for (const auto& route : routes()) {
    if (route.door != listener) continue;
    auto captured = match(route.pattern, *segments);
    if (!captured) continue;
    if (route.method == "*" || route.method == method) return {&route, std::move(*captured), {}};
    found.allowed.append(route.method).append(route.method == "GET" ? ", HEAD, " : ", ");
  }
  return found;
}

void add_security_headers(http::Response& response) {
  const auto add = [&](std::string_view name, std::string_view value) {
    const bool there = std::any_of(response.headers.begin(), response.headers.end(),
                                   [&](const http::Header& header) { return http::iequals(header.name, name); });
    if (!there) response.headers.push_back({std::string(name), std::string(value)});
  };
  add("Cache-Control", "no-store");
  add("Referrer-Policy", "no-referrer");
  add("X-Content-Type-Options", "nosniff");
  add("X-Frame-Options", "DENY");
  add("Content-Security-Policy",
      "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'");
  add("Cross-Origin-Opener-Policy", "same-origin");
  add("Cross-Origin-Resource-Policy", "same-origin");
  add("Permissions-Policy", "geolocation=(), camera=(), microphone=()");
}

http::Response dispatch(const Context& context, const http::Request& request) {
  // About the server as a whole (RFC 9110 section 9.3.7).
  if (request.path == "*") return {204, {{"Allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"}}, {}};
  const auto found = find_route(request.listener, request.method, request.path);
  if (!found.route) {
    if (found.allowed.empty()) return problem(404, "There is nothing here");
    auto response =
        request.method == "OPTIONS" ? http::Response{204, {}, {}} : problem(405, "This method is not allowed here");
    response.headers.push_back({"Allow", found.allowed + "OPTIONS"});
    return response;
  }
  if (found.route->caller == Caller::local_peer && !is_local_peer(request)) {
    return problem(403, "Only root and the daemon's own user may call this");
  }
  return found.route->answer(context, request, found.captured);
}

int status_of(store::StoreError::Kind kind) {
  switch (kind) {
    case store::StoreError::Kind::full:
      return 507;
    default:
      return 503;
  }
}

}  // namespace

std::span<const Route> routes() {
  static constexpr Route kRoutes[] = {
      {"GET", "/healthz", kPublic, Caller::anyone, false, healthz},
      {"GET", "/readyz", kPublic, Caller::anyone, false, readyz},
      {"GET", "/metrics", kPublic, Caller::anyone, false, metrics},
      {"*", "/scim/v2/**", kPublic, Caller::scim_token, true, scim_door},
      {"POST", "/api/v1/authenticate", kPublic, Caller::anyone, true, authenticate},
      {"GET", "/api/v1/session", kPublic, Caller::session, false, session_show},
      {"DELETE", "/api/v1/session", kPublic, Caller::session, true, session_end},
      {"GET", "/invitation/{}", kPublic, Caller::link, false, invitation_form},
      {"POST", "/invitation/{}", kPublic, Caller::link, true, invitation_accept},
      {"GET", "/style.css", kPublic, Caller::anyone, false, style},
      {"GET", "/control/v1/status", kControl, Caller::local_peer, false, control_status},
      {"POST", "/control/v1/commands", kControl, Caller::local_peer, true, control_command},
      {"GET", "/metrics", kControl, Caller::local_peer, false, metrics},
  };
  return kRoutes;
}

http::Response answer(const Context& context, const http::Request& request) {
  http::Response response;
  try {
    response = dispatch(context, request);
  } catch (const store::StoreError& error) {
    context.report("store.failed", error.what(), request.id);
    response = too_busy(status_of(error.kind()), "The store cannot take this now; nothing was changed", 5);
  }
  add_security_headers(response);
  return response;
}

std::string_view pattern_of(std::string_view listener, std::string_view method, std::string_view path) {
  const auto found = find_route(listener, method, path);
  return found.route ? found.route->pattern : std::string_view("-");
}

}  // namespace rosterd::api
