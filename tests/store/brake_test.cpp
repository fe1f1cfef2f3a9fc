// The brake on removals that come one by one: what counts, what is held, what comes of it.
#include "store/brake.h"

#include <random>
#include <thread>

#include "store/notices.h"
#include "store/outbox.h"
#include "tests/store/fixture.h"

namespace rosterd::store {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

class BrakeTest : public StoreTest {
 protected:
  BrakeTest() { limit({.count = 3, .percent = 5, .window = hours{1}}); }

  void limit(const RemovalLimits& limits) {
    settings_.brakes["scim:entra"] = limits;
    store_->configure(settings_);
  }
  std::vector<UserId> people(int count, const std::string& prefix = "p") {
    std::vector<UserId> all;
    for (int i = 0; i < count; ++i) all.push_back(person(entra_, prefix + std::to_string(i)));
    clock_.advance(minutes{5});
    return all;
  }
  // As a door does: what is held is noted.
  std::string told(const auto& outcome) {
    if (outcome) return "done";
    if (outcome.refused().kind == Refusal::discarded) return "discarded";
    if (outcome.refused().kind != Refusal::held) return said(outcome);
    last_ = hold_removals(*store_, {entra_, "token:entra"}, *outcome.refused().held);
    return "held";
  }
  std::string deactivate(UserId who) { return told(stop(who, entra_, Reason::inactive_by_client)); }
  std::string remove(UserId who) { return told(end(entra_, who)); }
  std::string activate(UserId who) { return told(release(who, entra_)); }
  std::string leave_group(GroupId group, std::vector<Member> members) {
    return told(write([&](Unit& unit) { return remove_members(unit, group, members); }));
  }
  std::string end_group(GroupId group) {
    return told(write([&](Unit& unit) { return hide_group(unit, group); }));
  }
  int inactive(const std::vector<UserId>& all) {
    return static_cast<int>(std::count_if(all.begin(), all.end(), [&](UserId who) { return !user(who).active; }));
  }
  std::optional<Hold> open() {
    return read([&](const View& view) { return open_hold(view, entra_); });
  }
  std::vector<HoldItem> items() {
    return read([&](const View& view) { return hold_items(view, last_); });
  }
  Released released() { return *release_removals(*store_, last_, {kLocal, "cli:root"}); }
  void discard() {
    ASSERT_TRUE(write([&](Unit& unit) { return discard_hold(unit, last_); }));
  }
  std::int64_t mails(const std::string& state = "queued") {
    return number("SELECT COUNT(*) FROM outbox WHERE kind = 'hold' AND state = '" + state + "'");
  }

  HoldId last_;
};

TEST_F(BrakeTest, FewLeaversPassAtOnce) {
  const auto all = people(10);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(deactivate(all[static_cast<std::size_t>(i)]), "done");
  EXPECT_EQ(inactive(all), 3);
  EXPECT_FALSE(open());
  EXPECT_EQ(mails(), 0);
}

TEST_F(BrakeTest, WhatGoesBeyondIsHeldByNameAndChangesNothing) {
  const auto all = people(10);
  for (int i = 0; i < 3; ++i) deactivate(all[static_cast<std::size_t>(i)]);
  const auto version = user(all[3]).version;
  EXPECT_EQ(deactivate(all[3]), "held");
  EXPECT_EQ(deactivate(all[4]), "held");
  EXPECT_EQ(inactive(all), 3);
  EXPECT_EQ(user(all[3]).version, version);
  ASSERT_TRUE(open());
  EXPECT_EQ(open()->summary, "more than 3 of 10 people within 1h");
  ASSERT_EQ(items().size(), 2u);
  EXPECT_EQ(items()[0].kind, "block_person");
  const auto text = items()[0].text + items()[1].text;
  EXPECT_NE(text.find("- person \"p3\": set inactive"), text.npos) << text;
}

TEST_F(BrakeTest, ARetryAddsNothingNotEvenAnAuditRow) {
  const auto all = people(10);
  for (const UserId who : all) deactivate(who);
  const auto rows = number("SELECT COUNT(*) FROM audit");
  const auto hold = last_;
  for (const UserId who : all) deactivate(who);
  EXPECT_EQ(number("SELECT COUNT(*) FROM audit"), rows);
  EXPECT_EQ(last_, hold);
  EXPECT_EQ(items().size(), 7u);
  EXPECT_EQ(number("SELECT COUNT(*) FROM holds"), 1);
}

TEST_F(BrakeTest, ThePercentageCountsWhoHasGoneWithinTheWindow) {
  limit({.count = 0, .percent = 10, .window = hours{1}});
  const auto all = people(40);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(remove(all[static_cast<std::size_t>(i)]), "done") << i;
  EXPECT_EQ(remove(all[4]), "held") << "4 of 40, not of the 36 that are left";
  EXPECT_EQ(open()->summary, "more than 4 of 40 people within 1h");
}

TEST_F(BrakeTest, TheWindowPassesAndWhatIsHeldStillWaits) {
  const auto all = people(10);
  for (int i = 0; i < 4; ++i) deactivate(all[static_cast<std::size_t>(i)]);
  clock_.advance(minutes{59});
  EXPECT_EQ(deactivate(all[4]), "held");
  clock_.advance(minutes{3});
  EXPECT_EQ(deactivate(all[3]), "held") << "else patience alone would get everybody out";
  EXPECT_EQ(deactivate(all[5]), "done") << "a leaver of today is not delayed by a hold of yesterday";
  EXPECT_EQ(items().size(), 2u);
}

TEST_F(BrakeTest, TheCountSurvivesARestart) {
  const auto all = people(10);
  for (int i = 0; i < 3; ++i) deactivate(all[static_cast<std::size_t>(i)]);
  reopen();
  store_->configure(settings_);
  EXPECT_EQ(deactivate(all[3]), "held");
}

TEST_F(BrakeTest, AFlappingClientDoesNotWearItOut) {
  const auto all = people(10);
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(deactivate(all[0]), "done") << i;
    EXPECT_EQ(activate(all[0]), "done");
  }
  for (int i = 0; i < 3; ++i) EXPECT_EQ(deactivate(all[static_cast<std::size_t>(i)]), "done");
  EXPECT_EQ(deactivate(all[3]), "held");
  EXPECT_EQ(inactive(all), 3);
}

TEST_F(BrakeTest, OneUnitThatFlapsGainsNothing) {
  const auto all = people(10);
  for (int i = 0; i < 3; ++i) deactivate(all[static_cast<std::size_t>(i)]);
  write([&](Unit& unit) {
    for (int i = 0; i < 3; ++i) {
      EXPECT_TRUE(lift(unit, all[static_cast<std::size_t>(i)], entra_));
      EXPECT_TRUE(block(unit, all[static_cast<std::size_t>(i)], entra_, Reason::inactive_by_client));
    }
  });
  EXPECT_EQ(deactivate(all[3]), "held");
}

TEST_F(BrakeTest, WhoWasInactiveOrIsNewLosesNothing) {
  limit({.count = 0, .percent = 0, .window = hours{1}});
  const UserId admin = person(entra_, "blocked");
  (void)stop(admin, kLocal, Reason::admin);
  EXPECT_EQ(deactivate(admin), "done");
  const auto made = write([&](Unit& unit) -> Outcome<bool> {
    const auto claimed = put_claim(unit, entra_, facts("new", "k-new"));
    return block(unit, claimed->user, entra_, Reason::inactive_by_client);
  });
  EXPECT_TRUE(made) << "an import of inactive people is no removal";
  EXPECT_EQ(deactivate(person(entra_, "other")), "held");
}

TEST_F(BrakeTest, AReturnLeavesTheHoldWhichEndsWithItsLastItem) {
  const auto all = people(10);
  for (int i = 0; i < 5; ++i) deactivate(all[static_cast<std::size_t>(i)]);
  EXPECT_EQ(activate(all[3]), "done") << "the client changed its mind";
  EXPECT_EQ(items().size(), 1u);
  EXPECT_EQ(audited("hold.withdraw"), 1);
  activate(all[4]);
  EXPECT_FALSE(open());
  EXPECT_EQ(read([&](const View& view) { return find_hold(view, last_); })->state, "replaced");
}

TEST_F(BrakeTest, AReleaseRunsWhatIsStillTrueAndCountsNothing) {
  const auto all = people(12);
  for (int i = 0; i < 8; ++i) deactivate(all[static_cast<std::size_t>(i)]);
  ClaimFacts other = facts("p7", "k-other");  // the provider gives the record to somebody else
  ASSERT_TRUE(put(entra_, other, all[7]));
  const auto done = released();
  EXPECT_EQ(done.released, 4u);
  ASSERT_EQ(done.skipped.size(), 1u);
  EXPECT_NE(done.skipped[0].find("p7"), std::string::npos);
  EXPECT_EQ(inactive(all), 7);
  EXPECT_EQ(deactivate(all[3]), "done") << "the retry finds it done";
  EXPECT_EQ(deactivate(all[8]), "held") << "those three within the hour still count";
  clock_.advance(minutes{62});
  EXPECT_EQ(deactivate(all[9]), "done") << "the released ones do not";
}

TEST_F(BrakeTest, WhatWasDiscardedIsRefusedUntilThePersonIsWantedAgain) {
  const auto all = people(10);
  for (int i = 0; i < 4; ++i) deactivate(all[static_cast<std::size_t>(i)]);
  discard();
  clock_.advance(hours{2});
  EXPECT_EQ(deactivate(all[3]), "discarded");
  EXPECT_FALSE(open()) << "no new hold every twenty minutes";
  EXPECT_TRUE(user(all[3]).active);
  EXPECT_EQ(deactivate(all[4]), "done");
  EXPECT_EQ(activate(all[3]), "done");
  EXPECT_EQ(deactivate(all[3]), "done") << "a new departure";
}

TEST_F(BrakeTest, ADeletionTakesThePlaceOfADeactivation) {
  const auto all = people(10);
  for (int i = 0; i < 4; ++i) deactivate(all[static_cast<std::size_t>(i)]);
  EXPECT_EQ(remove(all[3]), "held");
  ASSERT_EQ(items().size(), 1u);
  EXPECT_EQ(items()[0].kind, "end_person");
  EXPECT_EQ(released().released, 1u);
  EXPECT_TRUE(user(all[3]).hidden);
  EXPECT_TRUE(read([&](const View& view) { return was_released(view, entra_, "end_person", user(all[3]).id); }));
}

TEST_F(BrakeTest, MembershipsCountApartAndWholeRequestsWait) {
  const auto all = people(10);
  const GroupId staff = group(entra_, "staff");
  join(staff, {all.begin(), all.end()});
  EXPECT_EQ(leave_group(staff, {all[0], all[1]}), "done");
  EXPECT_EQ(leave_group(staff, {all[2], all[3]}), "held");
  EXPECT_EQ(number("SELECT COUNT(*) FROM memberships"), 8);
  EXPECT_EQ(items().size(), 2u);
  EXPECT_EQ(open()->summary, "more than 3 of 10 memberships within 1h");
  EXPECT_EQ(leave_group(staff, {all[4]}), "done");
  EXPECT_EQ(join(staff, {all[2]}), 0u) << "named as a member again: withdrawn";
  EXPECT_EQ(items().size(), 1u);
  EXPECT_EQ(deactivate(all[9]), "done") << "people have their own limit";
  EXPECT_EQ(released().released, 1u);
  EXPECT_EQ(number("SELECT COUNT(*) FROM memberships"), 6);
}

TEST_F(BrakeTest, EmptyingAGroupIsHeldAsAWholeAndAdditionsGoWithIt) {
  const auto all = people(10);
  const GroupId staff = group(entra_, "staff");
  join(staff, {all.begin(), all.begin() + 6});
  const std::vector<Member> wanted{all[7]};
  const auto replaced = write([&](Unit& unit) { return replace_members(unit, staff, wanted); });
  EXPECT_EQ(told(replaced), "held");
  EXPECT_EQ(items().size(), 6u);
  EXPECT_EQ(number("SELECT COUNT(*) FROM memberships"), 6) << "all or nothing";
  released();
  const auto again = write([&](Unit& unit) { return replace_members(unit, staff, wanted); });
  EXPECT_EQ(told(again), "done");
  EXPECT_EQ(number("SELECT COUNT(*) FROM memberships"), 1);
}

TEST_F(BrakeTest, MembersWhoAreInactiveTakeNothingWithThem) {
  const auto all = people(10);
  const GroupId staff = group(entra_, "staff");
  join(staff, {all.begin(), all.end()});
  for (const UserId who : all) (void)stop(who, kLocal, Reason::admin);
  EXPECT_EQ(leave_group(staff, {all[0], all[1], all[2], all[3], all[4]}), "done");
  EXPECT_EQ(end_group(staff), "done");
}

TEST_F(BrakeTest, AGroupCountsByItsMembers) {
  const auto all = people(10);
  const GroupId small = group(entra_, "small");
  const GroupId large = group(entra_, "large");
  join(small, {all[0], all[1]});
  join(large, {all.begin(), all.end()});
  EXPECT_EQ(end_group(large), "held");
  EXPECT_EQ(items().at(0).text, "- group \"large\" with 10 members: deleted");
  EXPECT_EQ(end_group(small), "done");
  EXPECT_EQ(released().released, 1u);
  EXPECT_EQ(number("SELECT COUNT(*) FROM groups WHERE hidden = 0"), 0);
}

TEST_F(BrakeTest, AGroupThatChangedSinceItWasShownStays) {
  const auto all = people(10);
  const GroupId large = group(entra_, "large");
  join(large, {all.begin(), all.begin() + 5});
  EXPECT_EQ(end_group(large), "held");
  join(large, {all[7]});
  EXPECT_EQ(released().skipped.size(), 1u);
  EXPECT_EQ(number("SELECT COUNT(*) FROM groups WHERE hidden = 0"), 1);
}

TEST_F(BrakeTest, GroupsCountAsGroupsToo) {
  for (int i = 0; i < 3; ++i) EXPECT_EQ(end_group(group(entra_, "g" + std::to_string(i))), "done");
  EXPECT_EQ(end_group(group(entra_, "g3")), "held");
  EXPECT_EQ(open()->summary, "more than 3 of 4 groups within 1h");
}

TEST_F(BrakeTest, MembersWhoAreBackCountNoLonger) {
  const auto all = people(10);
  const GroupId staff = group(entra_, "staff");
  join(staff, {all.begin(), all.end()});
  EXPECT_EQ(leave_group(staff, {all[0], all[1], all[2]}), "done");
  join(staff, {all[0], all[1], all[2]});
  EXPECT_EQ(leave_group(staff, {all[3], all[4], all[5]}), "done");
  EXPECT_EQ(leave_group(staff, {all[6]}), "held");
}

TEST_F(BrakeTest, GroupsAndMembersWaitHoweverEmptyTheWindow) {
  const auto all = people(10);
  const GroupId staff = group(entra_, "staff");
  join(staff, {all.begin(), all.end()});
  EXPECT_EQ(leave_group(staff, {all[0], all[1], all[2]}), "done");
  EXPECT_EQ(leave_group(staff, {all[3]}), "held");
  const GroupId small = group(entra_, "small");
  join(small, {all[0]});
  EXPECT_EQ(end_group(small), "held");
  clock_.advance(hours{2});
  EXPECT_EQ(leave_group(staff, {all[3]}), "held");
  EXPECT_EQ(leave_group(staff, {all[4], all[3]}), "held") << "all or nothing";
  EXPECT_EQ(end_group(small), "held");
  EXPECT_EQ(leave_group(staff, {all[5]}), "done");
}

TEST_F(BrakeTest, OtherSourcesAndALimitOfAHundredPercentPass) {
  limit({.count = 0, .percent = 100, .window = hours{1}});
  const auto all = people(4);
  for (const UserId who : all) EXPECT_EQ(deactivate(who), "done");
  for (const UserId who : {person(corp_, "x"), person(corp_, "y")})
    EXPECT_TRUE(stop(who, corp_, Reason::left_directory));
  EXPECT_EQ(number("SELECT COUNT(*) FROM removals"), 0);
}

TEST_F(BrakeTest, ParallelDeactivationsPassTheLimitAndNoMore) {
  limit({.count = 10, .percent = 0, .window = hours{1}});
  const auto all = people(64);
  std::vector<std::thread> clients;
  for (std::size_t i = 0; i < 32; ++i)
    clients.emplace_back([&, i] {
      for (const UserId who : {all[i], all[i + 32]}) {
        const auto outcome = stop(who, entra_, Reason::inactive_by_client);
        if (!outcome) hold_removals(*store_, {entra_, "token"}, *outcome.refused().held);
      }
    });
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(inactive(all), 10);
  EXPECT_EQ(open()->items, 54u);
  EXPECT_EQ(number("SELECT COUNT(*) FROM holds"), 1);
}

TEST_F(BrakeTest, TheAdministratorsAreToldOnceForEachHold) {
  settings_.notify = {"it@example.org", "cto@example.org"};
  settings_.notify_after = minutes{1};
  store_->configure(settings_);
  const auto all = people(10);
  for (const UserId who : all) deactivate(who);
  for (const UserId who : all) deactivate(who);
  EXPECT_EQ(mails(), 2);
  EXPECT_EQ(read([&](const View& view) { return count_waiting(view, last_); }), "7 people to deactivate");
  const auto leased = [&] { return write([&](Unit& unit) { return lease_mails(unit, minutes{1}, 10); }); };
  EXPECT_EQ(leased().size(), 0u) << "it gathers first";
  clock_.advance(minutes{1});
  const auto due = leased();
  ASSERT_EQ(due.size(), 2u);
  EXPECT_EQ(hold_of_notice(due[0].data), last_);
  discard();
  EXPECT_EQ(mails("cancelled"), 2) << "what is decided need not be told";
}

TEST_F(BrakeTest, WithoutAddressesTheLocalAdminsAreTold) {
  const UserId admin = person(corp_, "root");
  ASSERT_TRUE(write([&](Unit& unit) { return grant_role(unit, admin, "Admin", "installed"); }));
  const auto all = people(10);
  for (const UserId who : all) deactivate(who);
  EXPECT_EQ(word("SELECT recipient FROM outbox WHERE kind = 'hold'"), "root@example.org");
  EXPECT_EQ(mails(), 1);
}

TEST_F(BrakeTest, ADirectorysHoldIsToldToo) {
  settings_.notify = {"it@example.org"};
  store_->configure(settings_);
  const std::vector<HoldItem> plan{{"block_person", "a", "d", "{}", "a left"}};
  for (int i = 0; i < 3; ++i) write([&](Unit& unit) { hold(unit, corp_, "too many", plan); });
  EXPECT_EQ(mails(), 1);
}

TEST_F(BrakeTest, OldCountsAreForgotten) {
  const auto all = people(4);
  for (int i = 0; i < 3; ++i) deactivate(all[static_cast<std::size_t>(i)]);
  EXPECT_EQ(write([&](Unit& unit) { return forget_removals(unit, 10); }), 0u);
  clock_.advance(hours{9 * 24});
  EXPECT_EQ(write([&](Unit& unit) { return forget_removals(unit, 2); }), 2u);
  EXPECT_EQ(write([&](Unit& unit) { return forget_removals(unit, 2); }), 1u);
  EXPECT_EQ(number("SELECT COUNT(*) FROM removal_counts"), 0);
}

TEST_F(BrakeTest, ManyMembersAreNotedInSteps) {
  std::vector<Member> all;
  const GroupId large = group(entra_, "large");
  for (int i = 0; i < 1500; ++i) all.push_back(rows::RowsTest::add_user("m" + std::to_string(i)));
  join(large, all);
  const auto before = store_->commits();
  EXPECT_EQ(leave_group(large, all), "held");
  EXPECT_GE(store_->commits() - before, 3u);
  EXPECT_EQ(items().size(), 1500u);
}

// What the percentage is taken of is kept, not counted: it must be what a count would say, whatever happened.
TEST_F(BrakeTest, KeptNumbersAreWhatACountSays) {
  settings_.brakes.clear();
  store_->configure(settings_);
  std::mt19937 random(7);
  const auto pick = [&](std::size_t below) { return static_cast<std::size_t>(random() % below); };
  std::vector<UserId> all = people(12);
  std::vector<GroupId> groups;
  for (int i = 0; i < 6; ++i) groups.push_back(group(entra_, "g" + std::to_string(i)));
  for (int i = 0; i < 400; ++i) {
    const GroupId one = groups[pick(groups.size())];
    const Member who = pick(3) == 0 ? Member(groups[pick(groups.size())]) : Member(all[pick(all.size())]);
    (void)write([&](Unit& unit) -> Outcome<std::size_t> {
      switch (pick(8)) {
        case 0: {
          const std::vector<Member> some{who, Member(all[pick(all.size())])};
          return replace_members(unit, one, some);
        }
        case 1:
          return remove_members(unit, one, std::span(&who, 1));
        case 2:
          if (pick(6) == 0) (void)hide_group(unit, one);
          return std::size_t{0};
        case 3: {
          GroupFacts facts;
          const auto name = std::to_string(pick(groups.size()));
          facts.key = "g-g" + name;
          facts.display_name = "g" + name;
          groups[pick(groups.size())] = *put_group(unit, entra_, facts);
          return std::size_t{0};
        }
        case 4:
          if (pick(10) == 0) (void)end_claim(unit, entra_, all[pick(all.size())]);
          return std::size_t{0};
        default:
          return add_members(unit, one, std::span(&who, 1));
      }
    });
    if (pick(5) == 0) finish_work();
    ASSERT_EQ(number("SELECT group_count FROM live_groups WHERE source_id = " + std::to_string(entra_.value)),
              number("SELECT COUNT(*) FROM groups WHERE hidden = 0"))
        << i;
    ASSERT_EQ(number("SELECT member_count FROM live_groups WHERE source_id = " + std::to_string(entra_.value)),
              number("SELECT COUNT(*) FROM memberships"))
        << i;
  }
}

}  // namespace
}  // namespace rosterd::store
