// Steps are measured by the clock: slow things make small steps.
#include "store/pace.h"

#include "tests/store/fixture.h"

namespace rosterd::store {
namespace {

using std::chrono::microseconds;

struct FakeTime {
  Pace::Time now{};
  microseconds per_call{0};  // each look at the clock costs so much
  auto clock() {
    return [this] { return now += per_call; };
  }
};

TEST(PaceTest, StepsFollowTheTimeTheyTake) {
  FakeTime time;
  Pace pace(100, 2000, time.clock());
  const auto step = [&](microseconds each) {
    pace.begin();
    const auto done = pace.next();
    time.now += each * static_cast<std::int64_t>(done);
    pace.end(done);
    return pace.next();
  };
  EXPECT_EQ(step(microseconds{1}), 200u) << "grows by doubling";
  EXPECT_EQ(step(microseconds{1}), 400u);
  EXPECT_EQ(step(microseconds{200}), 100u) << "80 ms: a quarter the next time";
  EXPECT_EQ(step(microseconds{200}), 100u) << "20 ms: stays";
  EXPECT_EQ(step(microseconds{100'000}), 1u) << "never none";
  EXPECT_EQ(step(microseconds{100'000}), 1u);
  for (int i = 0; i < 20; ++i) step(microseconds{1});
  EXPECT_EQ(pace.next(), 2000u) << "never more than the most";
  pace.end(0);
  EXPECT_EQ(pace.next(), 2000u);
}

class WorkPace : public StoreTest {
 protected:
  WorkPace() {
    settings_.members_at_once = 10;
    rules({{.name = "all", .group = "everybody", .projects = {"Website"}}});
    group_ = group(corp_, "everybody");
    std::vector<Member> members;
    for (int i = 0; i < 400; ++i) members.emplace_back(add_user("u" + std::to_string(i)));
    join(group_, members);
  }
  // Steps until nothing is left, with a clock on which each person takes so long.
  int steps(microseconds each) {
    FakeTime time{{}, each};
    int count = 0;
    Pace pace(1, 1, time.clock());
    while (step_work(*store_, pace)) ++count;
    return count + 1;
  }
  GroupId group_;
};

TEST_F(WorkPace, AStepEndsWhenItsTimeIsUsedUp) {
  const int slow = steps(microseconds{1000});
  EXPECT_GE(slow, 400 / 20);
  EXPECT_LE(slow, 400 / 20 + 5);
  EXPECT_EQ(number("SELECT COUNT(*) FROM grants"), 400);
  // The same on a quick machine: as many as are read at once.
  ASSERT_TRUE(write([&](Unit& unit) { return hide_group(unit, group_); }));
  EXPECT_LE(steps(microseconds{1}), 6);
  EXPECT_EQ(number("SELECT COUNT(*) FROM grants"), 0);
  EXPECT_EQ(number("SELECT COUNT(*) FROM memberships"), 0);
}

TEST_F(WorkPace, RowsOfAnEndedGroupLeaveByTheClock) {
  finish_work();
  ASSERT_TRUE(write([&](Unit& unit) { return hide_group(unit, group_); }));
  EXPECT_GE(steps(microseconds{21'000}), 400 + 400 / 200) << "one person, or one bite of rows, per step";
}

}  // namespace
}  // namespace rosterd::store
