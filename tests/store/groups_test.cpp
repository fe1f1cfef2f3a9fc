#include "store/groups.h"

#include "tests/store/fixture.h"

namespace rosterd::store {
namespace {

class GroupsTest : public StoreTest {
 protected:
  GroupsTest() {
    rules({{.name = "eng", .group = "Engineering", .role = "Staff", .projects = {"Website"}},
           {.name = "dn", .group = "cn=ops,dc=example,dc=org", .projects = {"Ops"}}});
  }
  Group find(GroupId key) {
    return *read([&](const View& view) { return find_group(view, key); });
  }
  Outcome<GroupId> put_named(SourceId source, const std::string& name, const std::string& key, GroupId existing = {}) {
    GroupFacts all;
    all.key = key;
    all.display_name = name;
    return write([&](Unit& unit) { return put_group(unit, source, all, existing); });
  }
  Outcome<> hide(GroupId key) {
    return write([&](Unit& unit) { return hide_group(unit, key); });
  }
  // Bare rows, in one unit: a large group without its consequences.
  GroupId large_group(const std::string& name, int members) {
    const GroupId large = group(entra_, name);
    write([&](Unit& unit) {
      for (int i = 0; i < members; ++i)
        put_member_row(unit, entra_, large, 'u', put_user(unit, name + std::to_string(i)).value);
    });
    return large;
  }
  std::int64_t steps(const std::function<void(Unit&)>& work) {
    return write([&](Unit& unit) {
      const auto before = unit.db().steps();
      work(unit);
      return unit.db().steps() - before;
    });
  }
};

TEST_F(GroupsTest, GroupIsFoundByKeyNameAndId) {
  const GroupId eng = group(entra_, "Engineering");
  EXPECT_EQ(read([&](const View& view) { return find_group_by_key(view, entra_, "g-Engineering")->key; }), eng);
  EXPECT_EQ(read([&](const View& view) { return find_group_by_name(view, entra_, "ENGINEERING")->key; }), eng);
  EXPECT_FALSE(read([&](const View& view) { return find_group_by_name(view, corp_, "Engineering").has_value(); }));
  EXPECT_FALSE(
      read([&](const View& view) { return find_group_of(view, corp_, find_group(view, eng)->id).has_value(); }));
}

TEST_F(GroupsTest, SecondIdenticalGroupChangesNothing) {
  const GroupId eng = group(entra_, "Engineering");
  const auto audit_rows = number("SELECT COUNT(*) FROM audit");
  EXPECT_EQ(group(entra_, "Engineering"), eng);
  EXPECT_EQ(find(eng).version, 1);
  EXPECT_EQ(number("SELECT COUNT(*) FROM audit"), audit_rows);
}

TEST_F(GroupsTest, RefusesEmptyNamesAndForeignKeys) {
  const GroupId eng = group(entra_, "Engineering");
  const GroupId ops = group(entra_, "Ops");
  EXPECT_EQ(put_named(entra_, "  ", "x").refused().field, "displayName");
  EXPECT_EQ(put_named(entra_, "Ops", "g-Engineering", ops).refused().kind, Refusal::uniqueness);
  EXPECT_EQ(put_named(corp_, "Mine", "x", eng).refused().kind, Refusal::not_found);
}

TEST_F(GroupsTest, RenameMovesTheAccess) {
  const UserId ann = person(entra_, "ann");
  const GroupId team = group(entra_, "Team");
  join(team, {ann});
  ASSERT_TRUE(put_named(entra_, "Engineering", "g-Team", team));
  EXPECT_EQ(roles(ann), Strings{"Staff"});
  EXPECT_EQ(find(team).version, 3);
  ASSERT_TRUE(put_named(entra_, "Team", "g-Team", team));
  EXPECT_TRUE(roles(ann).empty());
}

TEST_F(GroupsTest, DnDecidesForDirectoryGroups) {
  const UserId ann = person(corp_, "ann");
  join(group(corp_, "anything", "cn=ops,dc=example,dc=org"), {ann});
  EXPECT_EQ(projects(ann), Strings{"Ops"});
}

TEST_F(GroupsTest, MembersAreSingleRowsAndIdempotent) {
  const UserId ann = person(entra_, "ann");
  const UserId bob = person(entra_, "bob");
  const GroupId team = group(entra_, "Team");
  EXPECT_EQ(join(team, {ann, bob, ann}), 2u);
  EXPECT_EQ(find(team).version, 2);
  EXPECT_EQ(join(team, {ann}), 0u);
  EXPECT_EQ(find(team).version, 2);
  EXPECT_EQ(*write([&](Unit& unit) { return replace_members(unit, team, std::vector<Member>{bob}); }), 1u);
  EXPECT_FALSE(read([&](const View& view) { return is_member(view, team, ann); }));
  EXPECT_EQ(*write([&](Unit& unit) { return replace_members(unit, team, {}); }), 1u);
  EXPECT_EQ(number("SELECT COUNT(*) FROM memberships"), 0);
}

TEST_F(GroupsTest, UnknownMemberIsRefusedAndNothingIsAdded) {
  const UserId ann = person(entra_, "ann");
  const GroupId team = group(entra_, "Team");
  const auto refused = write([&](Unit& unit) {
    return !add_members(unit, team, std::vector<Member>{ann, UserId{999}});
  });
  EXPECT_TRUE(refused);
  EXPECT_EQ(number("SELECT COUNT(*) FROM memberships"), 0);
}

TEST_F(GroupsTest, HiddenPeopleAreNoMembersForReaders) {
  const UserId ann = person(entra_, "ann");
  const GroupId ops = group(corp_, "Ops");
  join(ops, {ann, group(corp_, "Sub")});
  ASSERT_TRUE(end(entra_, ann));
  Strings names;
  read([&](const View& view) {
    each_member(view, ops, [&](const MemberRow& row) { return names.push_back(row.display_name), true; });
  });
  EXPECT_EQ(names, Strings{"Sub"});
}

TEST_F(GroupsTest, HidingEndsTheGrants) {
  const UserId ann = person(entra_, "ann");
  const GroupId eng = group(entra_, "Engineering");
  join(eng, {ann});
  ASSERT_TRUE(hide(eng));
  EXPECT_TRUE(roles(ann).empty());
  EXPECT_EQ(number("SELECT COUNT(*) FROM grants"), 0);
  EXPECT_EQ(number("SELECT COUNT(*) FROM memberships"), 0);
  EXPECT_FALSE(hide(eng)) << "already hidden";
  EXPECT_TRUE(read([&](const View& view) { return find_group_by_key(view, entra_, "g-Engineering")->hidden; }));
}

TEST_F(GroupsTest, HidingALargeGroupEndsGrantsAtOnceAndCleansUpInSteps) {
  settings_.members_at_once = 3;
  store_->configure(settings_);
  const GroupId eng = group(entra_, "Engineering");
  const GroupId top = group(entra_, "Top");
  join(top, {eng});
  std::vector<Member> members;
  for (int i = 0; i < 10; ++i) members.emplace_back(person(entra_, "p" + std::to_string(i)));
  join(eng, members);
  finish_work();
  const UserId one = std::get<UserId>(members[7]);
  EXPECT_EQ(roles(one), Strings{"Staff"});
  ASSERT_TRUE(hide(eng));
  EXPECT_TRUE(roles(one).empty()) << "readers ignore an ended group";
  EXPECT_EQ(number("SELECT COUNT(*) FROM v_roles"), 0);
  EXPECT_EQ(number("SELECT COUNT(*) FROM grants"), 20);
  // The group returns before its members have left: a new one, without them.
  const GroupId again = group(entra_, "Engineering");
  EXPECT_NE(again, eng);
  finish_work();
  EXPECT_EQ(number("SELECT COUNT(*) FROM grants"), 0);
  EXPECT_EQ(number("SELECT COUNT(*) FROM memberships"), 0);
  EXPECT_FALSE(read([](const View& view) { return has_work(view); }));
}

TEST_F(GroupsTest, EmptyHiddenGroupIsRestoredInPlace) {
  const GroupId eng = group(entra_, "Engineering");
  ASSERT_TRUE(hide(eng));
  EXPECT_EQ(group(entra_, "Engineering"), eng);
  EXPECT_FALSE(find(eng).hidden);
}

TEST_F(GroupsTest, LargeReplacementFollowsInStepsForThoseWhoLeftToo) {
  settings_.members_at_once = 2;
  store_->configure(settings_);
  const GroupId eng = group(entra_, "Engineering");
  std::vector<Member> first;
  std::vector<Member> second;
  for (int i = 0; i < 5; ++i) {
    first.emplace_back(person(entra_, "a" + std::to_string(i)));
    second.emplace_back(person(entra_, "b" + std::to_string(i)));
  }
  join(eng, first);
  finish_work();
  EXPECT_EQ(number("SELECT COUNT(*) FROM v_roles"), 5);
  EXPECT_EQ(*write([&](Unit& unit) { return replace_members(unit, eng, second); }), 10u);
  finish_work();
  EXPECT_TRUE(roles(std::get<UserId>(first[4])).empty());
  EXPECT_EQ(roles(std::get<UserId>(second[4])), Strings{"Staff"});
  EXPECT_EQ(number("SELECT COUNT(*) FROM v_roles"), 5);
}

TEST_F(GroupsTest, NestingALargeGroupFollowsInResumableSteps) {
  settings_.members_at_once = 2;
  store_->configure(settings_);
  const GroupId large = large_group("m", 450);
  const GroupId eng = group(entra_, "Engineering");
  join(eng, {large});
  EXPECT_EQ(number("SELECT COUNT(*) FROM v_roles"), 0);
  EXPECT_TRUE(step_work(*store_));
  reopen();
  store_->configure(settings_);
  finish_work();
  EXPECT_EQ(number("SELECT COUNT(*) FROM v_roles"), 450);
}

TEST_F(GroupsTest, MemberChangeDoesNotReadTheGroup) {
  const GroupId small = large_group("s", 10);
  const GroupId large = large_group("l", 5000);
  const UserId ann = person(entra_, "ann");
  const UserId bob = person(entra_, "bob");
  const auto cost = [&](GroupId which, UserId who) {
    return steps([&](Unit& unit) {
      const Member member = who;
      ASSERT_TRUE(add_members(unit, which, std::span(&member, 1)));
      ASSERT_TRUE(is_member(unit, which, member));
      ASSERT_TRUE(remove_members(unit, which, std::span(&member, 1)));
      (void)find_user(unit, who);
      (void)groups_of(unit, who);
    });
  };
  cost(small, ann);
  const auto in_small = cost(small, ann);
  const auto in_large = cost(large, bob);
  EXPECT_GT(in_small, 50);
  EXPECT_LE(in_large, in_small * 13 / 10);
}

TEST_F(GroupsTest, CostOfAMemberIsTheSameInAGroupOfAHundredThousand) {
  const GroupId small = large_group("s", 10);
  const GroupId large = group(entra_, "l");
  sql("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) "
      "INSERT INTO memberships SELECT " +
      std::to_string(large.value) + ", 'u', 1000000 + i, 2, 0 FROM n");
  const UserId ann = person(entra_, "ann");
  const auto cost = [&](GroupId which, bool add) {
    return steps([&](Unit& unit) {
      const Member member = ann;
      const std::span<const Member> one(&member, 1);
      ASSERT_TRUE(add ? add_members(unit, which, one) : remove_members(unit, which, one));
    });
  };
  for (const bool add : {true, false}) cost(small, add);  // statements are prepared by now
  const auto small_add = cost(small, true), small_remove = cost(small, false);
  EXPECT_GT(small_add, 20);
  EXPECT_EQ(cost(large, true), small_add);
  EXPECT_EQ(cost(large, false), small_remove);
}

class GroupsOfAPerson : public GroupsTest {
 protected:
  // "Name" for a direct membership, "(Name)" for an indirect one.
  Strings seen(UserId who, SourceId only = {}) {
    Strings all;
    read([&](const View& view) {
      for (const GroupOfUser& each : groups_of(view, who, only))
        all.push_back(each.direct ? each.display_name : "(" + each.display_name + ")");
    });
    return all;
  }
  UserId ann_ = person(entra_, "ann");
  GroupId a_ = group(entra_, "A"), b_ = group(entra_, "B"), c_ = group(entra_, "C"), d_ = group(entra_, "D");
};

TEST_F(GroupsOfAPerson, ADiamondCountsOnceAndDirectWins) {
  join(a_, {ann_});
  join(b_, {ann_});
  join(c_, {a_, b_});
  join(d_, {c_});
  EXPECT_EQ(seen(ann_), (Strings{"A", "B", "(C)", "(D)"}));
  join(d_, {ann_});
  EXPECT_EQ(seen(ann_), (Strings{"A", "B", "(C)", "D"}));
  leave(c_, {a_});
  EXPECT_EQ(seen(ann_), (Strings{"A", "B", "(C)", "D"})) << "the other way is still there";
  leave(c_, {b_});
  EXPECT_EQ(seen(ann_), (Strings{"A", "B", "D"}));
}

TEST_F(GroupsOfAPerson, CyclesAndSelfMembershipEnd) {
  join(a_, {ann_, a_});
  join(b_, {a_});
  join(a_, {b_});
  join(c_, {b_});
  EXPECT_EQ(seen(ann_), (Strings{"A", "(B)", "(C)"}));
  EXPECT_EQ(join(a_, {a_}), 0u);
  EXPECT_EQ(leave(a_, {a_}), 1u);
  ASSERT_TRUE(put_named(entra_, "Engineering", "g-A", a_));
  EXPECT_EQ(roles(ann_), Strings{"Staff"});
  ASSERT_TRUE(hide(b_));
  EXPECT_EQ(seen(ann_), Strings{"Engineering"});
  ASSERT_TRUE(hide(a_));
  EXPECT_TRUE(seen(ann_).empty());
  EXPECT_TRUE(roles(ann_).empty());
}

TEST_F(GroupsOfAPerson, AHiddenGroupLeadsNowhere) {
  join(a_, {ann_});
  join(b_, {a_});
  join(c_, {b_});
  ASSERT_TRUE(hide(b_));
  EXPECT_EQ(seen(ann_), Strings{"A"});
}

TEST_F(GroupsOfAPerson, AConnectionSeesItsOwnAlsoThroughOthers) {
  const GroupId theirs = group(corp_, "Theirs");
  join(theirs, {ann_});
  join(a_, {theirs});
  EXPECT_EQ(seen(ann_), (Strings{"(A)", "Theirs"}));
  EXPECT_EQ(seen(ann_, entra_), Strings{"(A)"});
  EXPECT_EQ(seen(ann_, corp_), Strings{"Theirs"});
}

TEST_F(GroupsTest, FindingAGroupByKeyDoesNotReadTheOthers) {
  group(entra_, "some");
  const GroupId other = group(entra_, "hidden");
  ASSERT_TRUE(hide(other));
  const auto cost = [&](const char* key) {
    return steps([&](Unit& unit) { EXPECT_TRUE(find_group_by_key(unit, entra_, key)); });
  };
  const auto visible = cost("g-some");
  const auto hidden = cost("g-hidden");
  write([&](Unit& unit) {
    for (int i = 0; i < 500; ++i) put_group_row(unit, entra_, std::to_string(i), "d", i % 2 == 0);
  });
  EXPECT_LE(cost("g-some"), visible + 3);
  EXPECT_LE(cost("g-hidden"), hidden + 3);
}

}  // namespace
}  // namespace rosterd::store
