// What RFC 7644 sections 1, 2, 3.2, 3.8, 3.12, 3.14, 5 and 7 demand of every exchange.
#include <regex>

#include "tests/scim/service.h"

namespace rosterd::scim {
namespace {

class RfcProtocol : public Service {};

// shows 7644-1.2-1
TEST_F(RfcProtocol, UrlsAreEncoded) {
  const std::string id = user("u&v +%");
  EXPECT_EQ(get("/Users?filter=" + encode(R"(userName eq "u&v +%")")).at("Resources/0/id"), id);
  EXPECT_EQ(get("/Users/" + encode(id)).status, 200);
  EXPECT_EQ(get("/%55sers/" + id).status, 200);
  for (const char* wrong : {"/Users/%zz", "/Users?filter=%4", "/Users?%=1"}) EXPECT_EQ(get(wrong).status, 400) << wrong;
  const std::regex uri("https://x\\.example(/([-A-Za-z0-9._~:@!$&'()*+,;=]|%[0-9A-F]{2})*)*");
  for (const char* target : {"/Users", "/Schemas", "/ResourceTypes"}) {
    const Answer list = get(target);
    for (const Json& resource : *list.body.find("Resources")->array()) {
      const std::string location(resource.find("meta")->find("location")->string_or(""));
      EXPECT_TRUE(std::regex_match(location, uri)) << location;
    }
  }
}

// shows 7644-2-6, 7644-7.7-3
TEST_F(RfcProtocol, WhoAsksAndWhatForDecides) {
  const std::string u = "/Users/" + user("u"), g = "/Groups/" + group("g");
  struct Row {
    Rights rights;
    int read, change_user, change_group;
  };
  for (const Row& row : {Row{Rights::full, 200, 200, 204}, Row{Rights::users, 200, 200, 403},
                         Row{Rights::read, 200, 403, 403}, Row{Rights::none, 401, 401, 401}}) {
    connection_.rights = row.rights;
    EXPECT_EQ(get(u).status, row.read);
    EXPECT_EQ(patch(u, R"([{"op":"replace","path":"title","value":"x"}])").status, row.change_user);
    EXPECT_EQ(patch(g, R"([{"op":"replace","path":"displayName","value":"x"}])").status, row.change_group);
  }
  connection_.rights = Rights::full;
  use(source("scim:other"));
  EXPECT_EQ(get(u).status, 404) << "another connection's people are not there";
  EXPECT_EQ(remove(g).status, 404);
}

// shows 7644-3.2-4, 7644-3.2-5, 7644-3.12-1, 7644-3.12-2, 7644-3.12-3
TEST_F(RfcProtocol, ErrorsAreToldTwice) {
  const std::string id = user("u"), target = "/Users/" + id;
  const Answer read = get(target);
  Request old, xml;
  old.if_match = "W/\"999\"";
  xml.content_type = "text/xml";
  const std::vector<std::pair<Answer, int>> rows = {{post("/Users", "{"), 400},
                                                    {post("/Users", "{}"), 400},
                                                    {get("/Users?filter=nope+pr"), 400},
                                                    {get("/Users/nobody"), 404},
                                                    {get("/Nothing"), 404},
                                                    {post("/Users", R"({"userName":"u"})"), 409},
                                                    {send("DELETE", "/Users"), 405},
                                                    {send("DELETE", target, "", old), 412},
                                                    {send("POST", "/Users", R"({"userName":"v"})", xml), 415}};
  for (const auto& [answer, status] : rows) {
    EXPECT_EQ(answer.status, status) << answer.text;
    EXPECT_EQ(answer.at("schemas"), R"(["urn:ietf:params:scim:api:messages:2.0:Error"])") << status;
    const Json* said = answer.body.find("status");
    ASSERT_NE(said, nullptr);
    ASSERT_NE(said->string(), nullptr) << "a string";
    EXPECT_EQ(*said->string(), std::to_string(status));
    EXPECT_NE(answer.at("detail"), "");
  }
  limits_.body.max_bytes = 10;
  EXPECT_EQ(post("/Users", R"({"userName":"long enough"})").at("status"), "413");
  connection_.rights = Rights::read;
  EXPECT_EQ(remove(target).at("status"), "403");
  connection_.rights = Rights::none;
  EXPECT_EQ(get(target).at("status"), "401");
}

// shows 7644-3.8-1, 7644-3.8-2
TEST_F(RfcProtocol, TextIsUtf8) {
  const std::string name = "J\xC3\xBCrgen \xE4\xB8\xAD \xF0\x9F\x98\x80";
  const std::string id = user("u", ",\"displayName\":\"" + name + "\"");
  EXPECT_NE(get("/Users/" + id).text.find(name), std::string::npos);
  EXPECT_EQ(get("/Users?filter=" + encode("displayName eq \"" + name + "\"")).total(), 1U);
  EXPECT_EQ(post("/Users", "{\"userName\":\"J\xFCrgen\"}").scim_type(), "invalidSyntax") << "Latin-1 is not";
}

// shows 7644-8.1-1
TEST_F(RfcProtocol, EveryBodyIsScimJson) {
  const std::string id = user("u");
  for (const Answer& answer :
       {get("/Users/" + id), get("/Users"), get("/Groups"), get("/Schemas"), get("/Nothing"), post("/.search", "{}"),
        get("/ServiceProviderConfig"), post("/Users", "{"), put("/Users/" + id, R"({"userName":"v"})")}) {
    EXPECT_NE(answer.text, "");
    EXPECT_EQ(answer.header("Content-Type"), "application/scim+json");
  }
  EXPECT_EQ(remove("/Users/" + id).header("Content-Type"), "");
}

// shows 7644-3.14-1, 7644-3.14-2
TEST_F(RfcProtocol, TheVersionIsInHeaderAndMeta) {
  const std::string u = "/Users/" + user("u"), g = "/Groups/" + group("g");
  for (const std::string& target : {u, g}) {
    const Answer read = get(target);
    EXPECT_NE(read.header("ETag"), "");
    EXPECT_EQ(read.header("ETag"), read.at("meta/version"));
    const Answer changed = patch(target + "?attributes=meta", R"([{"op":"replace","path":"displayName","value":"x"}])");
    EXPECT_NE(changed.header("ETag"), read.header("ETag"));
    EXPECT_EQ(changed.header("ETag"), changed.at("meta/version"));
    Request known;
    known.if_none_match = changed.header("ETag");
    EXPECT_EQ(send("GET", target, "", known).status, 304);
    EXPECT_EQ(send("GET", target, "", known).header("ETag"), changed.header("ETag"));
  }
}

// shows 7644-5-1, 7644-7.8-1
TEST_F(RfcProtocol, NamesArePreparedBeforeTheyAreCompared) {
  user("J\xC3\xBCrgen");
  const std::vector<std::pair<const char*, const char*>> same = {
      {"capitals", "J\xC3\x9CRGEN"}, {"decomposed", "Ju\xCC\x88rgen"}, {"full width", "\xEF\xBC\xAA\xC3\xBCrgen"}};
  for (const auto& [what, name] : same) {
    EXPECT_EQ(post("/Users", R"({"userName":")" + std::string(name) + "\"}").scim_type(), "uniqueness") << what;
    EXPECT_EQ(get("/Users?filter=" + encode(R"(userName eq ")" + std::string(name) + "\"")).total(), 1U) << what;
  }
  EXPECT_EQ(post("/Users", R"({"userName":"Jurgen"})").status, 201) << "another letter is another name";
  EXPECT_EQ(post("/Users", R"({"userName":"with space & symbols"})").status, 201) << "PRECIS would refuse it";
  EXPECT_EQ(post("/Users", R"({"userName":"bell\u0007"})").scim_type(), "invalidValue");
}

// shows 7644-7.5.2-3
TEST_F(RfcProtocol, PeopleCanBeLookedUpByGet) {
  user("u", R"(,"emails":[{"value":"ada@x.example"}],"password":"hunter2")");
  EXPECT_EQ(get("/Users?filter=" + encode(R"(emails eq "ada@x.example")")).total(), 1U);
  EXPECT_EQ(post("/Users/.search", R"({"filter":"emails eq \"ada@x.example\""})").total(), 1U);
  EXPECT_EQ(get("/Users?filter=" + encode(R"(password eq "hunter2")")).scim_type(), "invalidFilter");
}

}  // namespace
}  // namespace rosterd::scim
