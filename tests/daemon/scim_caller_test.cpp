// Who may ask SCIM questions: discovery without a token, addresses, rights, versions and rate of a connection.
#include "daemon/api/rate_limit.h"
#include "daemon/config/network.h"
#include "store/sources.h"
#include "store/tokens.h"
#include "tests/daemon/api_fixture.h"

namespace rosterd::api {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Network, Table) {
  struct Case {
    const char* network;
    const char* address;
    bool inside;
  };
  for (const Case& one :
       {Case{"192.0.2.0/24", "192.0.2.255", true}, Case{"192.0.2.0/24", "192.0.3.0", false},
        Case{"192.0.2.0/24", "::ffff:192.0.2.7", true}, Case{"192.0.2.7", "192.0.2.7", true},
        Case{"192.0.2.7", "192.0.2.8", false}, Case{"0.0.0.0/0", "203.0.113.1", true},
        Case{"0.0.0.0/0", "2001:db8::1", false}, Case{"::/0", "2001:db8::1", true},
        Case{"2001:db8::/33", "2001:db8:7fff::1", true}, Case{"2001:db8::/33", "2001:db8:8000::1", false},
        Case{"::/0", "192.0.2.7", false}, Case{"::/0", "::ffff:192.0.2.7", false},
        Case{"::ffff:0:0/96", "192.0.2.7", true}, Case{"fe80::/64", "fe80::1%eth0", true}, Case{"::1", "::1", true},
        Case{"192.0.2.0/24", "local", false}, Case{"::/0", "", false}}) {
    const auto network = config::parse_network(one.network);
    ASSERT_TRUE(network) << one.network;
    EXPECT_EQ(config::contains(*network, one.address), one.inside) << one.network << " " << one.address;
  }
  for (const char* wrong : {"", "/", "192.0.2.1/24", "192.0.2.0/33", "192.0.2.0/-1", "192.0.2.0/", "192.0.2.0/2x",
                            "2001:db8::/129", "192.0.2", "example.org", "192.0.2.0/24/1", "2001:db8::1/64"})
    EXPECT_FALSE(config::parse_network(wrong)) << wrong;
}

TEST(RateLimit, AMinutesBucketFillsEvenly) {
  RateLimit limit;
  RateLimit::Now now{};
  for (int i = 0; i < 60; ++i) EXPECT_EQ(limit.take("a", 60, now), seconds{0}) << i;
  EXPECT_EQ(limit.take("a", 60, now), seconds{1});
  EXPECT_EQ(limit.take("b", 60, now), seconds{0}) << "another caller has his own";
  EXPECT_EQ(limit.take("a", 60, now + milliseconds{999}), seconds{1});
  EXPECT_EQ(limit.take("a", 60, now + milliseconds{1'001}), seconds{0});
  EXPECT_EQ(limit.take("a", 60, now + milliseconds{1'002}), seconds{1});
  EXPECT_EQ(limit.take("a", 60, now), seconds{1}) << "an older look at the clock gives nothing";
  now += std::chrono::hours{1};
  for (int i = 0; i < 60; ++i) EXPECT_EQ(limit.take("a", 60, now), seconds{0});
  EXPECT_EQ(limit.take("a", 60, now), seconds{1}) << "an hour's silence is no hour's burst";
  EXPECT_EQ(limit.take("slow", 1, now), seconds{0});
  EXPECT_EQ(limit.take("slow", 1, now), seconds{60});
  EXPECT_EQ(limit.take("slow", 1, now + seconds{59}), seconds{1});
}

class ScimCallers : public ApiTest {
 protected:
  void SetUp() override {
    secret_ = write([&](store::Unit& unit) { return store::create_token(unit, "t", entra_, {}); })->secret;
  }
  void set(const std::function<void(config::ScimSource&)>& change) {
    auto changed = std::make_shared<config::Config>(*config_);
    change(changed->scim.at(0));
    config_ = changed;
  }
  http::Response ask(const std::string& method, const std::string& path, const std::string& body = {}) {
    return call(with_bearer(request(method, "/scim/v2" + path, body), secret_));
  }
  std::string secret_;
};

// shows 7643-5-16
TEST_F(ScimCallers, DiscoveryNeedsNoToken) {
  for (const char* path : {"/ServiceProviderConfig", "//ServiceProviderConfig", "/ResourceTypes", "/ResourceTypes/User",
                           "/Schemas", "/Schemas/urn:ietf:params:scim:schemas:core:2.0:User"}) {
    const auto answer = call(request("GET", std::string("/scim/v2") + path));
    EXPECT_EQ(answer.status, 200) << path << answer.body;
    EXPECT_EQ(header(answer, "Content-Type"), "application/scim+json");
  }
  for (const char* path : {"/Users", "/Groups", "/", "", "/Me", "/nothing", "/SchemasX"}) {
    EXPECT_EQ(call(request("GET", std::string("/scim/v2") + path)).status, 401) << path;
  }
  EXPECT_EQ(call(request("POST", "/scim/v2/Schemas", "{}")).status, 401);
  EXPECT_EQ(call(with_bearer(request("GET", "/scim/v2/Schemas"), "wrong")).status, 401) << "a wrong token is told";
}

TEST_F(ScimCallers, AddressesOfAConnection) {
  set([](config::ScimSource& scim) { scim.networks = {*config::parse_network("192.0.2.0/24")}; });
  const auto from = [&](const char* address) {
    auto asked = with_bearer(request("GET", "/scim/v2/Users"), secret_);
    asked.peer.address = address;
    return call(asked);
  };
  EXPECT_EQ(from("192.0.2.9").status, 200);
  const auto refused = from("203.0.113.9");
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(json(refused).find("status")->string_or(""), "403");
  EXPECT_EQ(from("local").status, 403);
}

TEST_F(ScimCallers, RateOfAConnection) {
  set([](config::ScimSource& scim) { scim.rate_limit = 3; });
  for (int i = 0; i < 3; ++i) EXPECT_EQ(ask("GET", "/Users").status, 200);
  const auto refused = ask("POST", "/Users", R"({"userName":"late"})");
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(json(refused).find("status")->string_or(""), "429");
  const int wait = std::stoi(header(refused, "Retry-After"));
  EXPECT_GE(wait, 1);
  EXPECT_LE(wait, 20);
  set([](config::ScimSource& scim) { scim.rate_limit = 0; });
  EXPECT_EQ(ask("GET", "/Users").status, 200);
}

TEST_F(ScimCallers, ConnectionsMeetInOneNamespaceOnly) {
  auto changed = std::make_shared<config::Config>(*config_);
  config::ScimSource push, other;
  push.name = "push";
  push.name_space = "entra";
  push.rights = config::Rights::read;
  other.name = "other";
  changed->scim.push_back(push);
  changed->scim.push_back(other);
  config_ = changed;
  const auto token_of = [&](const char* name) {
    return write(
               [&](store::Unit& unit) { return store::create_token(unit, name, store::ensure_source(unit, name), {}); })
        ->secret;
  };
  const std::string push_secret = token_of("scim:push"), other_secret = token_of("scim:other");
  const auto by = [&](const std::string& secret, const char* method, const std::string& path, const char* body = "") {
    return call(with_bearer(request(method, "/scim/v2" + path, body), secret));
  };
  const auto made = ask("POST", "/Users", R"({"userName":"ada","externalId":"7"})");
  const std::string target = "/Users/" + std::string(json(made).find("id")->string_or(""));
  EXPECT_EQ(by(push_secret, "GET", target).status, 200);
  EXPECT_EQ(json(by(push_secret, "GET", target)).find("externalId")->string_or(""), "7");
  EXPECT_EQ(by(push_secret, "DELETE", target).status, 403) << "rights are the connection's own";
  EXPECT_EQ(by(other_secret, "GET", target).status, 404);
  EXPECT_EQ(by(other_secret, "POST", "/Users", R"({"userName":"ben","externalId":"7"})").status, 201);
  EXPECT_EQ(ask("POST", "/Users", R"({"userName":"cyd","externalId":"7"})").status, 409);
}

TEST_F(ScimCallers, AProfileReachesTheEngine) {
  const auto made = ask("POST", "/Users", R"({"userName":"ada"})");
  const std::string target = "/Users/" + std::string(json(made).find("id")->string_or(""));
  const char* const patch =
      R"({"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"Replace","path":"title","value":"T"}]})";
  EXPECT_EQ(ask("PATCH", target, patch).status, 200);
  set([](config::ScimSource& scim) { scim.profile = scim::Profile::interop; });
  EXPECT_EQ(ask("PATCH", target, patch).status, 400);
  EXPECT_EQ(ask("GET", "//Users").status, 404);
  const auto claims = [&] {
    return json(ask("GET", "/ServiceProviderConfig")).find("interopProfileConformant") != nullptr;
  };
  EXPECT_TRUE(claims());
  set([](config::ScimSource& scim) { scim.habits = {"+capitalised-ops"}; });
  EXPECT_EQ(ask("PATCH", target, patch).status, 200);
  EXPECT_FALSE(claims()) << "not the whole profile";
}

// shows 7644-2-4, 7644-2.1-1
TEST_F(ScimCallers, RightsAndVersionsReachTheEngine) {
  const auto made = ask("POST", "/Users", R"({"userName":"ada"})");
  ASSERT_EQ(made.status, 201) << made.body;
  const std::string target = "/Users/" + std::string(json(made).find("id")->string_or(""));
  set([](config::ScimSource& scim) { scim.require_version = true; });
  EXPECT_EQ(ask("DELETE", target).status, 428);
  set([](config::ScimSource& scim) { scim.require_version = false; });
  auto dated = with_bearer(request("DELETE", "/scim/v2" + target), secret_);
  dated.headers.push_back({"If-Unmodified-Since", "Thu, 01 Jan 1970 00:00:00 GMT"});
  EXPECT_EQ(call(dated).status, 412);
  auto read = with_bearer(request("GET", "/scim/v2" + target), secret_);
  read.headers.push_back({"If-Modified-Since", "Fri, 01 Jan 2100 00:00:00 GMT"});
  EXPECT_EQ(call(read).status, 304);
  set([](config::ScimSource& scim) { scim.rights = config::Rights::users; });
  EXPECT_EQ(ask("POST", "/Groups", R"({"displayName":"g"})").status, 403);
  EXPECT_EQ(ask("POST", "/Users", R"({"userName":"bob"})").status, 201);
  set([](config::ScimSource& scim) { scim.rights = config::Rights::read; });
  EXPECT_EQ(ask("POST", "/Users", R"({"userName":"eve"})").status, 403);
  EXPECT_EQ(ask("GET", target).status, 200);
}

}  // namespace
}  // namespace rosterd::api
