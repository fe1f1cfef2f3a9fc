// Runs against a directory of 100 people and three groups.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>

#include "ldap/sync.h"
#include "slapd_server.h"
#include "store/blocks.h"
#include "store/groups.h"
#include "store/sources.h"
#include "store/users.h"

namespace rosterd::ldap {

using Names = std::vector<std::string>;

inline constexpr int kPeople = 100;

inline std::string person_dn(int number) {
  return "uid=user" + std::to_string(number) + ",ou=people," + testing::kSuffix;
}

inline std::string person_ldif(int number) {
  const std::string n = std::to_string(number);
  return "dn: " + person_dn(number) + "\nobjectClass: inetOrgPerson\nobjectClass: shadowAccount\nuid: user" + n +
         "\ncn: User " + n + "\nsn: Number" + n + "\ngivenName: User\nmail: user" + n +
         "@example.org\nemployeeNumber: " + n + "\n\n";
}

inline std::string company() {
  const std::string suffix = testing::kSuffix;
  std::string ldif;
  for (int i = 0; i < kPeople; ++i) ldif += person_ldif(i);
  ldif += "dn: cn=half,ou=groups," + suffix + "\nobjectClass: groupOfNames\ncn: half\n";
  for (int i = 0; i < kPeople / 2; ++i) ldif += "member: " + person_dn(i) + "\n";
  ldif += "member: cn=outer,ou=groups," + suffix + "\nmember: uid=nobody,dc=nowhere\n\n";
  ldif += "dn: cn=outer,ou=groups," + suffix +
          "\nobjectClass: groupOfUniqueNames\ncn: outer\nuniqueMember: CN=Half, OU=Groups," + suffix +
          "\nuniqueMember: cn=outer,ou=groups," + suffix + "\n\n";
  ldif +=
      "dn: cn=posix,ou=groups," + suffix +
      "\nobjectClass: posixGroup\ncn: posix\ngidNumber: 17\nmemberUid: user1\nmemberUid: USER2\nmemberUid: ghost\n\n";
  return ldif;
}

class Recorder final : public Observer {
 public:
  void set_aside(const SetAside& entry) override { aside.push_back(entry.dn + ": " + entry.reason); }
  void planned(const Change& change, bool is_held) override {
    lines.push_back(format_change(change));
    held += is_held ? 1 : 0;
  }
  void refused(const Change& change, const store::Refused& why) override {
    refusals.push_back(change.name + ": " + why.message);
  }
  std::vector<std::string> aside;
  std::vector<std::string> lines;
  void searching(const std::string&) override { ++searches; }
  std::vector<std::string> refusals;
  int held = 0;
  int searches = 0;
};

// The system's time, moved on by hand.
class LaterClock final : public store::Clock {
 public:
  store::Instant now() const override { return store::SystemClock().now() + later_; }
  void later(std::chrono::milliseconds by) { later_ += by; }

 private:
  std::chrono::milliseconds later_{0};
};

// A store of its own, and what a run has left in it.
class WithStore : public ::testing::Test {
 protected:
  void SetUp() override { store_ = store::Store::open({directory_.path().string()}, clock_); }

  store::User user(const std::string& name) {
    return store_->read([&](const store::View& view) {
      const auto found = store::find_person(view, name);
      EXPECT_TRUE(found) << name;
      return found.value_or(store::User{});
    });
  }

  std::vector<std::string> groups_of(const std::string& name) {
    const store::UserId key = user(name).key;
    std::vector<std::string> names;
    for (const auto& group : store_->read([&](const store::View& view) { return store::groups_of(view, key); })) {
      names.push_back(group.display_name);
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  testing::TempDirectory directory_;
  LaterClock clock_;
  std::unique_ptr<store::Store> store_;
};

class Sync : public WithStore {
 protected:
  void SetUp() override {
    WithStore::SetUp();
    options_.name = "ldap:test";
    options_.server = slapd_.options();
    options_.people = {{std::string("ou=people,") + testing::kSuffix, Scope::subtree, "(objectClass=inetOrgPerson)"}};
    options_.groups = {{std::string("ou=groups,") + testing::kSuffix, Scope::subtree,
                        "(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames)(objectClass=posixGroup))"}};
  }

  SyncResult run(bool dry_run = false) {
    seen_ = Recorder();
    SyncOptions how;
    how.dry_run = dry_run;
    return sync(options_, *store_, how, seen_);
  }

  void expect_in_step(const char* after) {
    const SyncResult again = run();
    EXPECT_EQ(again.state, SyncResult::State::in_step) << after << ": " << format_counts(again.planned);
  }

  std::vector<store::Block> blocks(const std::string& name) {
    const store::UserId key = user(name).key;
    return store_->read([&](const store::View& view) { return store::blocks_of(view, key); });
  }

  int active() {
    int count = 0;
    for (int i = 0; i < kPeople; ++i) count += user("user" + std::to_string(i)).active ? 1 : 0;
    return count;
  }

  static void remove(testing::SlapdServer& slapd, int from, int to) {
    std::string ldif;
    for (int i = from; i < to; ++i) ldif += "dn: " + person_dn(i) + "\nchangetype: delete\n\n";
    slapd.modify(ldif);
  }

  testing::SlapdServer slapd_{company()};
  DirectoryOptions options_;
  Recorder seen_;
};

}  // namespace rosterd::ldap
