// What RFC 7644 sections 1, 2, 3.8, 3.12, 3.13 and 7 demand of the door in front of the SCIM engine.
#include <set>

#include "daemon/config/values.h"
#include "store/sources.h"
#include "store/tokens.h"
#include "tests/daemon/api_fixture.h"

namespace rosterd::api {
namespace {

class RfcDoor : public ApiTest {
 protected:
  void SetUp() override { secret_ = token("t", entra_); }

  std::string token(std::string_view name, store::SourceId source) {
    return write([&](store::Unit& unit) { return store::create_token(unit, name, source, {}); })->secret;
  }
  http::Response ask(const std::string& method, const std::string& path, const std::string& body = {},
                     const std::vector<http::Header>& headers = {}) {
    auto asked = with_bearer(request(method, path, body), secret_);
    for (const auto& header : headers) asked.headers.push_back(header);
    return call(asked);
  }
  std::string secret_;
};

// shows 7644-1.3-1
TEST_F(RfcDoor, TheBaseUriHasNoQuery) {
  EXPECT_TRUE(config::parse_http_url("https://id.example.org/roster"));
  for (const char* wrong : {"https://id.example.org/?tenant=1", "https://id.example.org?", "https://id.example.org/#x"})
    EXPECT_FALSE(config::parse_http_url(wrong)) << wrong;
}

// shows 7644-2-3
TEST_F(RfcDoor, ARefusalNamesTheScheme) {
  for (const auto& asked : {request("GET", "/scim/v2/Users"), with_bearer(request("GET", "/scim/v2/Users"), "wrong"),
                            with_bearer(request("POST", "/scim/v2/Users", R"({"userName":"u"})"), "wrong")}) {
    const auto refused = call(asked);
    EXPECT_EQ(refused.status, 401);
    EXPECT_TRUE(header(refused, "WWW-Authenticate").starts_with("Bearer ")) << header(refused, "WWW-Authenticate");
    EXPECT_EQ(json(refused).find("status")->string_or(""), "401");
  }
}

// shows 7644-2-4, 7644-2-5, 7644-2.1-2
TEST_F(RfcDoor, ATokenIsOneConnectionWithItsRules) {
  auto changed = std::make_shared<config::Config>(*config_);
  config::ScimSource reader;
  reader.name = "reader";
  reader.rights = config::Rights::read;
  changed->scim.push_back(reader);
  config_ = changed;
  const auto made = ask("POST", "/scim/v2/Users", R"({"userName":"ada"})");
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(json(ask("GET", "/scim/v2/Users")).find("totalResults")->number()->text, "1");
  const std::string own = secret_;
  secret_ = token("r", write([&](store::Unit& unit) { return store::ensure_source(unit, "scim:reader"); }));
  EXPECT_EQ(ask("POST", "/scim/v2/Users", R"({"userName":"bob"})").status, 403);
  EXPECT_EQ(json(ask("GET", "/scim/v2/Users")).find("totalResults")->number()->text, "0");
  secret_ = own;
  EXPECT_EQ(ask("POST", "/scim/v2/Users", R"({"userName":"bob"})").status, 201);
}

// shows 7644-3.8-4, 7644-3.8-5
TEST_F(RfcDoor, BothMediaTypesAreAccepted) {
  for (const char* accept :
       {"application/scim+json", "application/json", "*/*", "application/json, text/plain;q=0.5"}) {
    const auto answer = ask("GET", "/scim/v2/Users", {}, {{"Accept", accept}});
    EXPECT_EQ(answer.status, 200) << accept;
    EXPECT_NE(json(answer).find("totalResults"), nullptr) << accept;
    EXPECT_EQ(header(answer, "Content-Type"), "application/scim+json") << accept;
  }
  EXPECT_EQ(header(ask("GET", "/scim/v2/Users"), "Content-Type"), "application/scim+json");
}

// shows 7644-3.12-3, 7644-3.12-7
TEST_F(RfcDoor, AFailureOfTheServerComesWithAdvice) {
  const auto made = ask("POST", "/scim/v2/Users", R"({"userName":"ada"})");
  ASSERT_EQ(made.status, 201);
  const std::string path = "/scim/v2/Users/" + std::string(json(made).find("id")->string_or(""));
  ASSERT_EQ(ask("GET", path).status, 200);
  sql("ALTER TABLE claims RENAME TO gone");
  const auto failed = ask("GET", path);
  EXPECT_EQ(failed.status, 500) << failed.body;
  const std::string detail(json(failed).find("detail")->string_or(""));
  EXPECT_NE(detail.find("log"), std::string::npos) << detail;
  EXPECT_NE(detail.find("X-Request-Id"), std::string::npos) << detail;
  EXPECT_EQ(failed.body.find("claims"), std::string::npos) << "the store's own words are for the log";
}

// shows 7644-3.13-1, 7644-3.13-2, 7644-3.13-3
TEST_F(RfcDoor, TheVersionStandsBeforeTheEndpoint) {
  const auto made = ask("POST", "/scim/v2/Users", R"({"userName":"ada"})");
  EXPECT_TRUE(header(made, "Location").starts_with("https://roster.example.org/scim/v2/Users/"));
  EXPECT_EQ(ask("GET", "/scim/v2/Users").status, 200);
  for (const char* other : {"/scim/v1/Users", "/scim/v3/Users", "/scim/v2.1/Users", "/scim/Users", "/Users"})
    EXPECT_EQ(ask("GET", other).status, 404) << other;
}

// shows 7644-7.4-1
TEST_F(RfcDoor, TokensCannotBeGuessed) {
  std::set<std::string> all;
  std::vector<std::set<char>> seen;
  for (int i = 0; i < 64; ++i) {
    const std::string secret = token("t" + std::to_string(i), entra_).substr(4);  // without "rst_"
    EXPECT_TRUE(all.insert(secret).second);
    seen.resize(secret.size());
    for (std::size_t at = 0; at < secret.size(); ++at) seen[at].insert(secret[at]);
  }
  ASSERT_GE(seen.size(), 43U) << "256 bits in base64";
  for (std::size_t at = 0; at + 1 < seen.size(); ++at) EXPECT_GT(seen[at].size(), 16U) << "position " << at;
}

// shows 7644-7.5.1-1
TEST_F(RfcDoor, WhatIsReportedHoldsNobodysValues) {
  const std::string personal = "ada.lovelace@private.example";
  auto watched = context();
  std::string reported;
  watched.report = [&](std::string_view event, std::string_view detail, std::string_view) {
    reported.append(event).append(" ").append(detail).append("\n");
  };
  const auto send = [&](const std::string& method, const std::string& path, const std::string& body = {}) {
    auto asked = with_bearer(request(method, "/scim/v2" + path, body), secret_);
    if (const auto question = path.find('?'); question != std::string::npos) {
      asked.path = "/scim/v2" + path.substr(0, question);
      asked.query = path.substr(question + 1);
    }
    return answer(watched, asked).status;
  };
  const std::string person = R"({"userName":")" + personal +
                             R"(","shoeSize":"44","password":"hunter2","emails":[{"value":")" + personal +
                             R"(","kind":"x"}]})";
  EXPECT_EQ(send("POST", "/Users", person), 201);
  EXPECT_EQ(send("POST", "/Users", person), 409);
  EXPECT_EQ(send("GET", "/Users?filter=userName%20zz%20%22" + personal + "%22"), 400);
  EXPECT_EQ(send("POST", "/Users", R"({"displayName":")" + personal + "\"}"), 400);
  EXPECT_NE(reported.find("scim_refused"), std::string::npos);
  EXPECT_NE(reported.find("scim_note"), std::string::npos);
  EXPECT_EQ(reported.find("lovelace"), std::string::npos) << reported;
  EXPECT_EQ(reported.find("hunter2"), std::string::npos) << reported;
}

}  // namespace
}  // namespace rosterd::api
