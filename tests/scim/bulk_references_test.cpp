// "bulkId:NAME" in place of an id, wherever it may stand; creations that refer to each other.
#include <random>

#include "scim/bulk_plan.h"
#include "tests/scim/bulk_fixture.h"

namespace rosterd::scim {
namespace {

class EngineBulkReferences : public BulkService {
 protected:
  // A person whose manager is what `value` says, as JSON.
  static std::string managed(std::string_view name, std::string_view value) {
    return create_user_operation(name, R"(,"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"manager":)" +
                                           std::string(value) + "}");
  }
};

// shows 7644-3.7-13, 7644-3.7.2-1, 7644-3.7.2-2
TEST_F(EngineBulkReferences, EveryForm) {
  const std::string team = group("team"), ada = user("ada");
  const std::string m = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager";
  const auto patch_of = [](const std::string& path, const std::string& operations) {
    return operation("PATCH", path, "", patch_data(operations));
  };
  struct Row {
    const char* what;
    std::string sent;      // beside the creation of N, before or after it
    std::string in_group;  // whose group then has N as its only member, or
    std::string of_user;   // whose manager N then is
  };
  const std::vector<Row> rows = {
      {"member of a new group", create_group_operation("g", {"bulkId:N"}), "g", ""},
      {"plain member", operation("POST", "/Groups", "g", R"({"displayName":"g","members":["bulkId:N"]})"), "g", ""},
      {"member with a URL",
       operation("POST", "/Groups", "g",
                 R"({"displayName":"g","members":[{"value":"bulkId:N","$ref":"../Users/bulkId:N","type":"User"}]})"),
       "g", ""},
      {"member of a group put",
       operation("PUT", "/Groups/" + team, "", R"({"displayName":"team","members":[{"value":"bulkId:N"}]})"), "team",
       ""},
      {"member added", patch_of("/Groups/" + team, R"([{"op":"add","path":"members","value":[{"value":"bulkId:N"}]}])"),
       "team", ""},
      {"one member added",
       patch_of("/Groups/" + team, R"([{"op":"Add","path":"members","value":{"value":"bulkId:N"}}])"), "team", ""},
      {"members replaced without a path",
       patch_of("/Groups/" + team, R"([{"op":"replace","value":{"members":[{"value":"bulkId:N"}]}}])"), "team", ""},
      {"manager", managed("u", R"({"value":"bulkId:N"})"), "", "u"},
      {"manager as text", managed("u", R"("bulkId:N")"), "", "u"},
      {"manager put",
       operation(
           "PUT", "/Users/" + ada, "",
           R"({"userName":"ada","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"manager":{"value":"bulkId:N"}}})"),
       "", "ada"},
      {"manager patched", patch_of("/Users/" + ada, R"([{"op":"replace","path":")" + m + R"(","value":"bulkId:N"}])"),
       "", "ada"},
      {"manager's value patched",
       patch_of("/Users/" + ada, R"([{"op":"replace","path":")" + m + R"(.value","value":"bulkId:N"}])"), "", "ada"},
      {"manager patched without a path",
       patch_of("/Users/" + ada, R"([{"op":"replace","value":{")" + m + R"(":{"value":"bulkId:N"}}}])"), "", "ada"},
  };
  for (const bool forward : {false, true}) {
    for (const Row& row : rows) {
      const std::string creation = create_user_operation("N");
      const Answer answer = forward ? bulk({row.sent, creation}) : bulk({creation, row.sent});
      ASSERT_EQ(answer.status, 200);
      ASSERT_EQ(answer.text.find("\"status\":\"4"), std::string::npos) << row.what << answer.text;
      const std::string id = id_of("N");
      EXPECT_EQ(id_at(answer, forward ? 1 : 0), id) << "the answers stand in the order of the request";
      EXPECT_EQ(row.in_group.empty() ? manager(row.of_user) : members(row.in_group), row.in_group.empty() ? id : "N")
          << row.what;
      for (const char* name : {"g", "u", "N"}) {
        const std::string made = id_of(name);
        if (!made.empty()) remove((name == std::string("g") ? "/Groups/" : "/Users/") + made);
      }
      put("/Groups/" + team, R"({"displayName":"team","members":[]})");
      put("/Users/" + ada, R"({"userName":"ada"})");
    }
  }
}

TEST_F(EngineBulkReferences, InPathsAndTheirFilters) {
  const auto members_patch = [](const std::string& path) {
    return patch_data(R"([{"op":"remove","path":)" + write_json(path) + "}]");
  };
  const Answer answer = bulk(
      {operation("PATCH", "/Groups/bulkId:g", "", members_patch(R"(members[value eq "bulkId:a"])")),  // both come later
       operation("PATCH", "/Groups/bulkId%3Ag", "",
                 members_patch(R"(members[value eq "bulkId:b" or value eq "bulkId:\u0063"])")),
       operation("PUT", "/Users/bulkId:d", "", R"({"userName":"d","title":"put"})"),
       create_group_operation("g", {"bulkId:a", "bulkId:b", "bulkId:c", "bulkId:d"}), create_user_operation("a"),
       create_user_operation("b"), create_user_operation("c"), create_user_operation("d"), create_user_operation("e"),
       operation("DELETE", "/Users/bulkId:e")});
  EXPECT_EQ(statuses(answer), "204 204 200 201 201 201 201 201 201 204") << answer.text;
  EXPECT_EQ(members("g"), "d");
  EXPECT_EQ(get("/Users/" + id_of("d")).at("title"), "put");
  EXPECT_EQ(of(answer, 0, "location"), "https://x.example/scim/v2/Groups/" + id_of("g"));
  EXPECT_EQ(id_of("e"), "");
}

TEST_F(EngineBulkReferences, TextsAreNoReferences) {
  const std::string sent =
      R"({"userName":"bulkId:x","displayName":"bulkId:y","name":{"givenName":"bulkId:z"},"title":"see bulkId:t"})";
  const Answer answer =
      bulk({operation("POST", "/Users", "u", sent),
            operation("POST", "/Groups", "g", R"({"displayName":"bulkId:u","externalId":"bulkId:u"})")});
  ASSERT_EQ(statuses(answer), "201 201") << answer.text;
  const Answer read = get("/Users/" + id_at(answer, 0));
  EXPECT_EQ(read.at("userName") + read.at("displayName") + read.at("name/givenName") + read.at("title"),
            "bulkId:xbulkId:ybulkId:zsee bulkId:t");
  EXPECT_EQ(get("/Groups/" + id_at(answer, 1)).at("displayName"), "bulkId:u");
}

TEST_F(EngineBulkReferences, OfWhatIsNotCreated) {
  const std::string team = group("team"), ada = user("ada");
  const std::string add = patch_data(R"([{"op":"add","path":"members","value":[{"value":"bulkId:ada"}]}])");
  const Answer answer = bulk({create_group_operation("nobody's", {"bulkId:nobody"}),
                              create_user_operation("ada"),                    // taken
                              operation("PATCH", "/Groups/" + team, "", add),  // so this adds nobody
                              create_group_operation("of ada", {"bulkId:ada", ada}),
                              operation("PATCH", "/Groups/bulkId:of ada", "", patch_data("[]")),  // and so on
                              operation("DELETE", "/Users/bulkId:nobody"),
                              operation("PATCH", "/Groups/" + team, "team", patch_data("[]")),
                              operation("DELETE", "/Groups/bulkId:team"),  // names no creation
                              create_user_operation("fine")});
  EXPECT_EQ(statuses(answer), "409 409 409 409 409 409 204 409 201") << answer.text;
  for (const std::size_t i : {0U, 2U, 3U, 4U, 5U, 7U})
    EXPECT_EQ(of(answer, i, "response/scimType"), "invalidValue") << i;
  EXPECT_EQ(of(answer, 0, "response/detail"), "no operation of this request creates bulkId:nobody");
  EXPECT_EQ(of(answer, 2, "response/detail"), "bulkId:ada was not created, operation 2 was refused");
  EXPECT_EQ(of(answer, 4, "response/detail"), "bulkId:of ada was not created, operation 4 was refused");
  EXPECT_EQ(of(answer, 4, "location"), "https://x.example/scim/v2/Groups/bulkId:of%20ada");
  EXPECT_EQ(members("team"), "");
  EXPECT_EQ(get("/Groups").total(), 1U);
  EXPECT_EQ(get("/Users").total(), 2U);
}

// shows 7644-3.7.1-1
TEST_F(EngineBulkReferences, Circles) {
  const auto named = [&](std::string_view user) { return manager(user); };
  // The example of RFC 7644 section 3.7.1.
  EXPECT_EQ(statuses(bulk({create_group_operation("Group A", {"bulkId:Group B"}),
                           create_group_operation("Group B", {"bulkId:Group A"})})),
            "201 201");
  EXPECT_EQ(members("Group A") + members("Group B"), "Group BGroup A");
  // Three, and somebody beside them; what stands between them waits for nothing.
  const Answer three = bulk({create_group_operation("1", {"bulkId:2", "bulkId:ann"}), create_user_operation("between"),
                             create_group_operation("2", {"bulkId:3"}),
                             create_group_operation("3", {"bulkId:1", "bulkId:2"}), create_user_operation("ann")});
  EXPECT_EQ(statuses(three), "201 201 201 201 201");
  EXPECT_EQ(members("1") + " " + members("2") + " " + members("3"), "2,ann 3 1,2");
  for (const std::size_t i : {0U, 2U, 3U})
    EXPECT_EQ(of(three, i, "version"), get("/Groups/" + id_at(three, i)).header("ETag"));
  // People who manage each other, and themselves.
  EXPECT_EQ(statuses(bulk({managed("x", R"({"value":"bulkId:y"})"), managed("y", R"("bulkId:x")"),
                           managed("self", R"({"value":"bulkId:self"})")})),
            "201 201 201");
  EXPECT_EQ(named("x") + named("y") + named("self"), id_of("y") + id_of("x") + id_of("self"));
  // Two circles in one request, one of them with a reference out of it.
  EXPECT_EQ(statuses(bulk({create_group_operation("p", {"bulkId:q"}), create_group_operation("r", {"bulkId:s"}),
                           create_group_operation("q", {"bulkId:p", "bulkId:r"}),
                           create_group_operation("s", {"bulkId:r"})})),
            "201 201 201 201");
  EXPECT_EQ(members("q") + members("p") + members("r") + members("s"), "p,rqsr");
}

TEST_F(EngineBulkReferences, ACircleIsMadeAsAWholeOrNotAtAll) {
  user("taken");
  const std::string before = get("/Users?count=200").text + get("/Groups").text;
  const std::string a = create_group_operation("a", {"bulkId:b"});
  struct Row {
    const char* what;
    std::vector<std::string> sent;
    std::string expected;
    std::size_t at_fault;
  };
  const std::vector<Row> rows = {
      {"the last one", {a, create_group_operation("b", {"bulkId:a", "nobody"})}, "409 400", 1},
      {"the first one", {create_group_operation("b", {"bulkId:a", "nobody"}), a}, "400 409", 0},
      {"what it refers to",
       {managed("u", R"({"value":"bulkId:u"})"), create_group_operation("b", {"bulkId:b", "bulkId:c"}),
        operation("POST", "/Groups", "c",
                  R"({"displayName":"c","members":[{"value":"bulkId:b"},{"value":"bulkId:nobody"}]})")},
       "201 409 409",
       2},
      {"a name that is taken",
       {managed("u", R"({"value":"bulkId:v"})"),
        operation(
            "POST", "/Users", "v",
            R"({"userName":"taken","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"manager":{"value":"bulkId:u"}}})")},
       "409 409",
       1},
      {"what depends on it",
       {a, create_group_operation("b", {"bulkId:a", "nobody"}), operation("DELETE", "/Groups/bulkId:a")},
       "409 400 409",
       1},
      {"of itself", {create_group_operation("s", {"bulkId:s", "nobody"})}, "400", 0},
  };
  for (const Row& row : rows) {
    const Answer answer = bulk(row.sent);
    ASSERT_EQ(statuses(answer), row.expected) << row.what << answer.text;
    const std::string number = "operation " + std::to_string(row.at_fault + 1) + " of the same circle";
    std::size_t told = 0;
    for (std::size_t i = 0; i < row.sent.size(); ++i)
      told += of(answer, i, "response/detail").find(number) != std::string::npos ? 1 : 0;
    EXPECT_EQ(told, row.sent.size() == 1 ? 0U : 1U) << row.what << answer.text;
    for (const char* name : {"a", "b", "c", "s", "v"}) EXPECT_EQ(id_of(name), "") << row.what;
    if (!id_of("u").empty()) remove("/Users/" + id_of("u"));
    EXPECT_EQ(get("/Users?count=200").text + get("/Groups").text, before) << row.what;
  }
}

TEST_F(EngineBulkReferences, CirclesHaveALimit) {
  const auto circle = [](const std::string& prefix, std::size_t size) {
    std::vector<std::string> all;
    for (std::size_t i = 0; i < size; ++i)
      all.push_back(
          create_group_operation(prefix + std::to_string(i), {"bulkId:" + prefix + std::to_string((i + 1) % size)}));
    return all;
  };
  EXPECT_EQ(bulk(circle("ok", 100)).text.find("\"status\":\"4"), std::string::npos);
  EXPECT_EQ(get("/Groups").total(), 100U);
  const Answer refused = bulk(circle("no", 101));
  EXPECT_EQ(refused.text.find("\"status\":\"2"), std::string::npos);
  EXPECT_EQ(of(refused, 100, "response/detail"), "more than 100 creations refer to each other in a circle");
  EXPECT_EQ(get("/Groups").total(), 100U);
}

// Whatever refers to whatever: everything is done once, after what it needs, and as early as the request has it.
TEST(BulkPlan, OrderOfRandomRequests) {
  std::mt19937 random(7);
  for (int round = 0; round < 2'000; ++round) {
    const std::size_t count = 1 + random() % 9;
    std::vector<BulkOperation> operations(count);
    for (std::size_t i = 0; i < count; ++i) {
      operations[i].method = random() % 3 == 0 ? "PATCH" : "POST";
      operations[i].segments = {"Groups", std::to_string(random() % 2)};
    }
    for (BulkOperation& operation : operations) {
      for (std::size_t other = 0; other < count; ++other) {
        if (operations[other].method == "POST" && random() % 5 == 0) operation.needs.push_back(other);
      }
    }
    // Who reaches whom, by brute force.
    std::vector<std::vector<bool>> reaches(count, std::vector<bool>(count));
    for (std::size_t i = 0; i < count; ++i)
      for (const std::size_t needed : operations[i].needs) reaches[i][needed] = true;
    for (std::size_t k = 0; k < count; ++k)
      for (std::size_t i = 0; i < count; ++i)
        for (std::size_t j = 0; j < count; ++j) reaches[i][j] = reaches[i][j] || (reaches[i][k] && reaches[k][j]);
    const auto plan = plan_bulk(operations);
    std::vector<std::size_t> place(count, count);
    for (std::size_t step = 0; step < plan.size(); ++step) {
      for (const std::size_t one : plan[step].operations) {
        EXPECT_EQ(place[one], count) << "twice";
        place[one] = step;
      }
    }
    for (std::size_t i = 0; i < count; ++i) {
      ASSERT_LT(place[i], plan.size()) << "lost";
      EXPECT_EQ(plan[place[i]].circle, reaches[i][i]);
      for (std::size_t j = 0; j < count; ++j) {
        EXPECT_TRUE(i == j || (place[i] == place[j]) == (reaches[i][j] && reaches[j][i]));
        EXPECT_TRUE(!reaches[i][j] || place[j] <= place[i]);
        const bool same = operations[i].method == "PATCH" && operations[j].method == "PATCH" &&
                          operations[i].segments == operations[j].segments;
        EXPECT_TRUE(!same || i >= j || place[i] < place[j]);
      }
    }
  }
}

TEST(BulkPlan, LongChainsNeitherOverflowNorTakeLong) {
  constexpr std::size_t kMany = 100'000;
  std::vector<BulkOperation> operations(kMany);
  for (std::size_t i = 0; i < kMany; ++i) {
    operations[i].method = "POST";
    if (i + 1 < kMany) operations[i].needs = {i + 1};
  }
  auto plan = plan_bulk(operations);
  ASSERT_EQ(plan.size(), kMany);
  EXPECT_EQ(plan.front().operations.front(), kMany - 1);
  operations.back().needs = {0};
  plan = plan_bulk(operations);
  ASSERT_EQ(plan.size(), 1U);
  EXPECT_TRUE(plan[0].circle);
  EXPECT_EQ(plan[0].operations.size(), kMany);
}

}  // namespace
}  // namespace rosterd::scim
