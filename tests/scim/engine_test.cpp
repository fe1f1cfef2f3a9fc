// The service as RFC 7644 has it, on a real store.
#include <set>

#include "store/blocks.h"
#include "store/claims.h"
#include "store/groups.h"
#include "store/sources.h"
#include "store/sqlite/connection.h"
#include "tests/scim/service.h"

namespace rosterd::scim {
namespace {

#define ACCESS "urn:rosterd:params:scim:schemas:extension:access:2.0:User"

using EngineUsers = Service;
using EngineGroups = Service;
using EngineDiscovery = Service;
using EngineEdges = Service;

TEST_F(EngineUsers, CreateReadDelete) {
  const Answer made = post("/Users", R"({"userName":"bjensen","externalId":"7","name":{"givenName":"Barbara"},
    "emails":[{"value":"b@x.example","type":"work","primary":true}]})");
  ASSERT_EQ(made.status, 201) << made.text;
  const std::string id = made.at("id");
  EXPECT_EQ(made.header("Location"), "https://x.example/scim/v2/Users/" + id);
  EXPECT_EQ(made.header("ETag"), made.at("meta/version"));
  EXPECT_EQ(made.at("active"), "true");
  EXPECT_EQ(made.at("externalId"), "7");
  EXPECT_EQ(made.at("meta/resourceType"), "User");
  EXPECT_EQ(made.at("meta/created"), "2026-01-01T00:00:00.000Z");
  EXPECT_EQ(made.at(ACCESS "/status"), "Pending");

  const Answer read = get("/Users/" + id);
  EXPECT_EQ(read.status, 200);
  EXPECT_EQ(read.body, made.body);

  EXPECT_EQ(remove("/Users/" + id).status, 204);
  for (const std::string method : {"GET", "PUT", "PATCH", "DELETE"}) {
    const char* body = method == "PUT" ? R"({"userName":"x"})" : method == "PATCH" ? R"({"Operations":[]})" : "";
    EXPECT_EQ(send(method, "/Users/" + id, body).status, 404) << method;
  }
  EXPECT_EQ(get("/Users").total(), 0U);
}

TEST_F(EngineUsers, Refusals) {
  user("bjensen", R"(,"externalId":"7")");
  struct Row {
    const char *name, *body;
    int status;
    const char* scim_type;
  };
  const std::vector<Row> rows = {{"no userName", R"({"displayName":"x"})", 400, "invalidValue"},
                                 {"blank userName", R"({"userName":" "})", 400, "invalidValue"},
                                 {"userName taken, other case", R"({"userName":"BJENSEN"})", 409, "uniqueness"},
                                 {"externalId taken", R"({"userName":"x","externalId":"7"})", 409, "uniqueness"},
                                 {"no JSON", "{", 400, "invalidSyntax"},
                                 {"nothing", "", 400, "invalidSyntax"},
                                 {"array", "[]", 400, "invalidSyntax"},
                                 {"no boolean", R"({"userName":"x","active":"perhaps"})", 400, "invalidValue"}};
  for (const Row& row : rows) {
    const Answer answer = post("/Users", row.body);
    EXPECT_EQ(answer.status, row.status) << row.name << answer.text;
    EXPECT_EQ(answer.scim_type(), row.scim_type) << row.name;
    EXPECT_FALSE(answer.at("detail").empty()) << row.name;
  }
  EXPECT_EQ(get("/Users").total(), 1U);
}

TEST_F(EngineUsers, PutReplacesAndEchoesAreIgnored) {
  const std::string id = user("u", R"(,"title":"T","nickName":"N")");
  const Answer answer =
      put("/Users/" + id, R"({"userName":"u2","id":"other","title":"T2","meta":{"version":"x"},"groups":[]})");
  ASSERT_EQ(answer.status, 200) << answer.text;
  EXPECT_EQ(answer.at("id"), id);
  EXPECT_EQ(answer.at("userName"), "u2");
  EXPECT_EQ(answer.at("title"), "T2");
  EXPECT_EQ(answer.at("nickName"), "");
  EXPECT_EQ(put("/Users/" + id, R"({"title":"no name"})").scim_type(), "invalidValue");
  EXPECT_EQ(put("/Users/nobody", R"({"userName":"x"})").status, 404);
}

// shows 7644-3.5.2-11, 7644-3.5.2-12
TEST_F(EngineUsers, PatchIsAllOrNothing) {
  const std::string id = user("u", R"(,"title":"T")");
  const std::string before = get("/Users/" + id).text;
  EXPECT_EQ(
      patch("/Users/" + id, R"([{"op":"replace","path":"title","value":"X"},{"op":"add","path":"nope","value":1}])")
          .scim_type(),
      "invalidPath");
  user("taken");
  EXPECT_EQ(
      patch("/Users/" + id,
            R"([{"op":"replace","path":"active","value":false},{"op":"replace","path":"userName","value":"TAKEN"}])")
          .status,
      409);
  EXPECT_EQ(get("/Users/" + id).text, before);
  EXPECT_EQ(patch("/Users/" + id, R"([{"op":"replace","path":"title","value":"X"}])").at("title"), "X");
}

// A GET without parameters passes the stored profile on as text; naming every attribute goes through values.
TEST_F(EngineUsers, TextAndValuesSayTheSame) {
  const std::string more =
      R"(,"externalId":"k","active":false,"name":{"formatted":"A \"B\" \u00fc\\"},"emails":[{"value":"a@x.org","primary":true}],)"
      R"("roles":[{"value":"r"}],"password":"secret","title":"","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":)"
      R"({"employeeNumber":"7","manager":{"value":"m"}})";
  const std::string group_of_them = user("plain");
  group("Staff", R"([{"value":")" + group_of_them + R"("}])");
  for (const std::string& id : {user("full", more), group_of_them, user("odd/\u4e2d")}) {
    const Answer text = get("/Users/" + id);
    // An exclusion of nothing that is there changes the way, not the answer.
    const Answer values = get("/Users/" + id + "?excludedAttributes=ims");
    ASSERT_EQ(text.status, 200);
    EXPECT_EQ(text.text, values.text);
    EXPECT_EQ(text.header("ETag"), values.header("ETag"));
    EXPECT_EQ(text.header("Location"), values.header("Location"));
    EXPECT_EQ(text.text.find("secret"), std::string::npos);
  }
}

TEST_F(EngineUsers, EntityTags) {
  const std::string id = user("u");
  const std::string old_tag = get("/Users/" + id).header("ETag");
  Request if_none;
  if_none.if_none_match = old_tag;
  EXPECT_EQ(send("GET", "/Users/" + id, "", if_none).status, 304);
  EXPECT_EQ(send("GET", "/Users/" + id, "", if_none).text, "");

  Request if_match;
  if_match.if_match = old_tag;
  const char* body = R"({"Operations":[{"op":"replace","path":"title","value":"X"}]})";
  const Answer changed = send("PATCH", "/Users/" + id, body, if_match);
  ASSERT_EQ(changed.status, 200) << changed.text;
  EXPECT_NE(changed.header("ETag"), old_tag);
  EXPECT_EQ(send("GET", "/Users/" + id, "", if_none).status, 200);
  EXPECT_EQ(send("PATCH", "/Users/" + id, body, if_match).status, 412);
  EXPECT_EQ(send("PUT", "/Users/" + id, R"({"userName":"v"})", if_match).status, 412);
  EXPECT_EQ(send("DELETE", "/Users/" + id, "", if_match).status, 412);
  EXPECT_EQ(get("/Users/" + id).at("userName"), "u");
  if_match.if_match = "W/\"0\", " + changed.header("ETag");
  EXPECT_EQ(send("PATCH", "/Users/" + id, R"({"Operations":[]})", if_match).status, 200);
  if_match.if_match = "*";
  EXPECT_EQ(send("DELETE", "/Users/" + id, "", if_match).status, 204);
}

TEST_F(EngineUsers, ActiveLiftsOnlyTheOwnBlockAndNamesTheOthers) {
  const std::string id = user("u");
  const auto blocked = store_->write({store::kLocal, "admin"}, [&](store::Unit& unit) {
    return store::block(unit, store::find_user(unit, id)->key, store::kLocal, store::Reason::admin);
  });
  ASSERT_TRUE(blocked);
  EXPECT_EQ(patch("/Users/" + id, R"([{"op":"replace","path":"active","value":false}])").at("active"), "false");
  const Answer answer = patch("/Users/" + id, R"([{"op":"replace","path":"active","value":true}])");
  ASSERT_EQ(answer.status, 200) << answer.text;
  EXPECT_EQ(answer.at("active"), "false");
  EXPECT_EQ(answer.at(ACCESS "/status"), "Inactive");
  EXPECT_EQ(answer.at(ACCESS "/blocks/0/source"), "local");
  EXPECT_EQ(answer.at(ACCESS "/blocks/0/reason"), "admin");
  EXPECT_EQ(answer.at(ACCESS "/blocks/1"), "");
}

// shows 7643-3.1-10, 7644-2-6
TEST_F(EngineUsers, AConnectionSeesItsOwnPeopleOnly) {
  const std::string id = user("u", R"(,"externalId":"7")");
  const store::SourceId other = source("scim:okta");
  use(other);
  EXPECT_EQ(get("/Users/" + id).status, 404);
  EXPECT_EQ(remove("/Users/" + id).status, 404);
  EXPECT_EQ(get("/Users").total(), 0U);
  EXPECT_EQ(get("/Users?filter=userName+eq+%22u%22").total(), 0U);
  EXPECT_EQ(post("/Users", R"({"userName":"u"})").scim_type(), "uniqueness");
  const Answer same_key = post("/Users", R"({"userName":"v","externalId":"7"})");
  EXPECT_EQ(same_key.status, 201) << same_key.text;
  EXPECT_NE(same_key.at("id"), id);
}

// Two connections that are told to mean the same person: each finds and reads what it wrote itself.
TEST_F(EngineUsers, LinkedPeople) {
  store::Settings settings;
  settings.link["scim:okta"] = store::LinkMode::user_name;
  store_->configure(settings);
  const store::SourceId entra = connection_.source, okta = source("scim:okta");
  const std::string id = user("u", R"(,"title":"T","emails":[{"value":"a@x.example"}])");
  use(okta);
  ASSERT_EQ(user("U", R"(,"emails":[{"value":"b@x.example"}])"), id);
  EXPECT_EQ(get("/Users/" + id).at("emails/0/value"), "b@x.example");
  EXPECT_EQ(get("/Users/" + id).at("title"), "T");
  EXPECT_EQ(get("/Users?filter=emails+eq+%22b@x.example%22").total(), 1U);
  EXPECT_EQ(get("/Users?filter=emails+eq+%22a@x.example%22").total(), 0U);
  EXPECT_EQ(patch("/Users/" + id, R"([{"op":"replace","path":"active","value":false}])").at("active"), "false");

  use(entra);
  EXPECT_EQ(get("/Users/" + id).at("emails/0/value"), "a@x.example");
  EXPECT_EQ(get("/Users?filter=emails+eq+%22b@x.example%22").total(), 0U);
  const Answer still = patch("/Users/" + id, R"([{"op":"replace","path":"active","value":true}])");
  EXPECT_EQ(still.at("active"), "false");
  EXPECT_EQ(still.at(ACCESS "/blocks/0/source"), "scim:okta");

  use(okta);
  EXPECT_EQ(remove("/Users/" + id).status, 204);
  EXPECT_EQ(get("/Users/" + id).status, 404);
  use(entra);
  EXPECT_EQ(get("/Users/" + id).status, 200);
}

// shows 7644-3.6-3
TEST_F(EngineUsers, DeletedAndComeBackInPlace) {
  const std::string id = user("u", R"(,"externalId":"7")");
  ASSERT_EQ(remove("/Users/" + id).status, 204);
  const Answer back = post("/Users", R"({"userName":"u.new","externalId":"7","title":"again"})");
  ASSERT_EQ(back.status, 201) << back.text;
  EXPECT_EQ(back.at("id"), id);
  EXPECT_EQ(back.at("active"), "true");
  EXPECT_EQ(back.at("userName"), "u.new");
}

TEST_F(EngineUsers, GroupsAreDirectAndIndirect) {
  const std::string id = user("u");
  const std::string inner = group("Inner", R"([{"value":")" + id + R"("}])");
  const std::string outer = group("Outer", R"([{"value":")" + inner + R"(","type":"Group"}])");
  const Answer answer = get("/Users/" + id);
  ASSERT_NE(answer.body.find("groups"), nullptr) << answer.text;
  std::set<std::string> found;
  for (const Json& entry : *answer.body.find("groups")->array()) {
    found.insert(std::string(entry.find("display")->string_or("")) + " " +
                 std::string(entry.find("type")->string_or("")));
  }
  EXPECT_EQ(found, (std::set<std::string>{"Inner direct", "Outer indirect"}));
  EXPECT_EQ(get("/Users/" + id + "?excludedAttributes=groups").body.find("groups"), nullptr);
  EXPECT_EQ(get("/Users").at("Resources/0/groups"), "");
  EXPECT_NE(get("/Users?attributes=groups").at("Resources/0/groups"), "");
}

TEST_F(EngineGroups, CreateReadPutDelete) {
  const std::string a = user("a"), b = user("b");
  const Answer made = post("/Groups", R"({"displayName":"G","externalId":"g1","members":[{"value":")" + a + R"("}]})");
  ASSERT_EQ(made.status, 201) << made.text;
  const std::string id = made.at("id");
  EXPECT_EQ(made.at("members/0/value"), a);
  EXPECT_EQ(made.at("members/0/type"), "User");
  EXPECT_EQ(made.at("members/0/$ref"), "https://x.example/scim/v2/Users/" + a);
  EXPECT_EQ(made.at("externalId"), "g1");
  EXPECT_EQ(get("/Groups/" + id).body, made.body);

  EXPECT_EQ(put("/Groups/" + id, R"({"displayName":"G2","members":[")" + b + R"("]})").status, 200);
  EXPECT_EQ(members_of(id), "b");
  EXPECT_EQ(put("/Groups/" + id, R"({"displayName":"G3"})").status, 200);
  EXPECT_EQ(members_of(id), "b") << "a PUT that says nothing about members leaves them";
  EXPECT_EQ(put("/Groups/" + id, R"({"displayName":"G3","members":[]})").status, 200);
  EXPECT_EQ(members_of(id), "");

  EXPECT_EQ(remove("/Groups/" + id).status, 204);
  EXPECT_EQ(get("/Groups/" + id).status, 404);
  EXPECT_EQ(remove("/Groups/" + id).status, 404);
  EXPECT_EQ(post("/Groups", R"({"displayName":"G3","externalId":"g1"})").status, 201);
}

TEST_F(EngineGroups, Namesakes) {
  ASSERT_EQ(post("/Groups", R"({"displayName":"G","externalId":"1"})").status, 201);
  EXPECT_EQ(post("/Groups", R"({"displayName":"g"})").scim_type(), "uniqueness");
  EXPECT_EQ(post("/Groups", R"({"displayName":"H","externalId":"1"})").scim_type(), "uniqueness");
  EXPECT_EQ(post("/Groups", R"({"displayName":"G","externalId":"2"})").status, 201);
}

TEST_F(EngineGroups, UnknownMembersAreRefusedByNameOrSkipped) {
  const std::string a = user("a"), id = group("G");
  const std::string add = R"([{"op":"add","path":"members","value":[{"value":")" + a + R"("},{"value":"nobody-7"}]}])";
  const Answer refused = patch("/Groups/" + id, add);
  EXPECT_EQ(refused.scim_type(), "invalidValue");
  EXPECT_NE(refused.at("detail").find("nobody-7"), std::string::npos);
  EXPECT_EQ(members_of(id), "");
  connection_.unknown_members = UnknownMembers::skip;
  const Answer skipped = patch("/Groups/" + id, add);
  EXPECT_EQ(skipped.status, 204);
  EXPECT_EQ(skipped.notes, std::vector<std::string>{"ignored: a member that is not known here"});
  EXPECT_EQ(members_of(id), "a");
}

TEST_F(EngineGroups, UnknownMembersAreRememberedUntilTheyCome) {
  connection_.unknown_members = UnknownMembers::remember;
  const std::string id = group("Sales", R"([{"value":"ext-ada"},{"value":"Bob"}])");
  EXPECT_EQ(members_of(id), "");
  const std::string ada = user("ada", R"(,"externalId":"ext-ada")");
  EXPECT_EQ(members_of(id), "ada");
  EXPECT_EQ(get("/Users/" + ada).at(ACCESS "/roles/0"), "Staff");
  user("bob");
  EXPECT_EQ(members_of(id), "ada,bob");
  // By a name instead of the id, both ways.
  const Answer removed = patch("/Groups/" + id, R"([{"op":"remove","path":"members[value eq \"ext-ada\"]"}])");
  EXPECT_EQ(removed.status, 204);
  EXPECT_EQ(removed.notes, std::vector<std::string>{"ignored: that a member is named by externalId or userName"});
  EXPECT_EQ(members_of(id), "bob");
  ASSERT_EQ(patch("/Groups/" + id, R"([{"op":"add","path":"members","value":[{"value":"ext-ada"}]}])").status, 204);
  EXPECT_EQ(members_of(id), "ada,bob");
}

TEST_F(EngineGroups, NestedGroupsAreIndirectAndARenameMovesAccess) {
  const std::string a = user("a"), inner = group("Inner", R"([{"value":")" + a + R"("}])");
  const std::string outer = group("Outer", R"([{"value":")" + inner + R"("}])");
  const auto type_of = [&](const char* name) {
    const Answer person = get("/Users/" + a);
    for (const Json& one : *person.body.find("groups")->array())
      if (one.find("display")->string_or("") == name) return std::string(one.find("type")->string_or(""));
    return std::string("none");
  };
  EXPECT_EQ(type_of("Inner"), "direct");
  EXPECT_EQ(type_of("Outer"), "indirect");
  EXPECT_EQ(get("/Groups/" + outer).at("members/0/type"), "Group");
  ASSERT_EQ(patch("/Groups/" + outer, R"([{"op":"replace","value":{"displayName":"Sales"}}])").status, 204);
  EXPECT_EQ(get("/Users/" + a).at(ACCESS "/roles/0"), "Staff");
  // A circle, and a group in itself.
  const std::string both =
      R"([{"op":"add","path":"members","value":[{"value":")" + outer + R"("},{"value":")" + inner + R"("}]}])";
  ASSERT_EQ(patch("/Groups/" + inner, both).status, 204);
  EXPECT_EQ(get("/Users/" + a).at("groups/2"), "");
  ASSERT_EQ(remove("/Groups/" + outer).status, 204);
  EXPECT_EQ(type_of("Inner"), "direct");
  EXPECT_EQ(get("/Users/" + a).at(ACCESS "/roles"), "[]");
}

TEST_F(EngineGroups, AGroupIsShownWholeOrNotAtAll) {
  limits_.max_members = 2;
  const std::string a = user("a"), b = user("b"), c = user("c");
  const std::string id = group("G", R"([{"value":")" + a + R"("},{"value":")" + b + R"("}])");
  EXPECT_EQ(get("/Groups/" + id).status, 200);
  ASSERT_EQ(patch("/Groups/" + id, R"([{"op":"add","path":"members","value":[{"value":")" + c + R"("}]}])").status,
            204);
  const Answer refused = get("/Groups/" + id);
  EXPECT_EQ(refused.scim_type(), "tooMany");
  EXPECT_NE(refused.at("detail").find("excludedAttributes=members"), std::string::npos);
  EXPECT_EQ(get("/Groups").scim_type(), "tooMany");
  EXPECT_EQ(get("/Groups?filter=" + encode("members.display co \"a\"")).scim_type(), "tooMany");
  EXPECT_EQ(get("/Groups/" + id + "?excludedAttributes=members").status, 200);
  EXPECT_EQ(get("/Groups?excludedAttributes=members").total(), 1u);
  EXPECT_EQ(get("/Groups?excludedAttributes=members&filter=" + encode("members eq \"" + c + "\"")).total(), 1u);
  // Its people, page by page.
  EXPECT_EQ(get("/Users?count=2&cursor&filter=" + encode("groups.value eq \"" + id + "\"")).total(), 3u);
}

// Work in steps of the database's virtual machine, on the one connection that writes.
TEST_F(EngineGroups, OneMemberCostsTheSameInAGroupOfAHundredThousand) {
  const std::string a = user("a"), small = group("Small"), large = group("Large");
  const store::Actor actor{store::kLocal, "test"};
  store_->write(actor, [&](store::Unit& unit) {
    unit.db()
        .prepare(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) "
            "INSERT INTO memberships SELECT ?, 'u', 1000000 + i, 2, 0 FROM n")
        .bind(store::find_group(unit, large)->key)
        .run();
  });
  const auto steps = [&] { return store_->write(actor, [](store::Unit& unit) { return unit.db().steps(); }); };
  const auto cost = [&](const std::string& id, const char* op) {
    const auto before = steps();
    EXPECT_EQ(patch("/Groups/" + id,
                    R"([{"op":")" + std::string(op) + R"(","path":"members","value":[{"value":")" + a + R"("}]}])")
                  .status,
              204);
    return steps() - before;
  };
  cost(small, "add"), cost(small, "remove");
  const auto add = cost(small, "add"), remove = cost(small, "remove");
  EXPECT_GT(add, 50);
  EXPECT_EQ(cost(large, "add"), add);
  EXPECT_EQ(cost(large, "remove"), remove);
}

TEST_F(EngineGroups, RememberedMembersAreTakenBack) {
  connection_.unknown_members = UnknownMembers::remember;
  const std::string id = group("G", R"([{"value":"a"},{"value":"b"},{"value":"c"}])");
  ASSERT_EQ(patch("/Groups/" + id, R"([{"op":"remove","path":"members","value":[{"value":"a"}]}])").status, 204);
  ASSERT_EQ(put("/Groups/" + id, R"({"displayName":"G","members":[{"value":"c"}]})").status, 200);
  for (const char* name : {"a", "b", "c"}) user(name);
  EXPECT_EQ(members_of(id), "c");
  const std::string other = group("H", R"([{"value":"d"}])");
  ASSERT_EQ(remove("/Groups/" + other).status, 204);
  user("d");
  EXPECT_EQ(get("/Users?filter=" + encode("userName eq \"d\"") + "&attributes=groups").at("Resources/0/groups/0"), "");
}

TEST_F(EngineGroups, MembershipGivesAccessAndTakesItBack) {
  const std::string a = user("a"), id = group("Sales");
  ASSERT_EQ(patch("/Groups/" + id, R"([{"op":"add","path":"members","value":[{"value":")" + a + R"("}]}])").status,
            204);
  EXPECT_EQ(get("/Users/" + a).at(ACCESS "/roles/0"), "Staff");
  EXPECT_EQ(get("/Users/" + a).at(ACCESS "/projects/0"), "Website");
  ASSERT_EQ(patch("/Groups/" + id, R"([{"op":"remove","path":"members[value eq \")" + a + R"(\"]"}])").status, 204);
  EXPECT_EQ(get("/Users/" + a).at(ACCESS "/roles"), "[]");
  EXPECT_EQ(get("/Users/" + a).at(ACCESS "/projects"), "[]");
}

TEST_F(EngineGroups, EntityTagChangesWithMembers) {
  const std::string a = user("a"), id = group("G");
  const std::string tag = get("/Groups/" + id).header("ETag");
  const std::string add = R"({"Operations":[{"op":"add","path":"members","value":[{"value":")" + a + R"("}]}]})";
  Request extra;
  extra.if_match = tag;
  const Answer added = send("PATCH", "/Groups/" + id, add, extra);
  EXPECT_EQ(added.status, 204) << added.text;
  EXPECT_NE(added.header("ETag"), tag);
  EXPECT_EQ(send("PATCH", "/Groups/" + id, add, extra).status, 412);
  EXPECT_EQ(send("PATCH", "/Groups/" + id + "?attributes=displayName", R"({"Operations":[]})").at("displayName"), "G");
}

TEST_F(EngineDiscovery, SaysWhatIsSo) {
  const Answer config = get("/ServiceProviderConfig");
  ASSERT_EQ(config.status, 200);
  EXPECT_EQ(config.at("patch/supported"), "true");
  EXPECT_EQ(config.at("bulk/supported") + config.at("bulk/maxOperations"), "true4000");
  EXPECT_EQ(config.at("filter/maxResults"), "200");
  EXPECT_EQ(config.at("changePassword/supported"), "false");
  EXPECT_EQ(config.at("sort/supported"), "true");
  EXPECT_EQ(config.at("etag/supported"), "true");
  EXPECT_EQ(config.at("authenticationSchemes/0/type"), "oauthbearertoken");

  EXPECT_EQ(get("/ResourceTypes").total(), 2U);
  EXPECT_EQ(get("/ResourceTypes/User").at("endpoint"), "/Users");
  EXPECT_EQ(get("/ResourceTypes/Group").at("schema"), "urn:ietf:params:scim:schemas:core:2.0:Group");
  EXPECT_EQ(get("/ResourceTypes/Robot").status, 404);
  const Answer schemas = get("/Schemas");
  EXPECT_EQ(schemas.total(), 5U);
  for (const Json& schema : *schemas.body.find("Resources")->array()) {
    const std::string id(schema.find("id")->string_or(""));
    EXPECT_EQ(get("/Schemas/" + id).body, schema);
    EXPECT_EQ(get("/Schemas/" + encode(id)).body, schema);
  }
  EXPECT_EQ(get("/Schemas/urn:x").status, 404);
  EXPECT_EQ(get("/Schemas?filter=id+pr").status, 403);
}

TEST_F(EngineDiscovery, EveryAttributeAUserIsGivenIsInItsSchema) {
  const std::string id = user("u", R"(,"emails":[{"value":"a@b.example"}])");
  const Answer answer = get("/Users/" + id);
  for (const Member& member : *answer.body.object()) {
    const bool known =
        catalogue().user().find("", member.name) != nullptr || catalogue().user().is_extension(member.name);
    EXPECT_TRUE(known) << member.name;
  }
}

// shows 7644-3.11-1
TEST_F(EngineEdges, MethodsTypesAndEndpoints) {
  const std::string id = user("u");
  struct Row {
    const char* method;
    std::string target;
    int status;
  };
  const std::vector<Row> rows = {{"DELETE", "/Users", 405},
                                 {"POST", "/Users/" + id, 405},
                                 {"PATCH", "/Schemas", 405},
                                 {"GET", "/Nope", 404},
                                 {"GET", "/Users/a/b", 404},
                                 {"GET", "/Me", 501},
                                 {"POST", "/.search", 200},
                                 {"GET", "/Users/.search", 405},
                                 {"GET", "/Users/nobody", 404},
                                 {"GET", "/Users/%zz", 400},
                                 {"GET", "//users//" + id + "/", 200},
                                 {"GET", "/Users/" + id + "?", 200},
                                 {"GET", "/Users/" + id + "?&", 200}};
  for (const Row& row : rows)
    EXPECT_EQ(send(row.method, row.target, "{}").status, row.status) << row.method << row.target;
  EXPECT_EQ(send("DELETE", "/Users").header("Allow"), "GET, HEAD, POST, OPTIONS");
  EXPECT_EQ(send("HEAD", "/Users/" + id).status, 200);
  EXPECT_EQ(send("HEAD", "/Users/" + id).text, "");

  Request extra;
  for (const auto& [type, status] : std::vector<std::pair<std::string, int>>{{"application/scim+json", 201},
                                                                             {"application/json; charset=utf-8", 201},
                                                                             {"Application/SCIM+JSON ;x=y", 201},
                                                                             {"text/xml", 415}}) {
    extra.content_type = type;
    EXPECT_EQ(send("POST", "/Users", R"({"userName":"t)" + encode(type) + "\"}", extra).status, status) << type;
  }
}

TEST_F(EngineEdges, Bombs) {
  const std::string id = user("u");
  EXPECT_EQ(post("/Users", repeat("[", 200'000)).scim_type(), "invalidSyntax");
  EXPECT_EQ(post("/Users", R"({"userName":")" + repeat("x", 1 << 20) + "\"}").scim_type(), "invalidValue");
  EXPECT_EQ(patch("/Users/" + id, "[" + repeat(R"({"op":"add","path":"title","value":"x"},)", 4'999) +
                                      R"({"op":"add","path":"title","value":"x"}])")
                .scim_type(),
            "tooMany");
  EXPECT_EQ(patch("/Users/" + id, R"([{"op":"add","path":"emails[)" + repeat("(", 100'000) + R"(","value":"x"}])")
                .scim_type(),
            "invalidPath");
  limits_.body.max_bytes = 100;
  EXPECT_EQ(post("/Users", R"({"userName":")" + repeat("x", 200) + "\"}").status, 413);
}

// shows 7643-4.1.1-8, 7643-7-12
TEST_F(EngineEdges, TheProjectionKeepsPasswordsIn) {
  const std::string id = user("u", R"(,"password":"hunter2")");
  for (const std::string& target :
       {"/Users/" + id, "/Users/" + id + "?attributes=password", std::string("/Users?attributes=password")}) {
    EXPECT_EQ(get(target).text.find("hunter2"), std::string::npos) << target;
  }
  EXPECT_EQ(get("/Users?filter=" + encode(R"(password eq "hunter2")")).scim_type(), "invalidFilter");
}

// Without a selection a person is written as text; one that leaves nothing out makes values of everything.
TEST_F(EngineUsers, AreTheSameWrittenAndRendered) {
  const std::string plain = user("plain");
  const std::string full =
      user("full",
           R"(,"externalId":"k\"\\\u0007ü","active":false,"title":"\"quoted\"\n","emails":[{"value":"f@example.org"}],
      "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"D\t"})");
  const std::string inner = group("inner <\\\"group\\\">", R"([{"value":")" + full + R"("}])");
  group("outer", R"([{"value":")" + inner + R"("}])");
  for (const std::string& id : {plain, full}) {
    const Answer written = get("/Users/" + id);
    const Answer rendered = get("/Users/" + id + "?excludedAttributes=timezone");
    EXPECT_EQ(written.status, 200);
    EXPECT_EQ(written.text, rendered.text);
    EXPECT_EQ(written.headers, rendered.headers);
  }
  EXPECT_EQ(get("/Users/" + full).body.find("groups")->array()->size(), 2u);
}

// RFC 7644 section 3.5.2.2: what is neither required nor read-only can be removed.
TEST_F(EngineUsers, ExternalIdIsRemovedByPatchAndKeptByPut) {
  const char* remove_key = R"([{"op":"remove","path":"externalId"}])";
  const std::string a = user("a", R"(,"externalId":"7")"), target = "/Users/" + a;
  EXPECT_EQ(put(target, R"({"userName":"a"})").at("externalId"), "7");
  const Answer bare = patch(target, remove_key);
  ASSERT_EQ(bare.status, 200) << bare.text;
  EXPECT_EQ(bare.body.find("externalId"), nullptr);
  EXPECT_EQ(get("/Users?filter=externalId+eq+%227%22").total(), 0U);
  EXPECT_EQ(patch(target, remove_key).text, bare.text);
  EXPECT_EQ(patch(target, R"([{"op":"add","path":"externalId","value":"7"}])").at("externalId"), "7");

  const Answer made = post("/Groups", R"({"displayName":"G","externalId":"g","members":[{"value":")" + a + R"("}]})");
  const std::string group = "/Groups/" + made.at("id");
  ASSERT_EQ(patch(group, remove_key).status, 204);
  EXPECT_EQ(get(group).body.find("externalId"), nullptr);
  EXPECT_EQ(members_of(made.at("id")), "a");
  const std::string once = get(group).text;
  EXPECT_EQ(patch(group, remove_key).status, 204);
  EXPECT_EQ(get(group).text, once);
}

TEST_F(EngineUsers, UnassigningActiveIsNotedAndChangesNothing) {
  const std::string target = "/Users/" + user("u");
  for (const char* active : {"true", "false"}) {
    const Answer before = patch(target, std::string(R"([{"op":"replace","path":"active","value":)") + active + "}]");
    EXPECT_EQ(before.at("active"), active);
    for (const char* operation :
         {R"([{"op":"remove","path":"active"}])", R"([{"op":"replace","path":"active","value":null}])",
          R"([{"op":"replace","value":{"active":""}}])"}) {
      const Answer answer = patch(target, operation);
      EXPECT_EQ(answer.text, before.text) << operation;
      ASSERT_FALSE(answer.notes.empty()) << operation;
      EXPECT_EQ(answer.notes.back(), "ignored: active, which cannot be unassigned") << operation;
    }
  }
}

TEST_F(EngineUsers, APatchOfSomethingElseTakesNoBlockOver) {
  const std::string id = user("u");
  const store::Actor admin{store::kLocal, "admin"};
  const auto key = store_->read([&](const store::View& view) { return store::find_user(view, id)->key; });
  ASSERT_TRUE(store_->write(
      admin, [&](store::Unit& unit) { return store::block(unit, key, store::kLocal, store::Reason::admin); }));
  EXPECT_EQ(patch("/Users/" + id, R"([{"op":"replace","path":"title","value":"T"}])").at("active"), "false");
  ASSERT_TRUE(store_->write(admin, [&](store::Unit& unit) { return store::lift(unit, key, store::kLocal); }));
  EXPECT_EQ(get("/Users/" + id).at("active"), "true");
}

}  // namespace
}  // namespace rosterd::scim
