#include <set>

#include "tests/daemon/api_fixture.h"

namespace rosterd::api {
namespace {

class Routes : public ApiTest {};

http::Request request_for(const Route& route) {
  std::string path(route.pattern);
  for (auto at = path.find("{}"); at != std::string::npos; at = path.find("{}")) path.replace(at, 2, "x");
  if (const auto at = path.find("**"); at != std::string::npos) path.replace(at, 2, "Users");
  http::Request request;
  request.method = route.method == "*" ? "GET" : route.method;
  request.path = request.target = path;
  request.listener = route.door;
  request.peer.address = "192.0.2.7";
  return request;
}

TEST_F(Routes, EveryAnswerHasTheSecurityHeaders) {
  for (const auto& route : routes()) {
    const auto response = call(request_for(route));
    for (const auto* name :
         {"Cache-Control", "Referrer-Policy", "X-Content-Type-Options", "Content-Security-Policy", "X-Frame-Options"}) {
      EXPECT_NE(header(response, name), "") << route.pattern << " lacks " << name;
    }
    if (route.pattern != "/style.css") {
      EXPECT_EQ(header(response, "Cache-Control"), "no-store") << route.pattern;
    }
    EXPECT_EQ(header(response, "Referrer-Policy"), "no-referrer") << route.pattern;
  }
}

TEST_F(Routes, NoRouteThatNeedsCredentialsAnswersWithoutThem) {
  for (const auto& route : routes()) {
    const auto status = call(request_for(route)).status;
    switch (route.caller) {
      case Caller::anyone:
        EXPECT_NE(status, 401) << route.pattern;
        break;
      case Caller::scim_token:
      case Caller::session:
        EXPECT_EQ(status, 401) << route.pattern;
        break;
      case Caller::link:
        EXPECT_EQ(status, 404) << route.pattern;
        break;
      case Caller::local_peer:
        EXPECT_EQ(status, 403) << route.pattern;
        break;
    }
  }
}

// The engine answers for the store itself: the failure must be counted and told all the same.
TEST_F(Routes, AFailureOfTheStoreWithinTheScimEngineIsReported) {
  const auto token = write([&](store::Unit& unit) { return store::create_token(unit, "t", entra_, {}); });
  ASSERT_TRUE(token);
  auto watched = context();
  std::vector<std::string> failures;
  watched.report = [&](std::string_view event, std::string_view detail, std::string_view) {
    if (event == "store.failed") failures.emplace_back(detail);
  };
  const auto post = [&](const std::string& name) {
    return answer(watched,
                  with_bearer(request("POST", "/scim/v2/Users",
                                      R"({"userName":")" + name + R"(","title":")" + std::string(500, 'x') + "\"}"),
                              token->secret));
  };
  EXPECT_EQ(post("before").status, 201);
  EXPECT_TRUE(failures.empty());
  sql("PRAGMA max_page_count = " + std::to_string(number("PRAGMA page_count")));
  http::Response full;
  for (int i = 0; i < 500 && full.status != 507; ++i) full = post("user" + std::to_string(i));
  EXPECT_EQ(full.status, 507);
  ASSERT_EQ(failures.size(), 1u);
  EXPECT_NE(failures[0], "");
  EXPECT_EQ(full.body.find(failures[0]), std::string::npos) << full.body;
}

TEST_F(Routes, AChangingRouteWithoutCredentialsWritesNothing) {
  const auto before = number("SELECT COUNT(*) FROM audit");
  for (const auto& route : routes()) {
    if (route.changes) call(request_for(route));
  }
  EXPECT_EQ(number("SELECT COUNT(*) FROM audit"), before);
}

TEST_F(Routes, TheControlDoorKnowsItsCallerFromTheKernel) {
  const auto command = request("POST", "/control/v1/commands", R"({"command":"token list","arguments":{}})");
  EXPECT_EQ(call(on_control(command)).status, 200);
  EXPECT_EQ(call(on_control(command, 0)).status, 200);
  EXPECT_EQ(call(on_control(command, 65534)).status, geteuid() == 65534 ? 200 : 403);
  EXPECT_EQ(call(command).status, 404) << "the public door has no commands";
}

TEST_F(Routes, UnknownPathsAndMethods) {
  EXPECT_EQ(call(request("GET", "/nothing")).status, 404);
  EXPECT_EQ(call(request("GET", "/api/v1/authenticate")).status, 405);
  EXPECT_EQ(call(request("GET", "/invitation/a/b")).status, 404);
  EXPECT_EQ(call(request("GET", "/../healthz")).status, 404);
}

TEST_F(Routes, LoggedPathsHoldNoSecret) {
  EXPECT_EQ(pattern_of(kPublic, "GET", "/invitation/SECRET"), "/invitation/{}");
  EXPECT_EQ(pattern_of(kPublic, "GET", "/scim/v2/Users/ada"), "/scim/v2/**");
  EXPECT_EQ(pattern_of(kPublic, "GET", "/elsewhere/SECRET"), "-");
}

TEST_F(Routes, MetricsAreForThisMachineOnly) {
  EXPECT_EQ(call(request("GET", "/metrics")).status, 404);
  auto near = request("GET", "/metrics");
  near.peer.address = "127.0.0.1";
  EXPECT_EQ(call(near).status, 200);
  near.headers.push_back({"X-Forwarded-For", "203.0.113.9"});
  EXPECT_EQ(call(near).status, 404) << "a proxy on this machine speaks for somebody else";
}

TEST_F(Routes, ScimWorksBehindItsTokenAndADoubledSlash) {
  const auto token = *write([&](store::Unit& unit) { return store::create_token(unit, "t", entra_, {}); });
  EXPECT_EQ(call(with_bearer(request("GET", "/scim/v2/Users"), token.secret)).status, 200);
  EXPECT_EQ(call(with_bearer(request("GET", "/scim/v2//Users"), token.secret)).status, 200);
  EXPECT_EQ(call(with_bearer(request("GET", "/scim/v2/Nothing"), token.secret)).status, 404);
  const auto denied = call(with_bearer(request("GET", "/scim/v2/Users"), token.secret + "x"));
  EXPECT_EQ(denied.status, 401);
  EXPECT_EQ(header(denied, "Content-Type"), "application/scim+json");
  EXPECT_NE(header(denied, "WWW-Authenticate").find("invalid_token"), std::string::npos);
}

TEST_F(Routes, AConnectionMayNeedItsClientCertificateBesideTheToken) {
  const auto token = *write([&](store::Unit& unit) { return store::create_token(unit, "t", entra_, {}); });
  const std::string own = "sha256:" + std::string(64, 'a'), next = "sha256:" + std::string(64, 'b');
  auto changed = std::make_shared<config::Config>(*config_);
  changed->scim.at(0).client_certificates = {own, next};
  config_ = changed;
  const auto as = [&](const std::string& fingerprint, const std::string& secret) {
    auto shown = with_bearer(request("GET", "/scim/v2/Users"), secret);
    if (!fingerprint.empty()) shown.peer.certificate = http::PeerCertificate{"CN=entra", fingerprint};
    return call(shown);
  };
  EXPECT_EQ(as(own, token.secret).status, 200);
  EXPECT_EQ(as(next, token.secret).status, 200);
  EXPECT_EQ(as(own, token.secret + "x").status, 401) << "the certificate alone opens nothing";
  for (const std::string& wrong : {std::string{}, "sha256:" + std::string(64, 'c')}) {
    const auto denied = as(wrong, token.secret);
    EXPECT_EQ(denied.status, 401);
    EXPECT_EQ(header(denied, "Content-Type"), "application/scim+json");
    EXPECT_NE(header(denied, "WWW-Authenticate").find("invalid_token"), std::string::npos);
    EXPECT_EQ(json(denied).find("status")->string_or(""), "401");
  }
}

TEST_F(Routes, ATokenOfAConnectionThatIsGoneFromTheConfigurationIsRefused) {
  const auto source = add_source("scim:old");
  const auto token = *write([&](store::Unit& unit) { return store::create_token(unit, "t", source, {}); });
  EXPECT_EQ(call(with_bearer(request("GET", "/scim/v2/Users"), token.secret)).status, 403);
}

}  // namespace
}  // namespace rosterd::api
