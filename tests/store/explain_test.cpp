#include "store/explain.h"

#include <algorithm>

#include "tests/store/fixture.h"

namespace rosterd::store {
namespace {

class ExplainTest : public StoreTest {
 protected:
  Explanation explained(UserId who) {
    return read([&](const View& view) { return explain(view, who, settings_.access); });
  }
  // The path of the grant that gives this project.
  Strings path(const Explanation& all, const std::string& project) {
    for (const ExplainedGrant& each : all.grants)
      if (each.grant.project == project) return each.path;
    return {"(no such grant)"};
  }
  static AccessRule rule(const std::string& group, const std::string& role, const std::string& project) {
    return {.name = "rule for " + group, .group = group, .role = role, .projects = {project}};
  }
};

TEST_F(ExplainTest, APrivilegedRoleThatWasWithheld) {
  rules({rule("Admins", "admin", "Website")});
  const UserId ann = person(entra_, "ann");
  const GroupId inner = group(entra_, "Inner"), admins = group(entra_, "Admins");
  join(inner, {ann});
  join(admins, {inner});
  finish_work();
  const Explanation all = explained(ann);
  EXPECT_EQ(all.roles, Strings{});
  ASSERT_EQ(all.withheld.size(), 1U);
  EXPECT_EQ(all.withheld[0].role, "admin");
  EXPECT_EQ(all.withheld[0].rule, "rule for Admins");
  EXPECT_EQ(all.withheld[0].source, "scim:entra");
  EXPECT_EQ(all.withheld[0].path, (Strings{"Inner", "Admins"}));
  const UserId bob = person(corp_, "bob");
  join(group(corp_, "admins"), {bob});
  EXPECT_TRUE(explained(bob).withheld.empty()) << "a directory gives it";
}

TEST_F(ExplainTest, FromGroupToRuleToRoleAndProject) {
  rules({rule("engineering", "Staff", "Website")});
  const UserId ann = person(corp_, "ann");
  const GroupId group_key = group(corp_, "engineering");
  join(group_key, {ann});
  finish_work();

  const Explanation all = explained(ann);
  EXPECT_EQ(all.user.user_name, "ann");
  EXPECT_EQ(all.roles, Strings{"Staff"});
  EXPECT_EQ(all.projects, Strings{"Website"});
  ASSERT_EQ(all.grants.size(), 2u);
  for (const ExplainedGrant& each : all.grants) {
    EXPECT_EQ(each.source, "ldap:corp");
    EXPECT_EQ(each.grant.rule, "rule for engineering");
    EXPECT_EQ(each.grant.group_name, "engineering");
    EXPECT_EQ(each.path, Strings{"engineering"});
  }
  ASSERT_EQ(all.claims.size(), 1u);
  EXPECT_EQ(all.claims[0].first, "ldap:corp");
  EXPECT_EQ(all.claims[0].second.key, "k-ann");
}

TEST_F(ExplainTest, ThroughNestedGroupsWithCycles) {
  rules({rule("top", "Staff", "Website")});
  const UserId ann = person(corp_, "ann");
  const GroupId team = group(corp_, "team"), unit = group(corp_, "unit"), top = group(corp_, "top");
  join(top, {unit});
  join(unit, {team});
  join(team, {top});   // a cycle
  join(unit, {unit});  // itself
  join(team, {ann});
  finish_work();
  EXPECT_EQ(path(explained(ann), "Website"), (Strings{"team", "unit", "top"}));
}

TEST_F(ExplainTest, TheShortestWayIsShown) {
  rules({rule("top", "Staff", "Website"), rule("mid", "Staff", "Shop")});
  const UserId ann = person(corp_, "ann");
  const GroupId a = group(corp_, "a"), b = group(corp_, "b"), mid = group(corp_, "mid"), top = group(corp_, "top");
  join(b, {a});
  join(mid, {b});
  join(top, {mid});
  join(top, {b});
  join(a, {ann});
  finish_work();
  EXPECT_EQ(path(explained(ann), "Website"), (Strings{"a", "b", "top"}));
  EXPECT_EQ(path(explained(ann), "Shop"), (Strings{"a", "b", "mid"}));
  join(top, {ann});
  finish_work();
  EXPECT_EQ(path(explained(ann), "Website"), Strings{"top"});
}

TEST_F(ExplainTest, AnAdminsGrantHasNoPath) {
  const UserId ann = person(corp_, "ann");
  ASSERT_TRUE(write([&](Unit& unit) { return grant_project(unit, ann, "Website", "admin"); }));
  const Explanation all = explained(ann);
  ASSERT_EQ(all.grants.size(), 1u);
  EXPECT_EQ(all.grants[0].source, "local");
  EXPECT_TRUE(all.grants[0].path.empty());
}

TEST_F(ExplainTest, BlocksWithTheirSources) {
  const UserId ann = person(corp_, "ann");
  ASSERT_TRUE(stop(ann, corp_, Reason::left_directory));
  ASSERT_TRUE(stop(ann, kLocal, Reason::admin));
  const Explanation all = explained(ann);
  EXPECT_FALSE(all.user.active);
  Strings blocks;
  for (const auto& [source, each] : all.blocks) blocks.push_back(source + ": " + std::string(to_string(each.reason)));
  std::sort(blocks.begin(), blocks.end());
  ASSERT_EQ(blocks.size(), 2u);
  EXPECT_EQ(blocks[0], "ldap:corp: left directory");
  EXPECT_TRUE(blocks[1].starts_with("local: "));
}

TEST_F(ExplainTest, InvitationsAndMails) {
  const UserId ann = person(corp_, "ann");
  ASSERT_TRUE(write([&](Unit& unit) { return invite(unit, ann); }));
  ASSERT_TRUE(write([&](Unit& unit) { return invite(unit, ann); }));
  const Explanation all = explained(ann);
  ASSERT_EQ(all.invitations.size(), 2u);
  EXPECT_EQ(all.invitations[0].state, "replaced");
  EXPECT_EQ(all.invitations[1].state, "open");
  ASSERT_EQ(all.mails.size(), 2u);
  EXPECT_EQ(all.mails[0].state, "queued") << "newest first";
}

TEST_F(ExplainTest, NobodyIsAnError) {
  EXPECT_THROW(explained(UserId{4711}), StoreError);
}

}  // namespace
}  // namespace rosterd::store
