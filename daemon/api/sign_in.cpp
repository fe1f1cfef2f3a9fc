// Sign-in for the application: one answer for every failure, the same cost for known and unknown names, counted per
// account and per address.
#include "store/sign_in.h"

#include <arpa/inet.h>

#include <algorithm>

#include "daemon/api/handlers.h"
#include "daemon/api/reply.h"
#include "daemon/commands/text.h"
#include "store/access.h"
#include "store/audit.h"
#include "store/sources.h"
#include "store/tokens.h"

namespace rosterd::api {
namespace {

constexpr std::size_t kLongestName = 320;       // an e-mail address' limit (RFC 5321)
constexpr std::size_t kLongestPassword = 1024;  // argon2 has no use for more, an attacker would

struct Attempt {
  std::string user_name;
  std::string password;
  std::string address;
};

store::AttemptLimits attempt_limits(const config::Authentication& options) {
  return {options.max_failures, options.window, options.lock_for, options.lock_cap};
}

// Whom an attempt is counted against. A person is one account whatever name was typed; an unknown name counts like a
// known one. An IPv6 network of one site is one address (RFC 6177).
struct Subjects {
  std::string account;
  std::string address;
};

std::string network_of(const std::string& address) {
  in6_addr bytes{};
  if (inet_pton(AF_INET6, address.c_str(), &bytes) != 1 || IN6_IS_ADDR_V4MAPPED(&bytes)) return address;
  std::fill(bytes.s6_addr + 8, bytes.s6_addr + 16, std::uint8_t{0});
  char text[INET6_ADDRSTRLEN];
  return std::string(inet_ntop(AF_INET6, &bytes, text, sizeof text)) + "/64";
}

Subjects subjects(const Attempt& attempt, const std::optional<store::User>& user) {
  return {store::account_subject(user ? user->id : attempt.user_name),
          store::address_subject(network_of(attempt.address))};
}

// An application on this machine speaks for its own visitors and says where they come from; nobody else may.
std::optional<std::string> address_of(const http::Request& request, const scim::Object& body) {
  const auto* given = body.find("client_address");
  if (!given || given->is_null() || !is_from_this_machine(request)) return request.peer.address;
  if (!given->string()) return {};
  in6_addr bytes{};
  const auto* text = given->string()->c_str();
  if (inet_pton(AF_INET, text, &bytes) != 1 && inet_pton(AF_INET6, text, &bytes) != 1) return {};
  return *given->string();
}

std::variant<Attempt, http::Response> read_attempt(const http::Request& request) {
  auto body = json_body(request);
  if (auto* response = std::get_if<http::Response>(&body)) return std::move(*response);
  const auto& object = std::get<scim::Object>(body);
  const auto* name = object.find("user_name");
  const auto* password = object.find("password");
  if (!name || !name->string() || !password || !password->string()) {
    return problem(400, "user_name and password are needed, as strings");
  }
  if (name->string()->size() > kLongestName || password->string()->size() > kLongestPassword) {
    return problem(400, "user_name or password is too long");
  }
  auto address = address_of(request, object);
  if (!address) return problem(400, "client_address must be an IP address");
  return Attempt{*name->string(), *password->string(), std::move(*address)};
}

std::optional<http::Response> locked(const store::View& view, const Subjects& subjects) {
  std::optional<store::Instant> until;
  for (const auto& subject : {subjects.account, subjects.address}) {
    if (const auto lock = store::locked_until(view, subject)) until = std::max(until.value_or(*lock), *lock);
  }
  if (!until || *until <= view.now()) return {};
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(*until - view.now()).count();
  return too_busy(429, "Too many failed attempts; try again later",
                  static_cast<int>(std::max<std::int64_t>(1, seconds)));
}

// Single failures are in the metrics and the log: whoever guesses must not fill the trail. A lock is told, of a person
// by id and of an address; what was typed as the name of nobody may be a password.
void count_failure(store::Unit& unit, const Subjects& counted, const std::optional<store::User>& user,
                   const store::AttemptLimits& limits) {
  const bool account = store::record_failure(unit, counted.account, limits);
  const bool address = store::record_failure(unit, counted.address, limits);
  if (account && user) store::audit(unit, "sign_in.lock", user->id, "too many failed attempts");
  if (address) store::audit(unit, "sign_in.lock", counted.address, "too many failed attempts");
}

http::Response wrong() {
  return problem(401, "The name or the password is wrong");
}

scim::Object person(const store::View& view, const store::User& user) {
  return scim::make_object({{"id", user.id},
                            {"user_name", user.user_name},
                            {"email", user.email},
                            {"display_name", user.display_name},
                            {"kind", store::to_string(user.kind)},
                            {"company", user.company},
                            {"status", store::to_string(user.status())},
                            {"roles", commands::json_strings(store::roles_of(view, user.key))},
                            {"projects", commands::json_strings(store::projects_of(view, user.key))},
                            {"permissions", commands::json_strings(store::permissions_of(view, user.key))}});
}

}  // namespace

http::Response authenticate(const Context& context, const http::Request& request, const Captured&) {
  auto read = read_attempt(request);
  if (auto* response = std::get_if<http::Response>(&read)) return std::move(*response);
  const auto& attempt = std::get<Attempt>(read);

  std::optional<store::User> user;
  std::optional<std::string> hash;
  std::optional<http::Response> refused;
  context.store.read([&](const store::View& view) {
    user = store::find_user_by_login(view, attempt.user_name);
    if (user) hash = store::password_hash_of(view, user->key);
    refused = locked(view, subjects(attempt, user));
  });
  if (refused) return std::move(*refused);

  const auto same = context.hasher.verify(hash, attempt.password);
  if (!same) return too_busy(429, "Too many sign-ins at once; try again", 1);

  const auto limits = attempt_limits(context.config()->authentication);
  const store::Actor actor{store::kLocal, "sign-in", request.id};
  return context.store.write(actor, [&](store::Unit& unit) -> http::Response {
    const auto counted = subjects(attempt, user);
    // Read again: others may have used up the attempts, or the person may have been blocked, while the hash was
    // compared.
    if (auto late = locked(unit, counted)) return std::move(*late);
    const auto current = user ? store::find_user(unit, user->key) : std::nullopt;
    const bool good =
        *same && current && current->active && !current->hidden && store::password_hash_of(unit, current->key) == hash;
    const auto secret = good ? store::create_session(unit, current->key) : std::string();
    if (secret.empty()) {
      count_failure(unit, counted, user, limits);
      return wrong();
    }
    store::record_success(unit, counted.account);
    auto body = scim::make_object({{"session", secret}});
    body.set("expires", commands::format_instant(store::check_session(unit, secret)->expires));
    body.set("user", person(unit, *current));
    return json_reply(200, std::move(body));
  });
}

http::Response session_show(const Context& context, const http::Request& request, const Captured&) {
  return context.store.read([&](const store::View& view) -> http::Response {
    const auto session = store::check_session(view, bearer(request));
    if (!session) return problem(401, "This session does not exist or has ended");
    const auto user = store::find_user(view, session->user);
    return json_reply(200, scim::make_object({{"expires", commands::format_instant(session->expires)},
                                              {"user", person(view, *user)}}));
  });
}

http::Response session_end(const Context& context, const http::Request& request, const Captured&) {
  const store::Actor actor{store::kLocal, "session", request.id};
  const bool ended = context.store.write(actor, [&](store::Unit& unit) {
    const auto session = store::check_session(unit, bearer(request));
    if (!session) return false;
    store::end_session(unit, bearer(request));
    return true;
  });
  return ended ? http::Response{204, {}, {}} : problem(401, "This session does not exist or has ended");
}

}  // namespace rosterd::api
