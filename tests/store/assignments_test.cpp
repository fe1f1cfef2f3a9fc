#include "store/assignments.h"

#include "store/explain.h"
#include "tests/store/fixture.h"

namespace rosterd::store {
namespace {

class AssignmentsTest : public StoreTest {
 protected:
  AssignmentsTest() {
    settings_.access = AccessRules(
        {{.name = "eng", .group = "Engineering", .role = "Staff", .projects = {"Website"}, .permissions = {"deploy"}}});
    allow();
    write([](Unit& unit) {
      ensure_project(unit, "Website");
      ensure_role(unit, {{}, "Reviewer", 20, false, {"review"}});
    });
  }
  void allow(bool privileged = false) {
    settings_.assigning["scim:entra"] = {privileged};
    store_->configure(settings_);
    finish_work();
  }
  Outcome<Claimed> state(SourceId source, const std::string& name, const std::string& more, UserId who = {}) {
    ClaimFacts all;
    all.key = "k-" + name;
    all.profile = R"({"userName":")" + name + R"(","emails":[{"value":")" + name + R"(@example.org"}])" + more + "}";
    return put(source, all, who);
  }
  static std::string role(const std::string& name) { return R"(,"roles":[{"value":")" + name + R"("}])"; }
  static std::string entitlement(const std::string& value, const std::string& type = {}) {
    return R"(,"entitlements":[{"value":")" + value + R"(","type":")" + type + R"("}])";
  }
  Strings permissions(UserId who) {
    return read([&](const View& view) { return permissions_of(view, who); });
  }
};

TEST_F(AssignmentsTest, GiveRolesProjectsAndPermissionsAndTakeThemBack) {
  const UserId ann = state(entra_, "ann", role("staff") + entitlement("website", "Project"))->user;
  EXPECT_EQ(roles(ann), Strings{"Staff"});
  EXPECT_EQ(projects(ann), Strings{"Website"});
  ASSERT_TRUE(state(entra_, "ann", role("Reviewer") + entitlement("deploy", "permission"), ann));
  EXPECT_EQ(roles(ann), Strings{"Reviewer"});
  EXPECT_TRUE(projects(ann).empty());
  EXPECT_EQ(permissions(ann), (Strings{"deploy", "review"}));
  ASSERT_TRUE(state(entra_, "ann", "", ann));
  EXPECT_TRUE(roles(ann).empty());
  EXPECT_EQ(number("SELECT COUNT(*) FROM grants"), 0);
}

TEST_F(AssignmentsTest, IdsOfTheListsAreNamesToo) {
  const auto project = read([](const View& view) {
    std::optional<Project> first;
    scan_projects(view, {}, 1, [&](const Project& each) { return first = each, true; });
    return *first;
  });
  const UserId ann = state(entra_, "ann", role("role-2") + entitlement(public_id(project.id), "Project"))->user;
  EXPECT_EQ(roles(ann), Strings{"Staff"});
  EXPECT_EQ(projects(ann), Strings{"Website"});
  const UserId bob = state(entra_, "bob", entitlement(permission_id("deploy")))->user;
  EXPECT_EQ(permissions(bob), Strings{"deploy"});
}

TEST_F(AssignmentsTest, NothingWithoutTheSetting) {
  const UserId ann = state(corp_, "ann", role("Staff"))->user;
  EXPECT_TRUE(roles(ann).empty());
  settings_.assigning.clear();
  store_->configure(settings_);
  const UserId bob = state(entra_, "bob", role("Staff"))->user;
  EXPECT_TRUE(roles(bob).empty());
}

TEST_F(AssignmentsTest, SettingReachesThoseWhoAreThereAndLeavesThemAgain) {
  settings_.assigning.clear();
  store_->configure(settings_);
  const UserId ann = state(entra_, "ann", role("Staff"))->user;
  allow();
  EXPECT_EQ(roles(ann), Strings{"Staff"});
  const auto rows = number("SELECT COUNT(*) FROM audit");
  allow();
  EXPECT_EQ(number("SELECT COUNT(*) FROM audit"), rows) << "a second run changes nothing";
  settings_.assigning.clear();
  store_->configure(settings_);
  finish_work();
  EXPECT_TRUE(roles(ann).empty());
}

TEST_F(AssignmentsTest, UnknownNamesGiveNothingAndMakeNothing) {
  const UserId ann = state(entra_, "ann", role("Wizard") + entitlement("Nowhere", "project"))->user;
  EXPECT_EQ(number("SELECT COUNT(*) FROM grants"), 0);
  EXPECT_EQ(number("SELECT COUNT(*) FROM roles WHERE name = 'Wizard'"), 0);
  EXPECT_EQ(number("SELECT COUNT(*) FROM projects WHERE name = 'Nowhere'"), 0);
  const auto assigned = write([&](Unit& unit) {
    return assigned_by(unit, unit.settings(), "scim:entra", find_claim(unit, entra_, ann)->profile);
  });
  EXPECT_EQ(assigned.unknown, 2u);
  // The configuration has the role from now on.
  write([](Unit& unit) { ensure_role(unit, {{}, "Wizard", 20, false, {}}); });
  allow();
  EXPECT_EQ(roles(ann), Strings{"Wizard"});
}

TEST_F(AssignmentsTest, PrivilegedRolesOnlyWhenTheConnectionMay) {
  const UserId ann = state(entra_, "ann", role("Admin"))->user;
  EXPECT_TRUE(roles(ann).empty());
  EXPECT_FALSE(read([&](const View& view) { return is_privileged(view, ann); }));
  allow(true);
  EXPECT_EQ(roles(ann), Strings{"Admin"});
  EXPECT_TRUE(read([&](const View& view) { return is_privileged(view, ann); }));
  EXPECT_FALSE(read([&](const View& view) { return is_last_admin(view, ann); })) << "only local admins are counted";
  EXPECT_EQ(number("SELECT COUNT(*) FROM audit WHERE action = 'grant.add' AND detail LIKE '%privileged%'"), 1);
  allow(false);
  EXPECT_TRUE(roles(ann).empty());
}

TEST_F(AssignmentsTest, RoleThatBecomesPrivilegedIsTakenBack) {
  const UserId ann = state(entra_, "ann", role("Reviewer"))->user;
  write([](Unit& unit) { ensure_role(unit, {{}, "Reviewer", 20, true, {"review"}}); });
  allow();
  EXPECT_TRUE(roles(ann).empty());
}

TEST_F(AssignmentsTest, OnlyItsOwnSourceTakesItAway) {
  settings_.assigning["ldap:corp"] = {};
  store_->configure(settings_);
  const UserId ann = state(entra_, "ann", role("Staff"))->user;
  ASSERT_TRUE(write([&](Unit& unit) { return grant_role(unit, ann, "Staff", "admin"); }));
  join(group(entra_, "Engineering"), {ann});
  EXPECT_EQ(number("SELECT COUNT(*) FROM grants WHERE role_id = 2"), 3);
  ASSERT_TRUE(state(entra_, "ann", "", ann));
  EXPECT_EQ(number("SELECT COUNT(*) FROM grants WHERE role_id = 2"), 2) << "the rule's and the admin's stay";
  ASSERT_TRUE(state(entra_, "ann", role("Staff"), ann));
  ASSERT_TRUE(write([&](Unit& unit) { return take_role(unit, ann, "Staff"); }));
  EXPECT_EQ(roles(ann), Strings{"Staff"}) << "the connection's stays";
}

TEST_F(AssignmentsTest, EndWithTheClaimAndReturnWithIt) {
  const UserId ann = state(entra_, "ann", role("Staff"))->user;
  ASSERT_TRUE(end(entra_, ann));
  EXPECT_EQ(number("SELECT COUNT(*) FROM grants"), 0);
  ASSERT_EQ(state(entra_, "ann", "")->user, ann);
  EXPECT_TRUE(roles(ann).empty()) << "what the claim says now";
  ASSERT_TRUE(end(entra_, ann));
  ASSERT_EQ(state(entra_, "ann", role("Staff"))->user, ann);
  EXPECT_EQ(roles(ann), Strings{"Staff"});
}

TEST_F(AssignmentsTest, InviteLikeEveryGrant) {
  const UserId ann = state(entra_, "ann", "")->user;
  EXPECT_EQ(invited(ann), 0);
  ASSERT_TRUE(state(entra_, "ann", entitlement("Website"), ann));
  EXPECT_EQ(invited(ann), 1);
  const UserId bob = state(entra_, "bob", role("Staff"))->user;
  EXPECT_EQ(invited(bob), 1);
  const UserId cid = state(corp_, "cid", "")->user;
  ASSERT_TRUE(write([&](Unit& unit) { return grant_role(unit, cid, "Staff", "admin"); }));
  ASSERT_TRUE(write([&](Unit& unit) -> Outcome<bool> { return refresh_access(unit, cid); }));
  EXPECT_EQ(invited(cid), 0) << "an admin invites by a word of his own";
}

TEST_F(AssignmentsTest, ExplainNamesTheSource) {
  const UserId ann = state(entra_, "ann", role("Staff"))->user;
  const auto explained = read([&](const View& view) { return explain(view, ann, settings_.access); });
  ASSERT_EQ(explained.grants.size(), 1u);
  EXPECT_EQ(explained.grants[0].grant.reason, "assigned");
  EXPECT_EQ(explained.grants[0].source, "scim:entra");
  EXPECT_EQ(word("SELECT role || ' ' || reason || ' ' || source FROM v_grants"), "Staff assigned scim:entra");
  EXPECT_EQ(number("SELECT COUNT(*) FROM v_roles"), 1);
}

TEST_F(AssignmentsTest, CostIsTheSameAmongManyPeopleAndProjects) {
  const auto cost = [&](const std::string& name) {
    return write([&](Unit& unit) {
      const auto before = unit.db().steps();
      ClaimFacts all;
      all.key = name;
      all.profile = R"({"userName":")" + name + "\"" + role("Staff") + entitlement("Website") + "}";
      EXPECT_TRUE(put_claim(unit, entra_, all));
      return unit.db().steps() - before;
    });
  };
  cost("first");
  const auto few = cost("few");
  write([&](Unit& unit) {
    for (int i = 0; i < 2000; ++i) {
      put_user(unit, "p" + std::to_string(i));
      ensure_project(unit, "q" + std::to_string(i));
    }
  });
  EXPECT_LE(cost("many"), few * 13 / 10);
}

}  // namespace
}  // namespace rosterd::store
