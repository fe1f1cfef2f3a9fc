// When the directory says the same again: what a run may leave out, and what it must not.
#include "ldap/source_state.h"
#include "store/claims.h"
#include "sync_fixture.h"

namespace rosterd::ldap {
namespace {

using InStepSync = Sync;

TEST_F(InStepSync, TheSameReadingAgainIsOnlyHashed) {
  EXPECT_EQ(run().state, SyncResult::State::changed);
  const SyncResult whole = run();
  ASSERT_EQ(whole.state, SyncResult::State::in_step);
  const auto staged = [&] {
    return store_->read([](const store::View& view) {
      return store::find_source(view, "ldap:test")->last_success_at.value_or(store::Instant{});
    });
  };
  const store::Instant before = staged();
  for (const bool dry_run : {false, true}) {
    const SyncResult again = run(dry_run);
    EXPECT_EQ(again.state, SyncResult::State::in_step);
    EXPECT_EQ(again.people, whole.people);
    EXPECT_EQ(again.groups, whole.groups);
    EXPECT_EQ(again.unresolved_members, whole.unresolved_members);
    EXPECT_EQ(seen_.searches, 2);  // a whole run after it would read once more
  }
  EXPECT_GE(staged(), before);

  slapd_.modify("dn: " + person_dn(3) + "\nchangetype: modify\nreplace: title\ntitle: Engineer\n\n");
  const SyncResult changed = run();
  EXPECT_EQ(changed.planned[ChangeKind::update_person], 1U);
  EXPECT_EQ(seen_.searches, 4);
  run();
  EXPECT_EQ(seen_.searches, 2);  // the last run changed something, so nothing stands for this one
  options_.mapping.disabled = {"title", {"Engineer"}};
  EXPECT_GT(run().planned.changes(), 0U) << "another configuration reads the same entries otherwise";
}

TEST_F(InStepSync, WhatOthersDidInTheStoreIsSeenAtOnce) {
  run();
  remove(slapd_, 7, 8);
  run();
  ASSERT_EQ(blocks("user7").size(), 1U);
  const store::UserId gone = user("user7").key;
  const store::Member member = user("user1").key;
  const store::Actor admin{store::kLocal, "admin"};
  const auto in_step = [&] {
    run();
    return run().state == SyncResult::State::in_step && seen_.searches == 2;
  };
  ASSERT_TRUE(in_step());
  const store::SourceId source =
      store_->read([](const store::View& view) { return store::find_source(view, "ldap:test")->id; });
  ASSERT_TRUE(store_->write(admin, [&](store::Unit& unit) { return store::lift(unit, gone, source); }));
  EXPECT_EQ(run().planned[ChangeKind::block_person], 1U);
  EXPECT_EQ(blocks("user7").size(), 1U);

  ASSERT_TRUE(in_step());
  ASSERT_TRUE(store_->write(admin, [&](store::Unit& unit) {
    const auto group = store::find_group_by_name(unit, source, "half");
    return store::remove_members(unit, group->key, {&member, 1});
  }));
  EXPECT_EQ(run().planned[ChangeKind::add_member], 1U);

  ASSERT_TRUE(in_step());
  store_->write(admin, [&](store::Unit& unit) {
    const store::SourceId other = store::ensure_source(unit, "scim:other");
    store::ClaimFacts facts;
    facts.key = "k";
    facts.profile = R"({"userName":"somebody.else"})";
    (void)store::put_claim(unit, other, facts);
  });
  EXPECT_EQ(run().state, SyncResult::State::in_step);
  EXPECT_EQ(seen_.searches, 2) << "people of others are no reason to compare everybody";
}

TEST_F(InStepSync, AWholeRunComesOnceADay) {
  run();
  run();
  run();
  ASSERT_EQ(seen_.searches, 2);
  const auto state = [&] {
    return *source_state(store_->read([](const store::View& view) {
              return store::find_source(view, "ldap:test")->state;
            })).in_step;
  };
  const std::string key = state().key;
  clock_.later(std::chrono::hours{24});
  run();
  EXPECT_EQ(seen_.searches, 2);
  EXPECT_GE(state().at, clock_.now() - std::chrono::hours{1});
  EXPECT_NE(state().key, key) << "each whole run makes its own";
}

// Asks for a stop with the first change that it hears of.
class Stopper final : public Observer {
 public:
  void planned(const Change&, bool) override { stop.request_stop(); }
  std::stop_source stop;
};

// What it stated was not in the reading that was in step, and the directory goes back to that reading.
TEST_F(InStepSync, ARunThatWasCutOffLeavesNothingBehind) {
  run();
  ASSERT_EQ(run().state, SyncResult::State::in_step);
  const std::string posix = std::string("dn: cn=posix,ou=groups,") + testing::kSuffix + "\nchangetype: modify\n";
  slapd_.modify(posix + "add: memberUid\nmemberUid: user99\n\n");
  Stopper stopper;
  sync(options_, *store_, {.stop = stopper.stop.get_token()}, stopper);
  ASSERT_EQ(groups_of("user99"), Names{"posix"}) << "the run was stopped before it stated anything";
  slapd_.modify(posix + "delete: memberUid\nmemberUid: user99\n\n");
  EXPECT_EQ(run().planned[ChangeKind::remove_member], 1U);
  EXPECT_EQ(groups_of("user99"), Names{});
}

}  // namespace
}  // namespace rosterd::ldap
