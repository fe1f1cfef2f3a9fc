// Sign-in for the application: one answer for every failure, the same cost for known and unknown names, counted per
// account and per address.
#include "store/sign_in.h"

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

store::AttemptLimits limits(const config::Authentication& options) {
  return {options.max_failures, options.window, options.lock_for, options.lock_cap};
}

// An application on this machine speaks for its own visitors and says where they come from; nobody else may.
std::string address_of(const http::Request& request, const scim::Object& body) {
  const auto* given = body.find("client_address");
  if (given && given->string() && is_from_this_machine(request) && given->string()->size() <= 64)
    return *given->string();
  return request.peer.address;
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
  return Attempt{*name->string(), *password->string(), address_of(request, object)};
}

http::Response locked(store::Instant until, store::Instant now) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(until - now).count();
  return too_busy(429, "Too many failed attempts; try again later",
                  static_cast<int>(std::max<std::int64_t>(1, seconds)));
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
  const auto account = store::account_subject(attempt.user_name), address = store::address_subject(attempt.address);

  std::optional<store::User> user;
  std::optional<std::string> hash;
  std::optional<store::Instant> until;
  store::Instant now;
  context.store.read([&](const store::View& view) {
    now = view.now();
    for (const auto& subject : {account, address}) {
      if (const auto lock = store::locked_until(view, subject)) until = std::max(until.value_or(*lock), *lock);
    }
    user = store::find_user_by_login(view, attempt.user_name);
    if (user) hash = store::password_hash_of(view, user->key);
  });
  if (until && *until > now) return locked(*until, now);

  const auto same = context.hasher.verify(hash, attempt.password);
  if (!same) return too_busy(429, "Too many sign-ins at once; try again", 1);

  const auto config = context.config();
  const store::Actor actor{store::kLocal, "sign-in", request.id};
  return context.store.write(actor, [&](store::Unit& unit) -> http::Response {
    // Read again: the person may have been blocked while the hash was compared.
    const auto current = user ? store::find_user(unit, user->key) : std::nullopt;
    if (!*same || !current || !current->active || current->hidden ||
        store::password_hash_of(unit, current->key) != hash) {
      store::record_failure(unit, account, limits(config->authentication));
      store::record_failure(unit, address, limits(config->authentication));
      return wrong();
    }
    const auto secret = store::create_session(unit, current->key);
    if (secret.empty()) return wrong();
    store::record_success(unit, account);
    store::audit(unit, "session.create", current->id);
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
    store::audit(unit, "session.end", store::find_user(unit, session->user)->id);
    return true;
  });
  return ended ? http::Response{204, {}, {}} : problem(401, "This session does not exist or has ended");
}

}  // namespace rosterd::api
