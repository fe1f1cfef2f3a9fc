#include "store/access.h"

#include "store/audit.h"
#include "store/invitations.h"
#include "store/sources.h"
#include "tests/store/fixture.h"

namespace rosterd::store {
namespace {

class AccessTest : public StoreTest {
 protected:
  AccessTest() {
    rules({{.name = "eng", .group = "Engineering", .role = "Staff", .projects = {"Website", "API"}},
           {.name = "ops", .group = "Ops", .role = "Staff", .projects = {"API"}, .permissions = {"deploy"}},
           {.name = "proj", .group = "proj-*", .projects = {"{1}"}},
           {.name = "cust", .group = "cust-*", .role = "Client", .kind = Kind::client, .company = "{1}"},
           {.name = "boss", .group = "Admins", .role = "Admin"}});
  }
  UserId ann_ = person(entra_, "ann");

  std::vector<Grant> grants(UserId who) {
    return read([&](const View& view) { return grants_of(view, who); });
  }
  void complete(SourceId source) {
    write([&](Unit& unit) { mark_complete(unit, source); });
  }
};

TEST_F(AccessTest, JoiningGivesRoleAndProjects) {
  const GroupId eng = group(entra_, "Engineering");
  const auto version = user(ann_).version;
  EXPECT_EQ(join(eng, {ann_}), 1u);
  EXPECT_EQ(roles(ann_), Strings{"Staff"});
  EXPECT_EQ(projects(ann_), (Strings{"API", "Website"}));
  EXPECT_GT(user(ann_).version, version);
  ASSERT_EQ(grants(ann_).size(), 3u);
  EXPECT_EQ(grants(ann_)[0].rule, "eng");
  EXPECT_EQ(grants(ann_)[0].group_name, "Engineering");
  EXPECT_EQ(grants(ann_)[0].source, entra_);
  EXPECT_EQ(grants(ann_)[0].reason, "rule");
}

TEST_F(AccessTest, JoiningTwiceChangesNothing) {
  const GroupId eng = group(entra_, "Engineering");
  join(eng, {ann_});
  const auto version = user(ann_).version;
  const auto audit_rows = number("SELECT COUNT(*) FROM audit");
  EXPECT_EQ(join(eng, {ann_}), 0u);
  EXPECT_FALSE(write([&](Unit& unit) { return refresh_access(unit, ann_); }));
  EXPECT_EQ(user(ann_).version, version);
  EXPECT_EQ(number("SELECT COUNT(*) FROM audit"), audit_rows);
}

TEST_F(AccessTest, LeavingTakesExactlyThatGrant) {
  const GroupId eng = group(entra_, "Engineering");
  const GroupId alpha = group(entra_, "proj-Alpha");
  join(eng, {ann_});
  join(alpha, {ann_});
  ASSERT_TRUE(write([&](Unit& unit) { return grant_project(unit, ann_, "Handbook", "admin"); }));
  EXPECT_EQ(leave(alpha, {ann_}), 1u);
  EXPECT_EQ(projects(ann_), (Strings{"API", "Handbook", "Website"}));
  EXPECT_EQ(leave(eng, {ann_}), 1u);
  EXPECT_EQ(projects(ann_), Strings{"Handbook"});
  EXPECT_TRUE(roles(ann_).empty());
  EXPECT_EQ(leave(eng, {ann_}), 0u);
}

TEST_F(AccessTest, RoleOfTwoGroupsStaysUntilBothAreGone) {
  const GroupId eng = group(entra_, "Engineering");
  const GroupId ops = group(corp_, "Ops");
  join(eng, {ann_});
  join(ops, {ann_});
  EXPECT_EQ(roles(ann_), Strings{"Staff"});
  leave(eng, {ann_});
  EXPECT_EQ(roles(ann_), Strings{"Staff"});
  EXPECT_EQ(projects(ann_), Strings{"API"});
  leave(ops, {ann_});
  EXPECT_TRUE(roles(ann_).empty());
  EXPECT_TRUE(projects(ann_).empty());
}

TEST_F(AccessTest, LocalGrantOfTheSameRoleOutlivesTheGroup) {
  const GroupId eng = group(entra_, "Engineering");
  join(eng, {ann_});
  ASSERT_TRUE(write([&](Unit& unit) { return grant_role(unit, ann_, "STAFF", "admin"); }));
  leave(eng, {ann_});
  EXPECT_EQ(roles(ann_), Strings{"Staff"});
  EXPECT_TRUE(write([&](Unit& unit) { return take_role(unit, ann_, "staff"); }));
  EXPECT_TRUE(roles(ann_).empty());
}

TEST_F(AccessTest, NestedGroupsGiveTheOuterGroupsAccess) {
  const GroupId eng = group(entra_, "Engineering");
  const GroupId team = group(entra_, "Team");
  const GroupId squad = group(entra_, "Squad");
  join(squad, {ann_});
  join(team, {squad});
  EXPECT_TRUE(roles(ann_).empty());
  join(eng, {team});
  EXPECT_EQ(roles(ann_), Strings{"Staff"});
  EXPECT_EQ(grants(ann_)[0].group, eng);
  leave(team, {squad});
  EXPECT_TRUE(roles(ann_).empty());
}

TEST_F(AccessTest, CyclesAndSelfMembershipAreHarmless) {
  const GroupId eng = group(entra_, "Engineering");
  const GroupId team = group(entra_, "Team");
  join(eng, {team, eng});
  join(team, {eng, ann_});
  EXPECT_EQ(roles(ann_), Strings{"Staff"});
  const auto groups = read([&](const View& view) { return groups_of(view, ann_); });
  ASSERT_EQ(groups.size(), 2u);
  EXPECT_FALSE(groups[0].direct);
  EXPECT_TRUE(groups[1].direct);
  leave(team, {ann_});
  EXPECT_TRUE(roles(ann_).empty());
}

TEST_F(AccessTest, KindAndCompanyComeFromRules) {
  const GroupId acme = group(entra_, "cust-Acme");
  join(acme, {ann_});
  EXPECT_EQ(user(ann_).kind, Kind::client);
  EXPECT_EQ(user(ann_).company, "Acme");
  // The claim's own kind does not fight with the rule's.
  ClaimFacts same = facts("ann", "k-ann");
  same.kind = Kind::staff;
  EXPECT_FALSE(put(entra_, same)->changed);
  EXPECT_EQ(user(ann_).kind, Kind::client);
  join(group(entra_, "Engineering"), {ann_});
  EXPECT_EQ(user(ann_).kind, Kind::staff) << "a rule for staff wins";
}

TEST_F(AccessTest, APrivilegedRoleIsWithheldFromASourceThatMayNotGiveIt) {
  const auto with = [&](Privileges privileges) {
    settings_.access = AccessRules({{.name = "boss", .group = "Admins", .role = "Admin", .projects = {"Website"}}},
                                   std::move(privileges));
    store_->configure(settings_);
    finish_work();
  };
  with({});
  join(group(entra_, "Admins"), {ann_});
  EXPECT_EQ(roles(ann_), Strings{});
  EXPECT_EQ(projects(ann_), Strings{"Website"}) << "the rest of the rule is in force";
  const auto before = number("SELECT COUNT(*) FROM audit");
  with({});
  EXPECT_EQ(number("SELECT COUNT(*) FROM audit"), before) << "a second run changes nothing";
  with({.givers = {"scim:entra"}});
  EXPECT_EQ(roles(ann_), Strings{"Admin"});
  with({.givers = {"scim:okta"}});
  EXPECT_EQ(roles(ann_), Strings{});
}

TEST_F(AccessTest, PrivilegedRoleByRuleIsAuditedAsSuch) {
  join(group(corp_, "Admins"), {ann_});
  EXPECT_EQ(roles(ann_), Strings{"Admin"});
  EXPECT_EQ(number("SELECT COUNT(*) FROM audit WHERE action = 'grant.add' AND detail LIKE '%privileged%'"), 1);
  EXPECT_TRUE(read([&](const View& view) { return is_privileged(view, ann_); }));
  EXPECT_FALSE(read([&](const View& view) { return is_last_admin(view, ann_); }));
}

TEST_F(AccessTest, PermissionsAreTheUnionOfGrantsAndRoles) {
  write([](Unit& unit) { ensure_role(unit, {{}, "Staff", 50, false, {"tasks", "files"}}); });
  join(group(entra_, "Ops"), {ann_});
  EXPECT_EQ(read([&](const View& view) { return permissions_of(view, ann_); }), (Strings{"deploy", "files", "tasks"}));
}

TEST_F(AccessTest, ViewsShowTheSame) {
  join(group(entra_, "Ops"), {ann_});
  EXPECT_EQ(word("SELECT project FROM v_access"), "API");
  EXPECT_EQ(word("SELECT role FROM v_roles"), "Staff");
  EXPECT_EQ(word("SELECT permission FROM v_permissions"), "deploy");
  EXPECT_EQ(word("SELECT status FROM v_users"), "Pending");
  EXPECT_EQ(number("SELECT COUNT(*) FROM v_grants"), 3);
  ASSERT_TRUE(stop(ann_, kLocal, Reason::admin));
  EXPECT_EQ(number("SELECT COUNT(*) FROM v_access"), 0);
  EXPECT_EQ(number("SELECT COUNT(*) FROM v_roles"), 0);
}

TEST_F(AccessTest, FirstGrantInvitesAndTheSecondDoesNot) {
  join(group(entra_, "Team"), {ann_});
  EXPECT_EQ(invited(ann_), 0) << "no grant yet";
  join(group(entra_, "Engineering"), {ann_});
  EXPECT_EQ(invited(ann_), 1);
  join(group(entra_, "Ops"), {ann_});
  EXPECT_EQ(invited(ann_), 1);
}

TEST_F(AccessTest, FirstImportInvitesNobodyButALaterGrantDoes) {
  const UserId bob = person(corp_, "bob");
  const UserId carol = person(corp_, "carol");
  const GroupId eng = group(corp_, "Engineering");
  const GroupId ops = group(corp_, "Ops");
  join(eng, {bob, carol});
  complete(corp_);
  EXPECT_FALSE(write([&](Unit& unit) { return refresh_access(unit, bob); }));
  EXPECT_EQ(invited(bob), 0);
  join(ops, {bob});
  EXPECT_EQ(invited(bob), 1);
  EXPECT_EQ(invited(carol), 0);
  const UserId dave = person(corp_, "dave");
  join(eng, {dave});
  EXPECT_EQ(invited(dave), 1);
}

TEST_F(AccessTest, WorkLeftOverFromTheFirstImportInvitesNobody) {
  settings_.members_at_once = 1;
  store_->configure(settings_);
  const UserId bob = person(corp_, "bob");
  const UserId carol = person(corp_, "carol");
  const GroupId eng = group(corp_, "Engineering");
  join(eng, {bob, carol});
  complete(corp_);
  finish_work();
  EXPECT_EQ(roles(bob), Strings{"Staff"});
  EXPECT_EQ(invited(bob) + invited(carol), 0);
}

TEST_F(AccessTest, NobodyIsInvitedWhoIsBlockedOrHasNoAddressOrJoined) {
  ClaimFacts silent = facts("silent", "k-silent");
  silent.profile = profile("silent");
  const UserId no_address = put(entra_, silent)->user;
  const UserId blocked = person(entra_, "blocked");
  const UserId joined = person(entra_, "joined");
  ASSERT_TRUE(stop(blocked, kLocal, Reason::admin));
  sql("UPDATE users SET joined_at = 5 WHERE key = " + std::to_string(joined.value));
  join(group(entra_, "Engineering"), {no_address, blocked, joined});
  EXPECT_EQ(number("SELECT COUNT(*) FROM invitations"), 0);
  // The address comes, the block goes: now they are due.
  ASSERT_TRUE(put(entra_, facts("silent", "k-silent")));
  EXPECT_EQ(invited(no_address), 1);
  ASSERT_TRUE(release(blocked, kLocal));
  EXPECT_EQ(invited(blocked), 1);
  EXPECT_EQ(invited(joined), 0);
}

TEST_F(AccessTest, DeprovisionedPersonLeavesTheConnectionsGroups) {
  const GroupId eng = group(entra_, "Engineering");
  const GroupId ops = group(corp_, "Ops");
  join(eng, {ann_});
  join(ops, {ann_});
  ASSERT_TRUE(end(entra_, ann_));
  EXPECT_FALSE(read([&](const View& view) { return is_member(view, eng, ann_); }));
  EXPECT_TRUE(read([&](const View& view) { return is_member(view, ops, ann_); }));
  ASSERT_TRUE(put(entra_, facts("ann", "k-ann")));
  EXPECT_EQ(projects(ann_), Strings{"API"}) << "what the connection says again, not what it once said";
}

TEST_F(AccessTest, ChangedRulesReachEverybody) {
  const GroupId eng = group(entra_, "Engineering");
  join(eng, {ann_});
  rules({{.name = "eng", .group = "Engineering", .projects = {"Other"}}});
  finish_work();
  EXPECT_TRUE(roles(ann_).empty());
  EXPECT_EQ(projects(ann_), Strings{"Other"});
  const auto commits = store_->commits();
  store_->configure(settings_);
  EXPECT_FALSE(read([](const View& view) { return has_work(view); })) << "the same rules again";
  EXPECT_LE(store_->commits(), commits + 1);
}

TEST_F(AccessTest, UnknownRoleIsRefusedForAnAdmin) {
  EXPECT_EQ(write([&](Unit& unit) { return grant_role(unit, ann_, "Wizard", "admin"); }).refused().kind,
            Refusal::not_found);
  EXPECT_EQ(write([&](Unit& unit) { return take_project(unit, ann_, "Nothing"); }).refused().kind, Refusal::not_found);
}

TEST_F(AccessTest, RanksOrderTheRoles) {
  write([](Unit& unit) { ensure_role(unit, {{}, "Lead", 70, false, {}}); });
  for (const char* role : {"Client", "Lead", "Staff"})
    ASSERT_TRUE(write([&](Unit& unit) { return grant_role(unit, ann_, role, "admin"); }));
  EXPECT_EQ(roles(ann_), (Strings{"Lead", "Staff", "Client"}));
}

}  // namespace
}  // namespace rosterd::store
