#include "ldap/guard.h"

#include <gtest/gtest.h>

namespace rosterd::ldap {
namespace {

TEST(Guard, HoldsAboveTheGreaterOfCountAndPercent) {
  struct Row {
    std::uint64_t removals;
    std::uint64_t held;
    bool waits;
  };
  for (const Row& row :
       {Row{0, 0, false}, Row{10, 10, false}, Row{11, 11, true}, Row{10, 20, false}, Row{11, 200, true},
        Row{11, 220, false}, Row{50, 1000, false}, Row{51, 1000, true}, Row{300, 1000, true}}) {
    const Verdict people = judge({}, {.people = {row.removals, row.held}});
    EXPECT_EQ(people.hold_people, row.waits) << row.removals << " of " << row.held;
    EXPECT_EQ(people.holds(), row.waits);
    EXPECT_EQ(people.summary.empty(), !row.waits);
    EXPECT_EQ(judge({}, {.groups = {row.removals, row.held}}).hold_groups, row.waits);
    EXPECT_EQ(judge({}, {.members = {row.removals, row.held}}).hold_members, row.waits);
  }
}

TEST(Guard, KindsAreJudgedApartAndNamed) {
  const Verdict verdict = judge({2, 0.0}, {.people = {3, 9}, .groups = {2, 9}, .members = {9, 9}});
  EXPECT_TRUE(verdict.hold_people);
  EXPECT_FALSE(verdict.hold_groups);
  EXPECT_TRUE(verdict.hold_members);
  EXPECT_EQ(verdict.summary, "3 of 9 people would be deactivated (limit 2); 9 of 9 memberships would end (limit 2)");
}

}  // namespace
}  // namespace rosterd::ldap
