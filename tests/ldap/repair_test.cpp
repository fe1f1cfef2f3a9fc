// Runs against a small directory, about what is in between: entries without a key, refusals, stops.
#include <gtest/gtest.h>

#include <algorithm>

#include "ldap/sync.h"
#include "store/access.h"
#include "store/blocks.h"
#include "store/claims.h"
#include "store/groups.h"
#include "store/sources.h"
#include "sync_fixture.h"

namespace rosterd::ldap {
namespace {

using testing::SlapdServer;

const std::string kEnd = std::string(",") + testing::kSuffix;

std::string dn_of(const std::string& name) {
  return "uid=" + name + ",ou=people" + kEnd;
}

std::string person(const std::string& name, const std::string& number) {
  return "dn: " + dn_of(name) + "\nobjectClass: inetOrgPerson\nuid: " + name + "\ncn: " + name + "\nsn: " + name +
         "\nmail: " + name + "@example.org\nemployeeNumber: " + number + "\n\n";
}

std::string few() {
  std::string ldif;
  int number = 0;
  for (const char* name : {"anna", "bert", "carl"}) ldif += person(name, std::to_string(++number));
  for (const char* name : {"all", "some"}) {
    ldif += std::string("dn: cn=") + name + ",ou=groups" + kEnd + "\nobjectClass: groupOfNames\ncn: " + name +
            "\ndescription: key-" + name + "\n";
    for (const char* member : {"anna", "bert", "carl"}) ldif += "member: " + dn_of(member) + "\n";
    ldif += "\n";
  }
  return ldif;
}

class Repair : public WithStore {
 protected:
  void SetUp() override {
    WithStore::SetUp();
    options_.name = "ldap:test";
    options_.server = slapd_.options();
    options_.people = {{"ou=people" + kEnd, Scope::subtree, "(objectClass=inetOrgPerson)"}};
    options_.groups = {{"ou=groups" + kEnd, Scope::subtree, "(objectClass=groupOfNames)"}};
    options_.mapping.key_attribute = "employeeNumber";
    options_.mapping.disabled = {"employeeType", {"former"}};
    options_.group_mapping.key_attribute = "description";
  }

  SyncResult run(SyncOptions how = {}) {
    Observer nobody;
    return sync(options_, *store_, how, nobody);
  }

  void change(const std::string& dn, const std::string& what) {
    slapd_.modify("dn: " + dn + "\nchangetype: modify\n" + what);
  }

  std::string last_error() {
    const auto source = store_->read([](const store::View& view) { return store::find_source(view, "ldap:test"); });
    return source ? source->last_error : "no such source";
  }

  SlapdServer slapd_{few()};
  DirectoryOptions options_;
};

TEST_F(Repair, AnEntryThatHidesItsKeyLosesNothing) {
  run();
  ASSERT_EQ(groups_of("anna"), (Names{"all", "some"}));
  change(dn_of("anna"), "delete: employeeNumber\n");
  change("cn=some,ou=groups" + kEnd, "delete: description\n");
  const SyncResult result = run();
  EXPECT_EQ(result.set_aside, 2U);
  EXPECT_EQ(result.state, SyncResult::State::in_step) << format_counts(result.planned);
  EXPECT_TRUE(user("anna").active);
  EXPECT_EQ(groups_of("anna"), (Names{"all", "some"}));
  EXPECT_EQ(groups_of("bert"), (Names{"all", "some"}));
}

TEST_F(Repair, AKeyThatIsSeenElsewhereIsNotProtectedByAnOldName) {
  run();
  slapd_.modify("dn: " + dn_of("anna") + "\nchangetype: modrdn\nnewrdn: uid=annie\ndeleteoldrdn: 1\n");
  slapd_.modify("dn: " + dn_of("anna") +
                "\nchangetype: add\nobjectClass: inetOrgPerson\nuid: anna\ncn: new\nsn: new\n");
  run();
  EXPECT_EQ(user("annie").active, true);
}

TEST_F(Repair, TheLastAdminIsTriedAgainUntilAnotherOneIsThere) {
  run();
  const store::UserId anna = user("anna").key;
  const store::UserId bert = user("bert").key;
  const auto grant = [&](store::UserId who) {
    const auto granted = store_->write(
        {store::kLocal, "test"}, [&](store::Unit& unit) { return store::grant_role(unit, who, "admin", "test"); });
    ASSERT_TRUE(granted) << granted.refused().message;
  };
  grant(anna);
  change(dn_of("anna"), "replace: employeeType\nemployeeType: former\n");
  EXPECT_EQ(run().refused, 1U);
  EXPECT_TRUE(user("anna").active);
  EXPECT_EQ(run().refused, 1U) << "tried again";
  EXPECT_TRUE(user("anna").active);
  grant(bert);
  run();
  EXPECT_FALSE(user("anna").active);
  EXPECT_EQ(run().state, SyncResult::State::in_step);
}

TEST_F(Repair, ACollisionOfSomebodyDisabledIsNoNewsTheSecondTime) {
  run();
  change(dn_of("anna"), "replace: mail\nmail: bert@example.org\n-\nadd: employeeType\nemployeeType: former\n");
  const SyncResult first = run();
  EXPECT_EQ(first.planned[ChangeKind::block_person], 1U);
  EXPECT_EQ(first.refused, 1U);
  EXPECT_FALSE(user("anna").active);
  EXPECT_EQ(run({.dry_run = true}).state, SyncResult::State::in_step);
  change(dn_of("anna"), "replace: mail\nmail: anna@example.org\n");
  EXPECT_EQ(run().state, SyncResult::State::changed);
  EXPECT_EQ(run().state, SyncResult::State::in_step);
}

TEST_F(Repair, ADryRunThatFailsLeavesNoTrace) {
  run();
  options_.server.password = Secret("wrong");
  EXPECT_EQ(run({.dry_run = true}).state, SyncResult::State::failed);
  EXPECT_EQ(last_error(), "");
  EXPECT_EQ(run().state, SyncResult::State::failed);
  EXPECT_NE(last_error(), "");
}

TEST_F(Repair, AStopOnRequestIsNoFailureOfTheDirectory) {
  run();
  std::stop_source stop;
  stop.request_stop();
  const SyncResult result = run({.stop = stop.get_token()});
  ASSERT_TRUE(result.error);
  EXPECT_EQ(result.error->kind, ErrorKind::cancelled);
  EXPECT_EQ(last_error(), "");
}

}  // namespace
}  // namespace rosterd::ldap
