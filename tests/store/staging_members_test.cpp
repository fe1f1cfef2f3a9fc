#include <algorithm>

#include "store/staging.h"
#include "tests/store/rows.h"

namespace rosterd::store::rows {
namespace {

class StagingMembersTest : public RowsTest {
 protected:
  StagingMembersTest() {
    write([&](Unit& unit) {
      for (const char* name : {"ann", "bob", "cid", "dan"}) {
        people_[name] = put_user(unit, name);
        put_claim_row(unit, corp_, people_[name], name, "d");
        EXPECT_TRUE(staging_.add(StagedPerson{name, "d", std::string("uid=") + name, name, ""}));
      }
      for (const char* name : {"g1", "g2"}) add_group(unit, name);
    });
  }

  void add_group(Unit& unit, const std::string& name, bool hidden = false) {
    groups_[name] = put_group_row(unit, corp_, name, "d", hidden);
    EXPECT_TRUE(staging_.add(StagedGroup{name, "d", "cn=" + name, ""}));
  }
  void stage(const std::string& group, std::string_view member, bool is_login = false) {
    staging_.add_member(group, member, is_login);
  }
  void have(const std::string& group, const std::string& member) {
    write([&](Unit& unit) {
      if (people_.contains(member))
        put_member_row(unit, corp_, groups_.at(group), 'u', people_.at(member).value);
      else
        put_member_row(unit, corp_, groups_.at(group), 'g', groups_.at(member).value);
    });
  }
  std::string differences() {
    std::string all;
    staging_.read([&](const StagedView& view) {
      compare_members(view);
      member_differences(view, [&](const MemberDifference& each) {
        all += (each.add ? "+" : "-") + each.group_key + (each.is_group ? "/g:" : "/") + each.member_key + " ";
        return true;
      });
    });
    return all;
  }
  std::size_t unresolved() {
    return staging_.read([](const StagedView& view) { return unresolved_members(view); });
  }

  void alter(std::string_view statement) {
    staging_.read([&](const StagedView& view) { view.db().execute(statement); });
  }

  SourceId corp_ = add_source("ldap:corp");
  Staging staging_{*store_, corp_};
  std::map<std::string, UserId> people_;
  std::map<std::string, GroupId> groups_;
};

TEST_F(StagingMembersTest, JoinsAndLeavesInOrder) {
  stage("g2", "uid=dan");
  stage("g2", "uid=ann");
  stage("g1", "uid=cid");
  stage("g1", "uid=ann");
  have("g1", "ann");
  have("g1", "bob");
  have("g2", "cid");
  EXPECT_EQ(differences(), "-g1/bob +g1/cid +g2/ann -g2/cid +g2/dan ");
}

TEST_F(StagingMembersTest, EmptySides) {
  EXPECT_EQ(differences(), "");
  have("g1", "ann");
  EXPECT_EQ(differences(), "-g1/ann ") << "the last member left";
  stage("g1", "uid=ann");
  EXPECT_EQ(differences(), "");
  stage("g1", "uid=ann");
  EXPECT_EQ(differences(), "") << "named twice";
}

TEST_F(StagingMembersTest, NestedGroupsCyclesAndItself) {
  stage("g1", "cn=g2");
  stage("g2", "cn=g1");
  stage("g1", "cn=g1");
  stage("g1", "uid=dan");
  EXPECT_EQ(differences(), "+g1/dan +g1/g:g1 +g1/g:g2 +g2/g:g1 ");
  have("g1", "g2");
  have("g2", "g1");
  have("g1", "g1");
  have("g1", "dan");
  EXPECT_EQ(differences(), "");
  alter("DELETE FROM staged_members WHERE member = 'cn=g1'");
  EXPECT_EQ(differences(), "-g1/g:g1 -g2/g:g1 ");
}

TEST_F(StagingMembersTest, LoginNames) {
  stage("g1", "ann", true);
  stage("g1", "uid=bob");
  stage("g1", "nobody", true);
  stage("g1", "uid=ann");
  EXPECT_EQ(differences(), "+g1/ann +g1/bob ");
  EXPECT_EQ(unresolved(), 1u);
}

TEST_F(StagingMembersTest, ASharedLoginNameIsNobodys) {
  EXPECT_TRUE(staging_.add(StagedPerson{"eve", "d", "uid=ann,ou=eve", "ann", ""}));
  stage("g1", "ann", true);
  EXPECT_EQ(differences(), "");
  EXPECT_EQ(unresolved(), 1u);
}

TEST_F(StagingMembersTest, DanglingMembersAreCountedAndHarmless) {
  stage("g1", "uid=gone,ou=elsewhere");
  stage("g2", "uid=gone,ou=elsewhere");
  stage("g1", "uid=ann");
  EXPECT_EQ(differences(), "+g1/ann ");
  EXPECT_EQ(unresolved(), 2u);
}

TEST_F(StagingMembersTest, ARenameIsNoDifference) {
  have("g1", "ann");
  alter("UPDATE staged_people SET dn = 'uid=ann,ou=moved' WHERE key = 'ann'");
  stage("g1", "uid=ann,ou=moved");
  EXPECT_EQ(differences(), "");
}

TEST_F(StagingMembersTest, GroupsThatAreNotStagedAreLeftToTheGroupMerge) {
  have("g1", "ann");
  alter("DELETE FROM staged_groups WHERE key = 'g1'");
  EXPECT_EQ(differences(), "");
}

TEST_F(StagingMembersTest, AHiddenGroupThatComesBackIsComparedWhole) {
  write([&](Unit& unit) { add_group(unit, "g3", true); });
  have("g3", "ann");
  have("g3", "bob");
  stage("g3", "uid=bob");
  stage("g3", "uid=cid");
  EXPECT_EQ(differences(), "-g3/ann +g3/cid ");
}

TEST_F(StagingMembersTest, WhatIsSetAsideIsLeftAlone) {
  have("g1", "ann");
  have("g1", "bob");
  stage("g1", "uid=cid");
  stage("g2", "uid=cid");
  alter("UPDATE staged_people SET set_aside = 1 WHERE key IN ('ann', 'cid')");
  EXPECT_EQ(differences(), "-g1/bob ");
  alter("UPDATE staged_groups SET set_aside = 1 WHERE key = 'g1'");
  EXPECT_EQ(differences(), "");
}

TEST_F(StagingMembersTest, OtherSourcesAreNotTouched) {
  const SourceId other = add_source("ldap:other");
  write([&](Unit& unit) {
    const GroupId theirs = put_group_row(unit, other, "g1", "d");
    put_claim_row(unit, other, people_.at("ann"), "ann", "d");
    put_member_row(unit, other, theirs, 'u', people_.at("ann").value);
  });
  Staging others(*store_, other);
  others.add_member("g1", "uid=bob", false);
  EXPECT_EQ(differences(), "");
  EXPECT_EQ(unresolved(), 0u);
}

TEST_F(StagingMembersTest, StopsWhenAsked) {
  stage("g1", "uid=ann");
  stage("g1", "uid=bob");
  int rows = 0;
  std::int64_t last = 0;
  const auto look = [&] {
    staging_.read([&](const StagedView& view) {
      member_differences(
          view,
          [&](const MemberDifference& each) {
            ++rows;
            last = each.number;
            return false;
          },
          last);
    });
  };
  staging_.read([](const StagedView& view) { compare_members(view); });
  look();
  EXPECT_EQ(rows, 1);
  look();
  EXPECT_EQ(rows, 2) << "the next one";
  look();
  EXPECT_EQ(rows, 2);
}

}  // namespace
}  // namespace rosterd::store::rows
