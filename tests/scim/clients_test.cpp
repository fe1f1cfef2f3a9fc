// What identity providers really send, one named test per habit.
#include "tests/scim/service.h"

namespace rosterd::scim {
namespace {

#define ENTERPRISE "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

using Clients = Service;

TEST_F(Clients, entra_deactivates_with_a_capitalised_text) {
  const std::string id = user("u");
  const Answer answer = send("PATCH", "//Users/" + id + "?aadOptscim062020",
                             R"({"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
                                 "Operations":[{"op":"Replace","path":"active","value":"False"}]})");
  ASSERT_EQ(answer.status, 200) << answer.text;
  EXPECT_EQ(*answer.body.find("active")->boolean(), false);
  EXPECT_EQ(get("/Users?filter=" + encode("userName eq \"u\"")).at("Resources/0/active"), "false");
}

TEST_F(Clients, entra_adds_a_work_address_by_value_path) {
  const std::string id = user("u");
  const Answer answer =
      patch("/Users/" + id, R"([{"op":"Add","path":"emails[type eq \"work\"].value","value":"a@b.example"},
      {"op":"Add","path":"addresses[type eq \"work\"].country","value":"DE"},
      {"op":"Add","path":"addresses[type eq \"work\"].locality","value":"Bonn"}])");
  ASSERT_EQ(answer.status, 200) << answer.text;
  EXPECT_EQ(*answer.body.find("emails"), json(R"([{"type":"work","value":"a@b.example"}])"));
  EXPECT_EQ(*answer.body.find("addresses"), json(R"([{"type":"work","country":"DE","locality":"Bonn"}])"));
  EXPECT_EQ(get("/Users?filter=" + encode(R"(emails[type eq "work"].value eq "a@b.example")")).total(), 1U);
}

TEST_F(Clients, entra_replaces_without_a_match) {
  const std::string id = user("u");
  const char* replace = R"([{"op":"Replace","path":"emails[type eq \"work\"].value","value":"a@b.example"}])";
  connection_.habits.set(Habit::replace_without_match, false);
  EXPECT_EQ(patch("/Users/" + id, replace).scim_type(), "noTarget");
  connection_.habits.set(Habit::replace_without_match);
  EXPECT_EQ(patch("/Users/" + id, replace).at("emails/0/value"), "a@b.example");
}

TEST_F(Clients, entra_patches_without_a_path) {
  const std::string id = user("u");
  const Answer answer = patch("/Users/" + id, R"([{"op":"replace","value":{"displayName":"x","name.givenName":"y",
      ")" ENTERPRISE R"(:employeeNumber":"z"}}])");
  ASSERT_EQ(answer.status, 200) << answer.text;
  EXPECT_EQ(answer.at("displayName"), "x");
  EXPECT_EQ(answer.at("name/givenName"), "y");
  EXPECT_EQ(answer.at(ENTERPRISE "/employeeNumber"), "z");
}

// shows 7643-3.3-3
TEST_F(Clients, entra_finds_the_primary_role_by_text) {
  const std::string id = user("u");
  const Answer answer =
      patch("/Users/" + id, R"([{"op":"Add","path":"roles[primary eq \"True\"].value","value":"Admin"}])");
  ASSERT_EQ(answer.status, 200) << answer.text;
  EXPECT_EQ(*answer.body.find("roles"), json(R"([{"primary":true,"value":"Admin"}])"));
  const std::string access = "urn:rosterd:params:scim:schemas:extension:access:2.0:User/roles";
  EXPECT_EQ(answer.at(access), "[]") << "what a client calls a role gives none";
}

TEST_F(Clients, entra_removes_one_member_by_value) {
  const std::string a = user("a"), b = user("b"), c = user("c");
  const std::string id = group("G", R"([")" + a + R"(",")" + b + R"(",")" + c + R"("])");
  EXPECT_EQ(
      patch("/Groups/" + id, R"([{"op":"Remove","path":"members","value":[{"$ref":null,"value":")" + a + R"("}]}])")
          .status,
      204);
  EXPECT_EQ(members_of(id), "b,c");
  EXPECT_EQ(patch("/Groups/" + id, R"([{"op":"Remove","path":"members[value eq \")" + b + R"(\"]"}])").status, 204);
  EXPECT_EQ(members_of(id), "c");
  EXPECT_EQ(patch("/Groups/" + id, R"([{"op":"Remove","path":"members","value":[{"value":"gone"}]}])").status, 204);
  EXPECT_EQ(members_of(id), "c");
}

TEST_F(Clients, entra_sends_the_manager_as_plain_text) {
  const Answer made = post("/Users", R"({"userName":"u",")" ENTERPRISE R"(":{"manager":"270"}})");
  ASSERT_EQ(made.status, 201) << made.text;
  EXPECT_EQ(made.at(ENTERPRISE "/manager"), R"({"value":"270"})");
  const std::string target = "/Users/" + made.at("id"), path = ENTERPRISE ":manager";
  EXPECT_EQ(
      patch(target, R"([{"op":"Replace","path":")" + path + R"(","value":"271"}])").at(ENTERPRISE "/manager/value"),
      "271");
  for (const std::string empty : {"\"\"", "null"}) {
    EXPECT_EQ(patch(target, R"([{"op":"Replace","path":")" + path + R"(","value":)" + empty + "}])")
                  .at(ENTERPRISE "/manager"),
              "");
    EXPECT_EQ(patch(target, R"([{"op":"Add","path":")" + path + R"(","value":"271"}])").status, 200);
  }
}

TEST_F(Clients, entra_merges_a_name_and_clears_a_part) {
  const std::string id = user("u", R"(,"name":{"familyName":"F","givenName":"G"})");
  const Answer answer =
      patch("/Users/" + id, R"([{"op":"replace","path":"name","value":{"familyName":null,"givenName":"X"}}])");
  ASSERT_EQ(answer.status, 200) << answer.text;
  EXPECT_EQ(answer.at("name"), R"({"givenName":"X"})");
}

TEST_F(Clients, entra_empties_a_group_with_null_and_adds_null) {
  const std::string a = user("a"), id = group("G", R"([")" + a + R"("])");
  EXPECT_EQ(patch("/Groups/" + id, R"([{"op":"Add","path":"members","value":[null]}])").scim_type(), "invalidValue");
  EXPECT_EQ(members_of(id), "a");
  EXPECT_EQ(patch("/Groups/" + id, R"([{"op":"Replace","path":"members","value":null}])").status, 204);
  EXPECT_EQ(members_of(id), "");
}

TEST_F(Clients, entra_sends_roles_as_json_inside_a_string) {
  const std::string id = user("u");
  const Answer answer = patch("/Users/" + id, R"([{"op":"Add","path":"roles","value":[
      {"value":"{\"id\":\"18d14569\",\"value\":\"Admin\",\"displayName\":\"Admin\"}"}]}])");
  ASSERT_EQ(answer.status, 200) << answer.text;
  EXPECT_EQ(answer.at("roles/0/value"), "Admin");
}

TEST_F(Clients, entra_posts_empty_lists_and_its_own_group_schema) {
  EXPECT_EQ(
      post("/Users", R"({"schemas":["urn:ietf:params:scim:schemas:core:2.0:User",")" ENTERPRISE R"("],"userName":"u",
      "active":true,"roles":[],"meta":{"resourceType":"User"}})")
          .status,
      201);
  const Answer made = post("/Groups", R"({"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group",
      "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],
      "externalId":"8aa1","displayName":"G","members":[],"meta":{"resourceType":"Group"}})");
  ASSERT_EQ(made.status, 201) << made.text;
  EXPECT_EQ(made.text.find("microsoft"), std::string::npos);
  EXPECT_EQ(get("/Groups/" + made.at("id")).text.find("microsoft"), std::string::npos);
}

TEST_F(Clients, entra_looks_people_up) {
  user("j young", R"(,"externalId":"jyoung","emails":[{"value":"j@x.example","type":"work"}])");
  for (const std::string filter : {"externalId+eq+jyoung", "externalId+eq+%22jyoung%22", "userName+eq+%22j+young%22",
                                   "emails%5Btype+eq+%22work%22%5D.value+eq+%22j%40x.example%22"}) {
    EXPECT_EQ(get("/Users?aadOptscim062020&filter=" + filter).total(), 1U) << filter;
  }
}

TEST_F(Clients, entra_tests_the_connection_with_a_random_value) {
  for (const std::string target :
       {"/Users?filter=userName+eq+%22c2b3b7f0%22", "/Groups?filter=displayName+eq+%22c2b3b7f0%22"}) {
    const Answer answer = get(target);
    EXPECT_EQ(answer.status, 200) << target;
    EXPECT_EQ(answer.total(), 0U);
    EXPECT_EQ(answer.at("Resources"), "[]");
  }
}

TEST_F(Clients, entra_looks_groups_up_without_members) {
  const std::string a = user("a"), id = group("Sales EU", R"([")" + a + R"("])");
  const Answer found = get("/Groups?excludedAttributes=members&filter=displayName+eq+%22sales+eu%22");
  EXPECT_EQ(found.at("Resources/0/id"), id);
  EXPECT_EQ(found.at("Resources/0/members"), "");
  EXPECT_EQ(get("/Groups?filter=" + encode("id eq \"" + id + "\" and members eq \"" + a + "\"")).total(), 1U);
  EXPECT_EQ(get("/Groups?filter=" + encode("id eq \"" + id + "\" and members eq \"other\"")).total(), 0U);
}

TEST_F(Clients, entra_validator_sends_no_operations) {
  const std::string id = user("u");
  const std::string before = get("/Users/" + id).text;
  EXPECT_EQ(patch("/Users/" + id, "[]").text, before);
  connection_.habits = habits_of(Profile::strict);
  EXPECT_EQ(patch("/Users/" + id, "[]").scim_type(), "invalidSyntax");
}

TEST_F(Clients, entra_validator_compares_values_unmodified) {
  const Answer made =
      post("/Users",
           R"({"userName":"u","phoneNumbers":[{"value":"+49 (0)30-12 34","type":"work"}],"timezone":"Etc/GMT+12"})");
  ASSERT_EQ(made.status, 201) << made.text;
  EXPECT_EQ(made.at("phoneNumbers/0/value"), "+49 (0)30-12 34");
  EXPECT_EQ(made.at("timezone"), "Etc/GMT+12");
}

TEST_F(Clients, entra_changes_a_groups_externalId_and_keeps_its_members) {
  const std::string a = user("a"), id = group("G", R"([")" + a + R"("])");
  EXPECT_EQ(patch("/Groups/" + id, R"([{"op":"Replace","path":"externalId","value":"new"}])").status, 204);
  EXPECT_EQ(members_of(id), "a");
  EXPECT_EQ(get("/Groups/" + id).at("externalId"), "new");
  EXPECT_EQ(patch("/Groups/" + id, R"([{"op":"Replace","value":{"displayName":"H"}}])").status, 204);
  EXPECT_EQ(members_of(id), "a");
  EXPECT_EQ(get("/Groups/" + id).at("displayName"), "H");
  EXPECT_EQ(get("/Groups/" + id).at("externalId"), "new");
}

TEST_F(Clients, entra_changes_a_users_externalId) {
  const std::string id = user("u", R"(,"externalId":"old")");
  EXPECT_EQ(patch("/Users/" + id, R"([{"op":"Replace","path":"externalId","value":"new"}])").at("externalId"), "new");
  EXPECT_EQ(get("/Users?filter=externalId+eq+%22new%22").at("Resources/0/id"), id);
  EXPECT_EQ(get("/Users?filter=externalId+eq+%22old%22").total(), 0U);
}

TEST_F(Clients, okta_puts_everything_back) {
  const std::string id = user("u", R"(,"externalId":"00u1")");
  Json echo = get("/Users/" + id).body;
  echo.object()->set("groups", Array());
  echo.object()->set("title", "T");
  const Answer answer = put("/Users/" + id, write_json(echo));
  ASSERT_EQ(answer.status, 200) << answer.text;
  EXPECT_EQ(answer.at("title"), "T");
  EXPECT_EQ(answer.at("id"), id);
  EXPECT_EQ(answer.at("externalId"), "00u1");
}

TEST_F(Clients, okta_put_without_active_does_not_reactivate) {
  const std::string id = user("u");
  ASSERT_EQ(patch("/Users/" + id, R"([{"op":"replace","value":{"active":false}}])").at("active"), "false");
  EXPECT_EQ(put("/Users/" + id, R"({"userName":"u","title":"T"})").at("active"), "false");
  EXPECT_EQ(put("/Users/" + id, R"({"userName":"u","active":true})").at("active"), "true");
}

TEST_F(Clients, okta_deactivates_and_activates) {
  const std::string id = user("u");
  EXPECT_EQ(patch("/Users/" + id, R"([{"op":"replace","value":{"active":false}}])").at("active"), "false");
  EXPECT_EQ(patch("/Users/" + id, R"([{"op":"replace","value":{"active":true}}])").at("active"), "true");
}

// shows 7643-4.1.1-8
TEST_F(Clients, okta_placeholder_password_is_not_kept) {
  const Answer made = post("/Users", R"({"userName":"u","password":"1mz050nq","active":true})");
  ASSERT_EQ(made.status, 201) << made.text;
  EXPECT_EQ(made.text.find("1mz050nq"), std::string::npos);
  EXPECT_EQ(made.notes, (std::vector<std::string>{"missing-schemas: schemas", "placeholder-password: password"}));
  EXPECT_EQ(get("/Users/" + made.at("id") + "?attributes=password").text.find("1mz050nq"), std::string::npos);
}

TEST_F(Clients, okta_renames_a_group_with_its_id) {
  const std::string a = user("a"), id = group("G", R"([")" + a + R"("])");
  EXPECT_EQ(patch("/Groups/" + id, R"([{"op":"replace","value":{"id":")" + id + R"(","displayName":"N"}}])").status,
            204);
  EXPECT_EQ(get("/Groups/" + id).at("displayName"), "N");
  EXPECT_EQ(members_of(id), "a");
  EXPECT_EQ(patch("/Groups/" + id, R"([{"op":"replace","value":{"id":"other","displayName":"M"}}])").scim_type(),
            "mutability");
}

TEST_F(Clients, okta_member_operations) {
  const std::string a = user("a"), b = user("b"), id = group("G");
  EXPECT_EQ(patch("/Groups/" + id, R"([{"op":"replace","path":"members","value":[]}])").status, 204);
  EXPECT_EQ(
      patch("/Groups/" + id, R"([{"op":"add","path":"members","value":[{"value":")" + a + R"(","display":"a"}]}])")
          .status,
      204);
  EXPECT_EQ(patch("/Groups/" + id, R"([{"op":"remove","path":"members[value eq \")" + a + R"(\"]"},
      {"op":"add","path":"members","value":[{"value":")" +
                                       b + R"("}]}])")
                .status,
            204);
  EXPECT_EQ(members_of(id), "b");
}

TEST_F(Clients, okta_pages_with_integers) {
  user("u");
  const Answer answer = get("/Users?startIndex=1&count=100");
  for (const char* name : {"totalResults", "startIndex", "itemsPerPage"})
    EXPECT_NE(answer.body.find(name)->number(), nullptr) << name;
}

TEST_F(Clients, okta_rehires_by_externalId_or_userName) {
  const std::string id = user("u", R"(,"externalId":"00u1")");
  ASSERT_EQ(patch("/Users/" + id, R"([{"op":"replace","value":{"active":false}}])").status, 200);
  const Answer back = post("/Users", R"({"userName":"u","externalId":"00u1","active":true})");
  ASSERT_EQ(back.status, 201) << back.text;
  EXPECT_EQ(back.at("id"), id);
  EXPECT_EQ(back.at("active"), "true");

  const std::string other = user("v");
  ASSERT_EQ(patch("/Users/" + other, R"([{"op":"replace","value":{"active":false}}])").status, 200);
  const Answer by_name = post("/Users", R"({"userName":"V","active":true})");
  ASSERT_EQ(by_name.status, 201) << by_name.text;
  EXPECT_EQ(by_name.at("id"), other);
  EXPECT_EQ(by_name.at("active"), "true");
}

TEST_F(Clients, okta_clears_with_empty_text) {
  const std::string id = user("u", R"(,"title":"T","name":{"givenName":"G","middleName":"M"})");
  const Answer answer = patch("/Users/" + id, R"([{"op":"replace","value":{"title":"","name":{"middleName":""}}}])");
  EXPECT_EQ(answer.at("title"), "");
  EXPECT_EQ(answer.at("name"), R"({"givenName":"G"})");
}

TEST_F(Clients, onelogin_puts_with_a_legacy_urn) {
  const std::string id = user("u");
  const Answer answer =
      put("/Users/" + id + "?", R"({"schemas":["urn:scim:schemas:core:2.0"],"userName":"u","active":true,
      "name":{"givenName":" Ann"},"urn:scim:schemas:extension:enterprise:1.0":{"department":"IT"}})");
  ASSERT_EQ(answer.status, 200) << answer.text;
  EXPECT_EQ(answer.at("name/givenName"), " Ann");
  EXPECT_EQ(answer.at(ENTERPRISE "/department"), "IT");
  EXPECT_EQ(get("/Users?filter=userName+eq+%22u%22&").total(), 1U);
}

TEST_F(Clients, jumpcloud_activates_with_a_test_user_and_group) {
  const std::string id = user("jumpcloud.test"), group_id = group("JumpCloud Test", R"([")" + id + R"("])");
  EXPECT_EQ(remove("/Users/" + id).status, 204);
  EXPECT_EQ(members_of(group_id), "");
  EXPECT_EQ(remove("/Groups/" + group_id).status, 204);
  EXPECT_EQ(user("jumpcloud.test"), id);
  EXPECT_NE(group("JumpCloud Test"), "");
}

TEST_F(Clients, jumpcloud_adds_members_again) {
  const std::string a = user("a"), id = group("G", R"([")" + a + R"("])");
  const Answer answer = patch("/Groups/" + id, R"([{"op":"add","path":"members","value":[{"value":")" + a + R"("}]}])");
  EXPECT_EQ(answer.status, 204);
  EXPECT_EQ(members_of(id), "a");
}

TEST_F(Clients, authentik_puts_and_creates_again_after_404) {
  EXPECT_EQ(put("/Users/00000000-0000-0000-0000-000000000000", R"({"userName":"u","externalId":"x"})").status, 404);
  const std::string id = user("u", R"(,"externalId":"x")");
  EXPECT_EQ(put("/Users/" + id, R"({"userName":"u","externalId":"x","displayName":"U"})").status, 200);
}

TEST_F(Clients, authentik_patches_one_operation_per_member) {
  std::string operations;
  for (int i = 0; i < 20; ++i) {
    operations += (i == 0 ? "" : ",") +
                  (R"({"op":"add","path":"members","value":[{"value":")" + user("u" + std::to_string(i)) + "\"}]}");
  }
  const std::string id = group("G");
  EXPECT_EQ(patch("/Groups/" + id, "[" + operations + "]").status, 204);
  EXPECT_EQ(get("/Groups/" + id).body.find("members")->array()->size(), 20U);
}

// shows 7643-3.1-7
TEST_F(Clients, keycloak_sends_its_own_id) {
  const Answer made = post("/Users", R"({"id":"5e0c1f3a","userName":"u"})");
  ASSERT_EQ(made.status, 201) << made.text;
  EXPECT_NE(made.at("id"), "5e0c1f3a");
  const std::string a = made.at("id"), b = user("b"), id = group("G", R"([")" + a + R"("])");
  EXPECT_EQ(put("/Groups/" + id, R"({"id":"mine","displayName":"G","members":[{"value":")" + b + R"("}]})").at("id"),
            id);
  EXPECT_EQ(members_of(id), "b");
}

TEST_F(Clients, onelogin_writes_spaces_around_names) {
  const std::string id = user("  bgro0 ");
  EXPECT_EQ(get("/Users/" + id).at("userName"), "bgro0");
  for (const char* asked : {"  bgro0 ", "bgro0", "BGRO0  "})
    EXPECT_EQ(get("/Users?filter=" + encode("userName eq \"" + std::string(asked) + "\"")).at("Resources/0/id"), id)
        << asked;
  EXPECT_EQ(post("/Users", R"({"userName":"bgro0\n"})").scim_type(), "uniqueness");
  EXPECT_EQ(put("/Users/" + id, R"({"userName":" bgro0","displayName":" B"})").status, 200);
  const Answer refused = post("/Users", R"({"userName":"bg\u0007ro"})");
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(refused.scim_type(), "invalidValue");
}

}  // namespace
}  // namespace rosterd::scim
