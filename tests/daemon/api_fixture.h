// The routes over a private store, without sockets: requests in, responses out.
#pragma once

#include <unistd.h>

#include "daemon/api/routes.h"
#include "daemon/services.h"
#include "daemon/setup/scim_setup.h"
#include "store/sign_in.h"
#include "store/tokens.h"
#include "tests/store/fixture.h"

namespace rosterd::api {

class ApiTest : public store::StoreTest {
 protected:
  ApiTest() {
    auto config = std::make_shared<config::Config>();
    config->authentication.min_length = 10;
    config->authentication.max_failures = 5;
    config->authentication.window = std::chrono::minutes{15};
    config->authentication.lock_for = std::chrono::minutes{1};
    config->authentication.lock_cap = std::chrono::hours{1};
    config->http.public_url = "https://roster.example.org";
    config->http.max_body = 10 << 20;
    config->metrics.enabled = true;
    config::ScimSource entra;
    entra.name = "entra";
    config->scim = {entra};
    config_ = config;
  }

  Context context() {
    return {.store = *store_,
            .config = [this] { return config_; },
            .catalogue = [this] { return setup::make_catalogue(*config_); },
            .services =
                [this](store::Actor actor) {
                  auto services = make_services(*store_, config_, directories_, actor);
                  services.scim_log = scim_log_;
                  return services;
                },
            .hasher = hasher_,
            .readiness =
                [] {
                  return std::vector<commands::Finding>{{true, "store", ""}};
                },
            .metrics = [] { return std::string("rosterd_up 1\n"); },
            .report = [](auto, auto, auto) {},
            .count_scim = {},
            .rates = rates_,
            .scim_log = scim_log_};
  }
  http::Response call(http::Request request) { return answer(context(), request); }

  static http::Request request(std::string method, std::string path, std::string body = {}) {
    http::Request out;
    out.method = std::move(method);
    out.path = out.target = std::move(path);
    out.body = std::move(body);
    out.listener = kPublic;
    out.peer.address = "192.0.2.7";
    out.id = "0123456789abcdef0123456789abcdef";
    return out;
  }
  static http::Request with_bearer(http::Request request, const std::string& secret) {
    request.headers.push_back({"Authorization", "Bearer " + secret});
    return request;
  }
  static http::Request on_control(http::Request request, uid_t uid = geteuid()) {
    request.listener = kControl;
    request.peer.local_socket = true;
    request.peer.uid = uid;
    return request;
  }
  static std::string credentials(const std::string& name, const std::string& password) {
    return R"({"user_name":")" + name + R"(","password":")" + password + R"("})";
  }
  static std::string header(const http::Response& response, std::string_view name) {
    for (const auto& [key, value] : response.headers) {
      if (http::iequals(key, name)) return value;
    }
    return {};
  }
  static scim::Json json(const http::Response& response) {
    auto parsed = scim::parse_json(response.body);
    auto* value = std::get_if<scim::Json>(&parsed);
    return value ? *value : scim::Json();
  }

  // Somebody who has joined with that password.
  store::UserId joined(const std::string& name, const std::string& password) {
    const auto who = person(entra_, name);
    write([&](store::Unit& unit) {
      store::set_password_hash(unit, who, hash_password(password));
      store::mark_joined(unit, who);
    });
    return who;
  }

  std::shared_ptr<const config::Config> config_;
  std::shared_ptr<RateLimit> rates_ = std::make_shared<RateLimit>();
  std::shared_ptr<ScimLog> scim_log_ = std::make_shared<ScimLog>();
  PasswordHasher hasher_{2, 20};
  jobs::DirectoryJobs directories_{*store_, nullptr};
};

}  // namespace rosterd::api
