// Every route of both doors in one table: who may call it, whether it changes anything, which function answers. Tests
// walk this table (security headers, authentication, audit), so a route that is not in it does not exist.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "daemon/api/password_hasher.h"
#include "daemon/api/rate_limit.h"
#include "daemon/commands/services.h"
#include "daemon/http/message.h"
#include "daemon/scim_log.h"
#include "scim/catalogue.h"

namespace rosterd::api {

// Everything a route may need. Lives as long as the server; thread-safe.
struct Context {
  store::Store& store;
  std::function<std::shared_ptr<const config::Config>()> config;
  std::function<std::shared_ptr<const scim::Catalogue>()> catalogue;  // of that configuration
  std::function<commands::Services(store::Actor)> services;
  PasswordHasher& hasher;
  std::function<std::vector<commands::Finding>()> readiness;  // all good: ready
  std::function<std::string()> metrics;
  std::function<void(std::string_view event, std::string_view detail, std::string_view request_id)> report;  // log
  std::function<void(std::string_view source, std::string_view operation, int status)> count_scim;  // may be empty
  // Likewise; whether the habit is on for the connection.
  std::function<void(std::string_view source, std::string_view habit, bool on)> count_habit = {};
  std::shared_ptr<RateLimit> rates = std::make_shared<RateLimit>();  // of SCIM connections
  std::shared_ptr<ScimLog> scim_log = std::make_shared<ScimLog>();
};

// The listeners' names in http::Listen::name.
inline constexpr std::string_view kPublic = "public";
inline constexpr std::string_view kControl = "control";

enum class Caller {
  anyone,      // no credentials; the function limits attempts itself
  scim_token,  // Authorization: Bearer, a token of a [[scim]] connection
  session,     // Authorization: Bearer, a session of a person
  link,        // the secret is in the path
  local_peer,  // root or the daemon's own user on the control socket, known by peer credentials
};

struct Route {
  std::string_view method;   // "*": the function looks at it (SCIM)
  std::string_view pattern;  // literal segments, "{}" for one, "**" for the rest
  std::string_view door;     // kPublic or kControl
  Caller caller;
  bool changes;  // may change the store
  http::Response (*answer)(const Context&, const http::Request&, const std::vector<std::string>& captured);
};

std::span<const Route> routes();

// The whole door: finds the route, checks the caller, runs it, adds the security headers. Never throws for bad input.
http::Response answer(const Context&, const http::Request&);

// The path as it may be logged and counted: the route's pattern, so that no link's secret and no name reaches a log.
std::string_view pattern_of(std::string_view listener, std::string_view method, std::string_view path);

}  // namespace rosterd::api
