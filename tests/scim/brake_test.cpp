// The brake on mass removal as a client meets it: what waits, what is answered, and that a retry ends well.
#include "store/brake.h"

#include <algorithm>
#include <atomic>
#include <thread>

#include "store/access.h"
#include "store/sources.h"
#include "tests/scim/service.h"

namespace rosterd::scim {
namespace {

using std::chrono::minutes;

constexpr const char* kInactive = R"([{"op":"Replace","path":"active","value":"False"}])";
constexpr const char* kActive = R"([{"op":"replace","value":{"active":true}}])";

class EngineBrake : public Service {
 protected:
  EngineBrake() { limit({.count = 3, .percent = 5, .window = minutes{60}}); }

  void limit(const store::RemovalLimits& limits) {
    settings_.brakes["scim:entra"] = limits;
    store_->configure(settings_);
  }
  std::vector<std::string> users(int count) {
    std::vector<std::string> ids;
    for (int i = 0; i < count; ++i) ids.push_back(user("u" + std::to_string(i)));
    clock_.advance(minutes{5});
    return ids;
  }
  Answer deactivate(const std::string& id) { return patch("/Users/" + id, kInactive); }
  bool is_active(const std::string& id) { return get("/Users/" + id).at("active") == "true"; }
  int active(const std::vector<std::string>& ids) {
    return static_cast<int>(std::count_if(ids.begin(), ids.end(), [&](const auto& id) { return is_active(id); }));
  }
  std::vector<store::Hold> holds() {
    return store_->read([](const store::View& view) { return store::list_holds(view, true); });
  }
  std::size_t waiting() { return holds().empty() ? 0 : holds().front().items; }
  store::Released release() {
    return *store::release_removals(*store_, holds().front().id, {store::kLocal, "cli:root"});
  }
  void discard() {
    const auto id = holds().front().id;
    ASSERT_TRUE(
        store_->write({store::kLocal, "cli:root"}, [&](store::Unit& unit) { return store::discard_hold(unit, id); }));
  }
  // Uses the limit up.
  void exhaust(const std::vector<std::string>& ids) {
    for (std::size_t i = 0; i < 3; ++i) ASSERT_EQ(deactivate(ids[i]).status, 200) << i;
  }

  store::Settings settings_;
};

TEST_F(EngineBrake, WhatIsHeldIsAnsweredInScimsFormToBeRetried) {
  const auto ids = users(8);
  exhaust(ids);
  const Answer held = deactivate(ids[3]);
  EXPECT_EQ(held.status, 429);
  EXPECT_EQ(held.header("Retry-After"), "300");
  EXPECT_EQ(held.header("Content-Type"), "application/scim+json");
  EXPECT_EQ(held.at("status"), "429");
  const std::string number = std::to_string(holds().front().id.value);
  EXPECT_EQ(held.at("detail"), "held for an administrator's decision: more than 3 of 8 people within 1h; hold " +
                                   number + " waits for `rosterd holds release " + number + "`, nothing was changed");
  EXPECT_TRUE(is_active(ids[3]));
}

TEST_F(EngineBrake, TheStatusCanBe503) {
  connection_.held_status = 503;
  const auto ids = users(8);
  exhaust(ids);
  EXPECT_EQ(deactivate(ids[3]).status, 503);
  EXPECT_EQ(deactivate(ids[3]).header("Retry-After"), "300");
}

TEST_F(EngineBrake, EveryWayToDeactivateIsHeld) {
  const auto ids = users(8);
  exhaust(ids);
  EXPECT_EQ(patch("/Users/" + ids[3], R"([{"op":"replace","value":{"active":false}}])").status, 429);
  EXPECT_EQ(put("/Users/" + ids[4], R"({"userName":"u4","active":false})").status, 429);
  EXPECT_EQ(remove("/Users/" + ids[5]).status, 429);
  EXPECT_EQ(active(ids), 5);
  EXPECT_EQ(waiting(), 3u);
}

TEST_F(EngineBrake, ARequestThatAlsoChangesSomethingElseWaitsAsAWhole) {
  const auto ids = users(8);
  exhaust(ids);
  const char* const mixed =
      R"([{"op":"replace","path":"displayName","value":"Gone"},{"op":"replace","path":"active","value":false}])";
  EXPECT_EQ(patch("/Users/" + ids[3], mixed).status, 429);
  EXPECT_EQ(get("/Users/" + ids[3]).at("displayName"), "");
  EXPECT_EQ(patch("/Users/" + ids[3], R"([{"op":"replace","path":"displayName","value":"Here"}])").status, 200)
      << "other changes pass";
  EXPECT_EQ(waiting(), 1u) << "and say nothing about whether the person stays";
  EXPECT_EQ(release().released, 1u);
  EXPECT_EQ(patch("/Users/" + ids[3], mixed).status, 200);
  EXPECT_EQ(get("/Users/" + ids[3]).at("displayName"), "Gone");
}

TEST_F(EngineBrake, AdditionsAndOtherChangesPass) {
  const auto ids = users(8);
  exhaust(ids);
  EXPECT_EQ(deactivate(ids[3]).status, 429);
  EXPECT_EQ(post("/Users", R"({"userName":"new"})").status, 201);
  EXPECT_EQ(post("/Users", R"({"userName":"asleep","active":false})").status, 201) << "somebody new loses nothing";
  EXPECT_EQ(patch("/Users/" + ids[4], R"([{"op":"replace","path":"title","value":"x"}])").status, 200);
  const std::string id = group("staff", R"([{"value":")" + ids[4] + R"("}])");
  EXPECT_EQ(
      patch("/Groups/" + id, R"([{"op":"remove","path":"members","value":[{"value":")" + ids[4] + R"("}]}])").status,
      204);
}

TEST_F(EngineBrake, RetriesEndWellAfterTheRelease) {
  const auto ids = users(8);
  for (const auto& id : ids) deactivate(id);
  for (const auto& id : ids) deactivate(id);
  EXPECT_EQ(waiting(), 5u);
  EXPECT_EQ(release().released, 5u);
  for (const auto& id : ids) {
    const Answer again = deactivate(id);
    EXPECT_EQ(again.status, 200);
    EXPECT_EQ(again.at("active"), "false");
  }
  EXPECT_TRUE(holds().empty());
  const auto version = get("/Users/" + ids[7]).header("ETag");
  deactivate(ids[7]);
  EXPECT_EQ(get("/Users/" + ids[7]).header("ETag"), version) << "another run changes nothing";
}

TEST_F(EngineBrake, ADeletionThatWasReleasedIsAnswered204) {
  const auto ids = users(8);
  exhaust(ids);
  EXPECT_EQ(remove("/Users/" + ids[3]).status, 429);
  EXPECT_EQ(get("/Users/" + ids[3]).status, 200);
  release();
  EXPECT_EQ(get("/Users/" + ids[3]).status, 404);
  EXPECT_EQ(remove("/Users/" + ids[3]).status, 204);
  EXPECT_EQ(remove("/Users/" + std::string(36, '0')).status, 404);
}

TEST_F(EngineBrake, WhatWasDiscardedIsRefusedByNameAndMakesNoNewHold) {
  const auto ids = users(8);
  exhaust(ids);
  deactivate(ids[3]);
  discard();
  clock_.advance(minutes{180});
  const Answer refused = deactivate(ids[3]);
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.at("detail"), "an administrator has discarded this removal: the person stays active");
  EXPECT_EQ(refused.header("Retry-After"), "");
  EXPECT_TRUE(holds().empty());
  EXPECT_EQ(patch("/Users/" + ids[3], kActive).status, 200) << "wanted again at the provider";
  EXPECT_EQ(deactivate(ids[3]).status, 200) << "so this is a new departure";
}

TEST_F(EngineBrake, ATakenBackRemovalLeavesTheHold) {
  const auto ids = users(8);
  exhaust(ids);
  deactivate(ids[3]);
  deactivate(ids[4]);
  EXPECT_EQ(patch("/Users/" + ids[3], kActive).status, 200);
  EXPECT_EQ(waiting(), 1u);
  EXPECT_EQ(put("/Users/" + ids[4], R"({"userName":"u4"})").status, 200) << "a PUT without active says nothing";
  EXPECT_EQ(waiting(), 1u);
  EXPECT_EQ(put("/Users/" + ids[4], R"({"userName":"u4","active":true})").status, 200);
  EXPECT_TRUE(holds().empty());
}

TEST_F(EngineBrake, TheWindowPasses) {
  const auto ids = users(8);
  exhaust(ids);
  EXPECT_EQ(deactivate(ids[3]).status, 429);
  clock_.advance(minutes{62});
  EXPECT_EQ(deactivate(ids[4]).status, 200) << "few leavers are never delayed";
  EXPECT_EQ(deactivate(ids[3]).status, 429) << "it waits for a word, not for the clock";
}

TEST_F(EngineBrake, MembersAreHeldByEveryWayToRemoveThem) {
  const auto ids = users(8);
  std::string list;
  for (const auto& id : ids) list += (list.empty() ? "{\"value\":\"" : ",{\"value\":\"") + id + "\"}";
  const std::string id = group("staff", "[" + list + "]");
  const std::string before = members_of(id);
  for (const char* const all :
       {R"([{"op":"remove","path":"members"}])", R"([{"op":"replace","path":"members","value":[]}])",
        R"([{"op":"replace","value":{"members":[]}}])"}) {
    EXPECT_EQ(patch("/Groups/" + id, all).status, 429) << all;
  }
  EXPECT_EQ(put("/Groups/" + id, R"({"displayName":"renamed","members":[]})").status, 429);
  EXPECT_EQ(remove("/Groups/" + id).status, 429);
  EXPECT_EQ(members_of(id), before);
  EXPECT_EQ(get("/Groups/" + id).at("displayName"), "staff") << "all or nothing";
  EXPECT_EQ(waiting(), 9u) << "eight members and the group";
  EXPECT_EQ(patch("/Groups/" + id, R"([{"op":"remove","path":"members[value eq \")" + ids[0] + R"(\"]"}])").status, 429)
      << "this one is among them";
  EXPECT_EQ(put("/Groups/" + id, R"({"displayName":"staff","members":[)" + list + "]}").status, 200);
  EXPECT_EQ(waiting(), 1u) << "all are members again; the deletion still stands";
}

TEST_F(EngineBrake, AGroupIsDeletedAtTheRelease) {
  const auto ids = users(8);
  std::string list;
  for (const auto& id : ids) list += (list.empty() ? "{\"value\":\"" : ",{\"value\":\"") + id + "\"}";
  const std::string id = group("staff", "[" + list + "]");
  EXPECT_EQ(remove("/Groups/" + id).status, 429);
  EXPECT_EQ(release().released, 1u);
  EXPECT_EQ(get("/Groups/" + id).status, 404);
  EXPECT_EQ(remove("/Groups/" + id).status, 204);
}

TEST_F(EngineBrake, ParallelClientsPassTheLimitAndNoMore) {
  const auto ids = users(32);
  std::vector<std::thread> clients;
  std::atomic<int> done = 0;
  std::atomic<int> held = 0;
  for (const auto& id : ids) {
    clients.emplace_back([&, id] {
      const int status = deactivate(id).status;
      done += status == 200 ? 1 : 0;
      held += status == 429 ? 1 : 0;
    });
  }
  for (auto& client : clients) client.join();
  EXPECT_EQ(done, 3);
  EXPECT_EQ(held, 29);
  EXPECT_EQ(active(ids), 29);
  EXPECT_EQ(waiting(), 29u);
}

TEST_F(EngineBrake, InBulkEachOperationCounts) {
  const auto ids = users(8);
  std::string operations;
  for (std::size_t i = 0; i < 5; ++i)
    operations += (i == 0 ? "" : ",") + std::string(R"({"method":"PATCH","path":"/Users/)") + ids[i] +
                  R"(","data":{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],)" +
                  R"("Operations":[{"op":"replace","path":"active","value":false}]}})";
  const Answer done =
      post("/Bulk",
           R"({"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":[)" + operations + "]}");
  ASSERT_EQ(done.status, 200) << done.text;
  for (std::size_t i = 0; i < 5; ++i)
    EXPECT_EQ(done.at("Operations/" + std::to_string(i) + "/status"), i < 3 ? "200" : "429") << done.text;
  EXPECT_NE(done.text.find("rosterd holds release"), std::string::npos);
  EXPECT_EQ(active(ids), 5);
  EXPECT_EQ(waiting(), 2u);
}

TEST_F(EngineBrake, AnotherConnectionHasItsOwnLimit) {
  const auto ids = users(8);
  exhaust(ids);
  use(source("scim:okta"));
  const std::string other = user("other");
  EXPECT_EQ(deactivate(other).status, 200);
}

TEST_F(EngineBrake, TheLastAdminIsRefusedNotHeld) {
  const auto ids = users(8);
  exhaust(ids);
  store_->write({store::kLocal, "install"}, [&](store::Unit& unit) {
    const auto who = store::find_user(unit, ids[3])->key;
    ASSERT_TRUE(store::grant_role(unit, who, "Admin", "installed"));
  });
  EXPECT_EQ(deactivate(ids[3]).status, 403);
  EXPECT_TRUE(holds().empty());
}

}  // namespace
}  // namespace rosterd::scim
