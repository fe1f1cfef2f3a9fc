// How a Bulk request uses the one writer: few commits, short units, nothing half done when the store fails.
#include <atomic>
#include <chrono>
#include <future>
#include <thread>

#include "store/audit.h"
#include "store/sources.h"
#include "store/sqlite/connection.h"
#include "tests/scim/bulk_fixture.h"

namespace rosterd::scim {
namespace {

using namespace std::chrono_literals;

class EngineBulkUnits : public BulkService {
 protected:
  static std::vector<std::string> creations(std::size_t count, const std::string& prefix, std::string_view more = "") {
    std::vector<std::string> all;
    for (std::size_t i = 0; i < count; ++i) all.push_back(create_user_operation(prefix + std::to_string(i), more));
    return all;
  }
  static std::size_t times(const std::string& text, const std::string& part) {
    std::size_t count = 0;
    for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; ++at) ++count;
    return count;
  }
  std::int64_t number(std::string_view select) {
    return store_->read([&](const store::View& view) {
      auto row = view.db().prepare(select);
      row.step();
      return row.integer(0);
    });
  }
  void sql(std::string_view text) {
    store_->write({store::kLocal, "test"}, [&](store::Unit& unit) { unit.db().execute(text); });
  }
};

TEST_F(EngineBulkUnits, AThousandCreationsShareFewCommits) {
  auto operations = creations(1'000, "u");
  std::vector<std::string> everybody;
  for (int i = 0; i < 1'000; ++i) everybody.push_back("bulkId:u" + std::to_string(i));
  operations.push_back(create_group_operation("all", everybody));
  const auto before = store_->commits();
  const Answer answer = bulk(operations);
  const auto used = store_->commits() - before;
  EXPECT_EQ(times(answer.text, R"("status":"201")"), 1'001U);
  EXPECT_LT(used, 250U);
  RecordProperty("commits", static_cast<int>(used));
  EXPECT_EQ(get("/Users").total(), 1'000U);
  EXPECT_EQ(get("/Groups/" + id_of("all")).body.find("members")->array()->size(), 1'000U);
  EXPECT_EQ(number("SELECT COUNT(*) FROM audit WHERE action = 'user.create'"), 1'000);
}

TEST_F(EngineBulkUnits, OthersPassBetween) {
  std::atomic<bool> done{false};
  int passed = 0;
  std::thread other([&] {
    for (int i = 0; !done; ++i) {
      EXPECT_EQ(post("/Users", R"({"userName":"single)" + std::to_string(i) + "\"}").status, 201);
      if (!done) ++passed;
    }
  });
  const Answer answer = bulk(creations(4'000, "u"));
  done = true;
  other.join();
  EXPECT_EQ(times(answer.text, R"("status":"201")"), 4'000U);
  EXPECT_GE(passed, 2);
}

TEST_F(EngineBulkUnits, AUnitThatRunsAgainChangesNothingTwice) {
  const auto deadline = std::chrono::steady_clock::now() + 60s;
  bool ran_again = false;
  std::size_t rounds = 0;
  for (; !ran_again && std::chrono::steady_clock::now() < deadline; ++rounds) {
    std::promise<void> open, entered;
    std::atomic<bool> first{true};
    std::thread holder([&, until = open.get_future().share()] {
      store_->write({store::kLocal, "holder"}, [&](store::Unit&) {
        if (first.exchange(false)) entered.set_value();
        until.wait();
      });
    });
    entered.get_future().wait();
    const std::string name = std::to_string(rounds);
    auto answer = std::async(std::launch::async, [&] {
      return bulk({create_user_operation("a" + name), create_user_operation("taken0"),
                   create_group_operation("c" + name, {"bulkId:d" + name, "bulkId:a" + name}),
                   create_group_operation("d" + name, {"bulkId:c" + name})});
    });
    // Units that fail after they have written: everybody in their commit runs again.
    std::atomic<int> runs{0};
    std::vector<std::thread> failing;
    for (int i = 0; i < 3; ++i)
      failing.emplace_back([&] {
        EXPECT_THROW(store_->write({store::kLocal, "failing"},
                                   [&](store::Unit& unit) {
                                     ++runs;
                                     store::audit(unit, "test", "undone");
                                     throw std::runtime_error("failing");
                                   }),
                     std::runtime_error);
      });
    open.set_value();
    for (std::thread& thread : failing) thread.join();
    holder.join();
    ran_again = runs > 3;
    EXPECT_EQ(statuses(answer.get()), rounds == 0 ? "201 201 201 201" : "201 409 201 201");
    EXPECT_EQ(members("c" + name) + " " + members("d" + name), "a" + name + ",d" + name + " c" + name);
  }
  EXPECT_TRUE(ran_again);
  EXPECT_EQ(number("SELECT COUNT(*) FROM audit WHERE action = 'user.create'"), static_cast<std::int64_t>(rounds + 1));
  EXPECT_EQ(number("SELECT COUNT(*) FROM audit WHERE action = 'test'"), 0);
}

TEST_F(EngineBulkUnits, AnOperationThatTheStoreCannotTakeHarmsNoNeighbour) {
  sql("CREATE TRIGGER broken BEFORE INSERT ON users WHEN NEW.user_name = 'u4' BEGIN SELECT RAISE(ABORT, 'broken'); "
      "END");
  auto operations = creations(10, "u");
  operations.push_back(create_group_operation("g", {"bulkId:u4"}));
  operations.push_back(create_group_operation("h", {"bulkId:u5"}));
  EXPECT_EQ(statuses(bulk(operations)), "201 201 201 201 500 201 201 201 201 201 409 201");
  EXPECT_EQ(get("/Users").total(), 9U);
  EXPECT_EQ(members("h"), "u5");
  EXPECT_EQ(statuses(bulk({create_user_operation("u4"), create_user_operation("v")})), "500 201") << "the first, too";
  EXPECT_EQ(statuses(bulk({create_user_operation("u4"), create_user_operation("w")}, R"(,"failOnErrors":1)")), "500");
}

TEST_F(EngineBulkUnits, WhenTheDiskIsFullWhatWasDoneIsToldFromWhatWasNot) {
  const auto pages = number("PRAGMA page_count");
  sql("PRAGMA max_page_count = " + std::to_string(pages + 700));
  const auto operations = creations(1'500, "u", R"(,"title":")" + std::string(1'500, 't') + "\"");
  const Answer answer = bulk(operations);
  const std::size_t made = times(answer.text, R"("status":"201")");
  EXPECT_GT(made, 0U) << answer.text.substr(0, 500);
  EXPECT_LT(made, operations.size());
  // Each operation has its status, each error its body with the status again.
  EXPECT_EQ(times(answer.text, R"("status":"507")"), 2 * (operations.size() - made));
  EXPECT_EQ(get("/Users").total(), made);
  sql("PRAGMA max_page_count = " + std::to_string(number("PRAGMA page_count")));
  const Answer whole = bulk(creations(3, "v", R"(,"title":")" + std::string(30'000, 't') + "\""));
  EXPECT_EQ(whole.status, 507) << "nothing was done";
  EXPECT_EQ(whole.header("Retry-After"), "5");
  sql("PRAGMA max_page_count = 1000000");
  const Answer again = bulk(operations);
  EXPECT_EQ(times(again.text, R"("status":"201")"), operations.size() - made);
  EXPECT_EQ(times(again.text, R"("scimType":"uniqueness")"), made);
  EXPECT_EQ(get("/Users").total(), operations.size());
}

// authentik cuts the PATCH of a group, one operation for each member, by bulk.maxOperations.
TEST_F(EngineBulkUnits, AuthentikCutsAGroupsPatchByMaxOperations) {
  EXPECT_LE(Limits{}.bulk_operations, Limits{}.patch.max_operations);
  limits_.bulk_operations = limits_.patch.max_operations = 40;
  const Answer made = bulk(creations(40, "a"));
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < 40; ++i) ids.push_back(id_at(made, i));
  const Answer more = bulk(creations(40, "b"));
  for (std::size_t i = 0; i < 40; ++i) ids.push_back(id_at(more, i));
  const std::string team = group("team");
  const std::size_t most = std::stoul(get("/ServiceProviderConfig").at("bulk/maxOperations"));
  ASSERT_EQ(most, 40U);
  for (std::size_t from = 0; from < ids.size(); from += most) {
    std::string operations;
    for (std::size_t i = from; i < from + most; ++i)
      operations += (operations.empty() ? "" : ",") +
                    (R"({"op":"add","path":"members","value":[{"value":")" + ids[i] + R"("}]})");
    EXPECT_EQ(patch("/Groups/" + team, "[" + operations + "]").status, 204);
  }
  EXPECT_EQ(get("/Groups/" + team).body.find("members")->array()->size(), ids.size());
}

}  // namespace
}  // namespace rosterd::scim
