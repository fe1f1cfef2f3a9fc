// Extensions of a configuration at work: stored, shown, filtered, sorted, unique, and kept when they are not served.
#include "tests/scim/extensions.h"

#include "store/access.h"
#include "store/sources.h"
#include "store/users.h"
#include "tests/scim/service.h"

namespace rosterd::scim {
namespace {

#define TEST_URN "urn:example:params:scim:schemas:extension:test:2.0:User"
#define STRICT_URN "urn:example:params:scim:schemas:extension:strict:2.0:User"
#define TEAM_URN "urn:example:params:scim:schemas:extension:team:2.0:Group"

class EngineExtensions : public Service {
 protected:
  void SetUp() override { use(extended_catalogue()); }
  std::string with(const std::string& name, const std::string& extension) {
    return user(name, R"(,")" TEST_URN R"(":)" + extension);
  }
  std::string found(const std::string& filter) {
    const Answer answer = get("/Users?filter=" + encode(filter));
    if (answer.status != 200) return answer.scim_type();
    std::string names;
    for (const Json& one : *answer.body.find("Resources")->array())
      names += std::string(one.find("userName")->string_or("")) + " ";
    return names;
  }
};

TEST_F(EngineExtensions, DiscoveryShowsThem) {
  const Answer type = get("/ResourceTypes/User");
  std::vector<std::string> urns;
  for (const Json& extension : *type.body.find("schemaExtensions")->array())
    urns.emplace_back(extension.find("schema")->string_or(""));
  EXPECT_EQ(urns.size(), 5U);
  EXPECT_EQ(urns.back(), STRICT_URN);
  const Answer schema = get("/Schemas/" TEST_URN);
  EXPECT_EQ(schema.status, 200);
  EXPECT_EQ(get("/ResourceTypes/Group").body.find("schemaExtensions")->array()->size(), 1U);
}

TEST_F(EngineExtensions, SchemasNameWhatIsThere) {
  const std::string id = with("u", R"({"text":"x"})");
  EXPECT_NE(get("/Users/" + id).text.find("\"" TEST_URN "\"]"), std::string::npos);
  EXPECT_EQ(get("/Users/" + user("v")).text.find(TEST_URN), std::string::npos);
}

TEST_F(EngineExtensions, FiltersByType) {
  with("a", R"({"text":"Blue","count":5,"since":"2026-01-01T00:00:00Z","tags":["x","Y"],"flag":true})");
  with("b", R"({"text":"red","count":10,"since":"2026-01-01T02:00:00+03:00","exact":"Q","desk":"D1"})");
  with("c", R"({"count":-1,"place":{"room":"12"},"cards":[{"value":"c1","type":"red"}],"locker":12})");
  const std::vector<std::pair<std::string, std::string>> rows = {
      {TEST_URN R"(:text eq "blue")", "a "},
      {TEST_URN ":count gt 7", "b "},
      {TEST_URN ":count ge 5", "a b "},
      {TEST_URN R"(:since lt "2026-01-01T00:00:00Z")", "b "},
      {TEST_URN R"(:tags eq "y")", "a "},
      {TEST_URN R"(:exact eq "q")", ""},
      {TEST_URN R"(:exact eq "Q")", "b "},
      {TEST_URN R"(:place.room eq "12")", "c "},
      {TEST_URN R"(:cards[type eq "red"].value eq "C1")", "c "},
      {TEST_URN R"(:cards.value eq "C1")", "c "},
      {TEST_URN R"(:cards eq "C1")", "c "},
      {TEST_URN ":locker eq 12", "c "},
      {TEST_URN R"(:desk eq "d1")", "b "},
      {TEST_URN ":text pr", "a b "},
      {TEST_URN ":flag eq true", "a "},
      {TEST_URN R"(:hidden eq "x")", "invalidFilter"},
      {TEST_URN R"(:nothing eq "x")", "invalidFilter"},
      {TEST_URN R"(:flag gt true)", "invalidFilter"}};
  for (const auto& [filter, expected] : rows) EXPECT_EQ(found(filter), expected) << filter;
  const Answer sorted = get("/Users?sortBy=" + encode(TEST_URN ":count"));
  EXPECT_EQ(sorted.body.find("Resources")->array()->front().find("userName")->string_or(""), "c");
}

// shows 7643-7-13, 7643-7-14
TEST_F(EngineExtensions, UniqueValuesAreRefusedByName) {
  with("a", R"({"badge":"B1","cards":[{"value":"c1"}]})");
  const Answer taken = post("/Users", R"({"userName":"b",")" TEST_URN R"(":{"badge":"b1"}})");
  EXPECT_EQ(taken.status, 409);
  EXPECT_EQ(taken.scim_type(), "uniqueness");
  EXPECT_NE(taken.at("detail").find("badge"), std::string::npos);
  const std::string b = with("b", R"({"badge":"B2"})");
  const Answer patched = patch("/Users/" + b, R"([{"op":"replace","path":")" TEST_URN R"(:badge","value":"B1"}])");
  EXPECT_EQ(patched.scim_type(), "uniqueness");
  EXPECT_EQ(patch("/Users/" + b, R"([{"op":"add","path":")" TEST_URN R"(:cards","value":[{"value":"C1"}]}])").status,
            409);
  EXPECT_EQ(get("/Users/" + b).body.find(TEST_URN)->find("badge")->string_or(""), "B2");
}

TEST_F(EngineExtensions, WhatIsNoLongerServedIsKept) {
  const std::string id = with("u", R"({"text":"kept","count":3})");
  const Catalogue narrow(
      {{{std::string(kTestSchema), "Test", "", {attribute("count", Type::integer)}}, Resource::user, false}});
  use(narrow);
  EXPECT_EQ(get("/Users/" + id).text.find("kept"), std::string::npos);
  EXPECT_EQ(found(TEST_URN R"(:text eq "kept")"), "invalidFilter");
  ASSERT_EQ(patch("/Users/" + id, R"([{"op":"add","path":"title","value":"T"}])").status, 200);
  ASSERT_EQ(put("/Users/" + id, R"({"userName":"u",")" TEST_URN R"(":{"count":4}})").status, 200);
  use(Catalogue::standard());
  EXPECT_EQ(get("/Users/" + id).text.find(TEST_URN), std::string::npos);
  ASSERT_EQ(put("/Users/" + id, R"({"userName":"u","title":"again"})").status, 200);
  use(extended_catalogue());
  EXPECT_EQ(write_json(*get("/Users/" + id).body.find(TEST_URN)), R"({"count":4,"text":"kept"})");
}

// shows 7643-6-10
TEST_F(EngineExtensions, RequiredWithinAnExtension) {
  EXPECT_EQ(post("/Users", R"({"userName":"a",")" STRICT_URN R"(":{"site":"x"}})").scim_type(), "invalidValue");
  EXPECT_EQ(post("/Users", R"({"userName":"a"})").status, 201) << "without the extension nothing of it is required";
  const std::string id = user("b", R"(,")" STRICT_URN R"(":{"costCode":"7","rooms":["1"]})");
  const std::string path = "/Users/" + id;
  EXPECT_EQ(patch(path, R"([{"op":"remove","path":")" STRICT_URN R"(:costCode"}])").scim_type(), "mutability");
  EXPECT_EQ(patch(path, R"([{"op":"remove","path":")" STRICT_URN R"(:rooms[value eq \"1\"]"}])").scim_type(),
            "mutability");
  EXPECT_EQ(patch(path, R"([{"op":"replace","value":{")" STRICT_URN R"(:costCode":null}}])").scim_type(),
            "invalidValue");
  EXPECT_EQ(patch(path, R"([{"op":"remove","path":")" STRICT_URN R"("}])").status, 200) << "the whole extension may go";
  EXPECT_EQ(patch(path, R"([{"op":"add","path":")" STRICT_URN R"(:site","value":"s"}])").scim_type(), "invalidValue");
  const Catalogue demanding({{strict_schema(), Resource::user, true}});
  use(demanding);
  EXPECT_EQ(post("/Users", R"({"userName":"c"})").scim_type(), "invalidValue");
  EXPECT_EQ(patch(path, R"([{"op":"add","path":"title","value":"t"}])").status, 200) << "who lacks it stays as he is";
  EXPECT_EQ(get("/ResourceTypes/User").text.find(R"("required":true)") != std::string::npos, true);
}

TEST_F(EngineExtensions, PutKeepsWhatIsSetOnceOrNeverSeen) {
  const std::string id = with("u", R"({"once":"A","secret":"s","text":"t","place":{"room":"1","wing":"W"}})");
  const std::string path = "/Users/" + id;
  ASSERT_EQ(put(path, R"({"userName":"u",")" TEST_URN R"(":{"place":{"room":"2"}}})").status, 200);
  EXPECT_EQ(*get(path).body.find(TEST_URN), json(R"({"once":"A","place":{"room":"2","wing":"W"}})"));
  EXPECT_EQ(put(path, R"({"userName":"u",")" TEST_URN R"(":{"once":"B"}})").scim_type(), "mutability");
  EXPECT_EQ(put(path, R"({"userName":"u",")" TEST_URN R"(":{"once":"a"}})").status, 200) << "not caseExact";
  const std::string version = get(path).header("ETag");
  ASSERT_EQ(put(path, get(path).text).status, 200);
  EXPECT_EQ(get(path).header("ETag"), version);
}

TEST_F(EngineExtensions, ReferencesLeadToTheTypeTheyName) {
  const std::string id = with("u", R"({"text":"t"})");
  const auto refer = [&](const std::string& value) {
    const Answer answer =
        patch("/Users/" + id, R"([{"op":"add","path":")" TEST_URN R"(:boss","value":")" + value + R"("}])");
    return answer.status == 200 ? "done" : answer.scim_type();
  };
  EXPECT_EQ(refer("https://x.example/scim/v2/Users/1"), "done");
  EXPECT_EQ(refer("../Users/1"), "done");
  EXPECT_EQ(refer("https://x.example/scim/v2/Groups/1"), "invalidValue");
  EXPECT_EQ(refer("../Groups/1"), "invalidValue");
  EXPECT_EQ(refer("https://elsewhere.example/Groups/1"), "done") << "not ours to know";
}

TEST_F(EngineExtensions, ActiveBelowTheCoreSchemasUrnIsHeard) {
  const std::string path = "/Users/" + user("u");
  const std::string core(kUserSchema);
  ASSERT_EQ(patch(path, R"([{"op":"replace","value":{")" + core + R"(":{"active":false}}}])").status, 200);
  EXPECT_EQ(get(path).at("active"), "false");
}

TEST_F(EngineExtensions, GroupsToo) {
  const Answer made = post("/Groups", R"({"displayName":"g",")" TEAM_URN R"(":{"label":"L","level":1}})");
  ASSERT_EQ(made.status, 201);
  const std::string path = "/Groups/" + made.at("id");
  EXPECT_EQ(write_json(*made.body.find(TEAM_URN)), R"({"label":"L","level":1})");
  const std::string version = get(path).header("ETag");
  ASSERT_EQ(patch(path, R"([{"op":"add","path":")" TEAM_URN R"(:label","value":"L"}])").status, 204);
  EXPECT_EQ(get(path).header("ETag"), version);
  EXPECT_EQ(patch(path, R"([{"op":"replace","path":")" TEAM_URN R"(:level","value":2}])").scim_type(), "mutability");
  ASSERT_EQ(put(path, R"({"displayName":"g"})").status, 200);
  EXPECT_EQ(write_json(*get(path).body.find(TEAM_URN)), R"({"level":1})");
  EXPECT_EQ(get("/Groups?filter=" + encode(TEAM_URN ":level eq 1")).total(), 1U);
  ASSERT_EQ(patch(path, R"([{"op":"replace","path":"displayName","value":"h"}])").status, 204);
  EXPECT_EQ(write_json(*get(path).body.find(TEAM_URN)), R"({"level":1})");
}

TEST_F(EngineExtensions, ClientsHaveACompanyAndPermissions) {
#define CLIENT_URN "urn:rosterd:params:scim:schemas:extension:client:2.0:User"
  EXPECT_EQ(get("/Users/" + user("staff")).body.find(CLIENT_URN), nullptr);
  connection_.kind = store::Kind::client;
  const std::string path = "/Users/" + user("c", R"(,")" CLIENT_URN R"(":{"company":"Acme","permissions":["files"]})");
  EXPECT_EQ(write_json(*get(path).body.find(CLIENT_URN)), R"({"company":"Acme","permissions":[]})");
  EXPECT_EQ(get("/Users?filter=" + encode(CLIENT_URN R"(:company eq "acme")")).total(), 1U);
  store_->write({store::kLocal, "test"}, [&](store::Unit& unit) {
    store::ensure_role(unit, {{}, "Client", 10, false, {"files"}});
    const auto key = store::find_user_by_login(unit, "c")->key;
    EXPECT_TRUE(store::grant_role(unit, key, "Client", "test"));
  });
  EXPECT_EQ(write_json(*get(path).body.find(CLIENT_URN)), R"({"company":"Acme","permissions":["files"]})");
  EXPECT_EQ(patch(path, R"([{"op":"add","path":")" CLIENT_URN R"(:permissions","value":["tasks"]}])").scim_type(),
            "mutability");
  ASSERT_EQ(patch(path, R"([{"op":"replace","path":")" CLIENT_URN R"(:company","value":"Acme Corp"}])").status, 200);
  EXPECT_EQ(store_->read([](const store::View& view) { return store::find_user_by_login(view, "c")->company; }),
            "Acme Corp");
  const Json by_attribute = get(path + "?attributes=" + encode(CLIENT_URN)).body;
  EXPECT_EQ(write_json(*by_attribute.find(CLIENT_URN)), R"({"company":"Acme Corp","permissions":["files"]})");
}

}  // namespace
}  // namespace rosterd::scim
