// RFC 7644 section 3.7: each operation as it would be alone, or nothing left of it.
#include <algorithm>

#include "store/audit.h"
#include "tests/scim/bulk_fixture.h"

namespace rosterd::scim {

std::string BulkService::everything() {
  const auto trail = store_->read([](const store::View& view) {
    const auto rows = store::list_audit(view, {.limit = 1});
    return rows.empty() ? std::int64_t{0} : rows[0].sequence;
  });
  return get("/Users?count=200&attributes=userName,groups,meta,active").text + get("/Groups?count=200").text +
         std::to_string(trail);
}

namespace {

class EngineBulk : public BulkService {};

// shows 7644-3.7-6, 7644-3.7-9, 7644-3.7-12, 7644-3.7.3-1, 7644-3.7.3-2
TEST_F(EngineBulk, EveryMethodOnEveryType) {
  const std::string ada = user("ada"), eve = user("eve"), old = group("old"), gone = group("gone");
  const Answer answer = bulk({
      create_user_operation("new"),
      operation("PUT", "/Users/" + ada, "", R"({"userName":"ada","title":"put"})"),
      operation("PATCH", "/Users/" + ada, "p", patch_data(R"([{"op":"Add","path":"nickName","value":"A"}])")),
      operation("DELETE", "/Users/" + eve),
      create_group_operation("made", {ada}),
      operation("PUT", "/Groups/" + old, "", R"({"displayName":"older","members":[]})"),
      operation("PATCH", "/Groups/" + old, "",
                patch_data(R"([{"op":"add","path":"members","value":[{"value":")" + ada + R"("}]}])")),
      operation("DELETE", "/Groups/" + gone),
  });
  ASSERT_EQ(statuses(answer), "201 200 200 204 201 200 204 204") << answer.text;
  EXPECT_EQ(answer.at("schemas/0"), "urn:ietf:params:scim:api:messages:2.0:BulkResponse");
  const std::string base = "https://x.example/scim/v2";
  const std::vector<std::string> locations = {
      "/Users/" + id_of("new"),   "/Users/" + ada,  "/Users/" + ada,  "/Users/" + eve,
      "/Groups/" + id_of("made"), "/Groups/" + old, "/Groups/" + old, "/Groups/" + gone};
  for (std::size_t i = 0; i < locations.size(); ++i) EXPECT_EQ(of(answer, i, "location"), base + locations[i]) << i;
  EXPECT_EQ(of(answer, 0, "method"), "POST");
  EXPECT_EQ(of(answer, 0, "bulkId"), "new");
  EXPECT_EQ(of(answer, 2, "bulkId"), "p");
  EXPECT_EQ(of(answer, 1, "bulkId"), "");
  EXPECT_EQ(of(answer, 0, "response"), "") << "what went well needs no body";
  for (const std::size_t i : {0U, 2U, 4U, 6U}) {
    const std::string path = of(answer, i, "location").substr(base.size());
    EXPECT_EQ(of(answer, i, "version"), get(path).header("ETag")) << i;
  }
  EXPECT_EQ(get("/Users/" + ada).at("title") + get("/Users/" + ada).at("nickName"), "putA");
  EXPECT_EQ(get("/Users/" + eve).status, 404);
  EXPECT_EQ(members("made") + members("older"), "adaada");
  EXPECT_EQ(get("/Groups/" + gone).status, 404);
}

// Habits of clients are met as they are alone.
TEST_F(EngineBulk, HabitsAndSpellings) {
  const std::string ada = user("ada");
  const std::string base = "https://x.example/scim/v2";
  const std::vector<std::pair<std::string, std::string>> rows = {
      {operation("PATCH", "/Users/" + ada, "", patch_data(R"([{"op":"Replace","path":"active","value":"False"}])")),
       "200"},
      {operation("PATCH", "/Users/" + ada, "", R"([{"op":"add","path":"nickName","value":"as in the RFC's example"}])"),
       "200"},
      {operation("patch", base + "/users/" + ada + "?aadOptscim062020", "", patch_data("[]")), "200"},
      {operation("PATCH", "Users//" + ada + "/", "", patch_data("[]")), "200"},
      {R"({"METHOD":"DELETE","Path":"/Users/)" + ada + R"(","data":null,"bulkId":null,"version":null})", "204"},
      {create_user_operation("p", R"(,"password":"secret","unknown":1)"), "201"},
  };
  for (const auto& [sent, expected] : rows) EXPECT_EQ(statuses(bulk({sent})), expected) << sent;
  EXPECT_EQ(statuses(bulk(std::vector<std::string>{create_user_operation("z")}, R"(,"failOnErrors":"0")")), "201");
}

// shows 7644-3.7-1, 7644-3.7-10
TEST_F(EngineBulk, AnEnvelopeThatNoAnswerFitsIsRefusedWhole) {
  const std::string before = everything();
  const std::string a = create_user_operation("a");
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"", "no JSON"},
      {"[]", "Operations is required"},
      {"{}", "Operations is required"},
      {R"({"Operations":{}})", "Operations is required"},
      {R"({"Operations":[]})", "Operations is required"},
      {R"({"Operations":[)" + a + ",7]}", "operation 2 is no object"},
      {R"({"Operations":[)" + a + "," + a + "]}", "bulkId a names two operations"},
      {R"({"Operations":[)" + a + "," + operation("DELETE", "/Users/x", "a") + "]}", "bulkId a names two operations"},
      {R"({"failOnErrors":-1,"Operations":[)" + a + "]}", "failOnErrors must be"},
      {R"({"failOnErrors":1.5,"Operations":[)" + a + "]}", "failOnErrors must be"},
      {R"({"failOnErrors":"many","Operations":[)" + a + "]}", "failOnErrors must be"},
  };
  for (const auto& [body, detail] : rows) {
    const Answer answer = post("/Bulk", body);
    EXPECT_EQ(answer.status, 400) << body;
    EXPECT_EQ(answer.scim_type(), "invalidSyntax") << body;
    EXPECT_NE(answer.at("detail").find(detail), std::string::npos) << answer.text;
  }
  EXPECT_EQ(everything(), before);
}

// shows 7644-3.7-2, 7644-3.7-3, 7644-3.7-4, 7644-3.7-5, 7644-3.7-7, 7644-3.7-8, 7644-3.7-11, 7644-3.7.3-3, 7644-3.7.3-4
TEST_F(EngineBulk, WhatIsWrongWithOneOperationIsItsOwn) {
  const std::string ada = user("ada"), team = group("team");
  const std::string before = everything();
  struct Row {
    std::string sent, status, scim_type, detail;
  };
  const std::vector<Row> rows = {
      {operation("GET", "/Users"), "400", "invalidSyntax", "method must be"},
      {R"({"path":"/Users"})", "400", "invalidSyntax", "method must be"},
      {R"({"method":7,"path":"/Users"})", "400", "invalidSyntax", "method must be"},
      {R"({"method":"POST","bulkId":"x","data":{}})", "400", "invalidSyntax", "path is required"},
      {operation("POST", "/", "x", "{}"), "400", "invalidSyntax", "the path names no resource"},
      {operation("DELETE", "/Users/%zz"), "400", "invalidSyntax", "percent sign"},
      {operation("DELETE", "/Users/" + std::string(3000, 'x')), "400", "invalidSyntax", "too long"},
      {operation("POST", "/Users", "", R"({"userName":"x"})"), "400", "invalidSyntax", "bulkId is required"},
      {R"({"method":"POST","path":"/Users","bulkId":7,"data":{"userName":"x"}})", "400", "invalidSyntax",
       "bulkId must"},
      {operation("POST", "/Users", "x"), "400", "invalidSyntax", "data is required"},
      {operation("PUT", "/Users/" + ada, "", "[]"), "400", "invalidSyntax", "data is required"},
      {R"({"method":"DELETE","version":3,"path":"/Users/)" + ada + "\"}", "400", "invalidSyntax", "version must"},
      {operation("POST", "/Users", "x", "{}"), "400", "invalidValue", "userName"},
      {create_user_operation("ada"), "409", "uniqueness", "userName"},
      {operation("POST", "/Users/" + ada, "x", "{}"), "405", "", "GET, HEAD, PUT, PATCH, DELETE"},
      {operation("DELETE", "/Users"), "405", "", "POST"},
      {operation("POST", "/Rolls", "x", "{}"), "404", "", "no such endpoint"},
      {operation("DELETE", "/Users/nobody"), "404", "", "no user nobody"},
      {operation("DELETE", "/Groups/" + ada), "404", "", "no group"},
      {operation("POST", "/Bulk", "x", R"({"Operations":[]})"), "400", "invalidValue", "this endpoint does not"},
      {operation("POST", "/Users/.search", "x", "{}"), "400", "invalidValue", "this endpoint does not"},
      {operation("PATCH", "/Users/" + ada, "", patch_data(R"([{"op":"add","path":"shoes","value":1}])")), "400",
       "invalidPath", "shoes"},
      {operation(
           "PATCH", "/Groups/" + team, "",
           patch_data(
               R"([{"op":"replace","path":"displayName","value":"x"},{"op":"add","path":"members","value":[{"value":"nobody"}]}])")),
       "400", "invalidValue", "nobody"},
      {create_group_operation("half", {ada, "nobody"}), "400", "invalidValue", "nobody"},
  };
  for (const Row& row : rows) {
    const Answer answer = bulk({row.sent});
    ASSERT_EQ(statuses(answer), row.status) << row.sent << answer.text;
    EXPECT_EQ(of(answer, 0, "response/scimType"), row.scim_type) << row.sent;
    EXPECT_EQ(of(answer, 0, "response/status"), row.status);
    EXPECT_EQ(of(answer, 0, "response/schemas/0"), kErrorSchema);
    EXPECT_NE(of(answer, 0, "response/detail").find(row.detail), std::string::npos) << answer.text;
    const bool has_place = row.sent.find("\"POST\"") == std::string::npos && row.status != "400";
    EXPECT_TRUE(!has_place || of(answer, 0, "location").starts_with("https://x.example/scim/v2/")) << answer.text;
    EXPECT_TRUE(row.sent.find("\"POST\"") == std::string::npos || of(answer, 0, "location").empty()) << answer.text;
    EXPECT_EQ(everything(), before) << row.sent;
  }
  // Between operations that are done, nothing of it is left either.
  std::vector<std::string> mixed;
  std::string expected;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].sent.find("\"bulkId\":\"x\"") == std::string::npos) {
      mixed.push_back(rows[i].sent);
      expected += rows[i].status + " ";
    }
    mixed.push_back(create_user_operation("u" + std::to_string(i)));
    expected += "201 ";
  }
  EXPECT_EQ(statuses(bulk(mixed)) + " ", expected);
  EXPECT_EQ(get("/Users").total(), 1 + rows.size());
  EXPECT_EQ(get("/Groups").total(), 1U);
  EXPECT_EQ(get("/Groups/" + team).at("displayName"), "team");
}

TEST_F(EngineBulk, FailOnErrorsStopsThere) {
  user("taken");
  const std::vector<std::pair<std::string, std::string>> rows = {{"", "201 409 201 409 201"},
                                                                 {R"(,"failOnErrors":0)", "201 409 201 409 201"},
                                                                 {R"(,"failOnErrors":1)", "201 409"},
                                                                 {R"(,"failOnErrors":2)", "201 409 201 409"},
                                                                 {R"(,"failOnErrors":3)", "201 409 201 409 201"}};
  for (const auto& [more, expected] : rows) {
    const std::size_t before = get("/Users").total();
    std::vector<std::string> operations;
    for (int i = 0; i < 5; ++i) {
      const std::string name = i % 2 == 1 ? "taken" : std::to_string(before) + "." + std::to_string(i);
      operations.push_back(operation("POST", "/Users", std::to_string(i), R"({"userName":")" + name + "\"}"));
    }
    EXPECT_EQ(statuses(bulk(operations, more)), expected) << more;
    const auto made = static_cast<std::size_t>(std::count(expected.begin(), expected.end(), '2'));
    EXPECT_EQ(get("/Users").total(), before + made) << more;
  }
  // At each place.
  for (std::size_t place = 0; place < 4; ++place) {
    std::vector<std::string> operations;
    std::string expected;
    for (std::size_t i = 0; i < 4; ++i) {
      operations.push_back(
          i == place ? operation("DELETE", "/Users/nobody")
                     : operation("DELETE", "/Users/" + user("d" + std::to_string(place) + std::to_string(i))));
      if (i <= place) expected += i == place ? "404" : "204 ";
    }
    EXPECT_EQ(statuses(bulk(operations, R"(,"failOnErrors":1)")), expected);
  }
  // Every member of a circle that fails is an error.
  EXPECT_EQ(statuses(bulk({create_group_operation("c1", {"bulkId:c2"}),
                           create_group_operation("c2", {"bulkId:c1", "nobody"}), create_user_operation("after")},
                          R"(,"failOnErrors":2)")),
            "409 400");
}

TEST_F(EngineBulk, VersionsAreThoseOfEachOperation) {
  const std::string ada = user("ada"), team = group("team");
  const std::string version = get("/Users/" + ada).header("ETag"), of_team = get("/Groups/" + team).header("ETag");
  const std::string change = patch_data(R"([{"op":"replace","path":"title","value":"x"}])");
  Request header;
  header.if_match = "W/\"77\"";  // says nothing about the operations
  const Answer answer = send("POST", "/Bulk",
                             R"({"Operations":[)" + operation("PATCH", "/Users/" + ada, "", change, version) + "," +
                                 operation("PATCH", "/Users/" + ada, "", change, version) + "," +
                                 operation("DELETE", "/Groups/" + team, "", "", "W/\"99\"") + "," +
                                 operation("PUT", "/Groups/" + team, "", R"({"displayName":"renamed"})", of_team) +
                                 "," + operation("DELETE", "/Users/" + ada, "", "", "*") + "]}",
                             header);
  EXPECT_EQ(statuses(answer), "200 412 412 200 204") << answer.text;
  EXPECT_NE(of(answer, 0, "version"), version);
  EXPECT_EQ(of(answer, 1, "version"), "");
  EXPECT_EQ(of(answer, 1, "location"), "https://x.example/scim/v2/Users/" + ada);
  connection_.require_version = true;
  const Answer demanded =
      bulk({operation("PUT", "/Groups/" + team, "", R"({"displayName":"t"})"),
            operation("PUT", "/Groups/" + team, "", R"({"displayName":"t"})", of(answer, 3, "version")),
            create_group_operation("c1", {"bulkId:c2"}), create_group_operation("c2", {"bulkId:c1"})});
  EXPECT_EQ(statuses(demanded), "428 200 201 201") << demanded.text;
  for (const std::size_t i : {1U, 2U, 3U})
    EXPECT_EQ(of(demanded, i, "version"), get("/Groups/" + id_at(demanded, i)).header("ETag"));
}

TEST_F(EngineBulk, RightsAreThoseOfEachOperation) {
  const std::string ada = user("ada"), team = group("team");
  const std::vector<std::string> operations = {create_user_operation("new"), operation("DELETE", "/Users/" + ada),
                                               create_group_operation("new group", {"bulkId:new"}),
                                               operation("DELETE", "/Groups/" + team)};
  connection_.rights = Rights::read;
  const Answer refused = bulk(operations);
  EXPECT_EQ(statuses(refused), "403 403 409 403") << refused.text;
  connection_.rights = Rights::users;
  EXPECT_EQ(statuses(bulk(operations)), "201 204 403 403");
  connection_.rights = Rights::none;
  EXPECT_EQ(bulk(operations).status, 401);
  connection_.rights = Rights::full;
  EXPECT_EQ(get("/Users").total() + get("/Groups").total(), 2U);
}

// shows 7644-3.7.4-1, 7644-3.7.4-2, 7644-3.7.4-3
TEST_F(EngineBulk, LimitsAreNamedAndHold) {
  limits_.bulk_operations = 3;
  limits_.body.max_bytes = 600;
  const Answer config = get("/ServiceProviderConfig");
  EXPECT_EQ(config.at("bulk/supported") + config.at("bulk/maxOperations") + config.at("bulk/maxPayloadSize"),
            "true3600");
  const auto four = bulk(
      {create_user_operation("a"), create_user_operation("b"), create_user_operation("c"), create_user_operation("d")});
  EXPECT_EQ(four.status, 413);
  EXPECT_NE(four.at("detail").find("maxOperations (3)"), std::string::npos);
  const auto large = bulk({create_user_operation("a", R"(,"title":")" + std::string(600, 'x') + "\"")});
  EXPECT_EQ(large.status, 413);
  EXPECT_NE(large.at("detail").find("maxPayloadSize (600"), std::string::npos);
  EXPECT_EQ(get("/Users").total(), 0U);
  EXPECT_EQ(statuses(bulk({create_user_operation("a"), create_user_operation("b"), create_user_operation("c")})),
            "201 201 201");
  Request wrong;
  wrong.content_type = "text/plain";
  EXPECT_EQ(send("POST", "/Bulk", "{}", wrong).status, 415);
  EXPECT_EQ(get("/Bulk").status, 405);
}

TEST_F(EngineBulk, ManyPatchesOfOneGroupsMembers) {
  std::vector<std::string> ids, operations;
  const std::string team = group("team");
  for (int i = 0; i < 60; ++i) ids.push_back(user("u" + std::to_string(i)));
  for (const std::string& id : ids)
    operations.push_back(
        operation("PATCH", "/Groups/" + team, "",
                  patch_data(R"([{"op":"add","path":"members","value":[{"value":")" + id + R"("}]}])")));
  for (std::size_t i = 0; i < ids.size(); i += 2)
    operations.push_back(
        operation("PATCH", "/Groups/" + team, "",
                  patch_data(R"([{"op":"remove","path":"members[value eq \")" + ids[i] + R"(\"]"}])")));
  const auto before = store_->commits();
  const Answer answer = bulk(operations);
  EXPECT_EQ(answer.text.find("\"status\":\"4"), std::string::npos) << answer.text;
  EXPECT_LT(store_->commits() - before, operations.size() / 2);
  EXPECT_EQ(get("/Groups/" + team).body.find("members")->array()->size(), ids.size() / 2);
  const std::string now = everything();
  EXPECT_EQ(statuses(bulk(operations)), statuses(answer));
  EXPECT_EQ(get("/Groups/" + team).body.find("members")->array()->size(), ids.size() / 2);
}

TEST_F(EngineBulk, ASecondRunChangesNothing) {
  const std::string ada = user("ada"), team = group("team");
  const std::vector<std::string> operations = {
      operation("PUT", "/Users/" + ada, "", R"({"userName":"ada","title":"t"})"),
      operation("PATCH", "/Users/" + ada, "", patch_data(R"([{"op":"replace","path":"nickName","value":"n"}])")),
      operation("PUT", "/Groups/" + team, "", R"({"displayName":"team","members":[{"value":")" + ada + R"("}]})"),
      operation("PUT", "/Users/" + ada, "", R"({"userName":"ada","title":"t","nickName":"n"})")};
  EXPECT_EQ(statuses(bulk(operations)), "200 200 200 200");
  const std::vector<std::string> again = {operations[3], operations[1], operations[2]};
  const std::string before = everything();
  EXPECT_EQ(statuses(bulk(again)), "200 200 200");
  EXPECT_EQ(everything(), before);
}

}  // namespace
}  // namespace rosterd::scim
