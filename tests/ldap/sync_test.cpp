#include "ldap/diagnose.h"
#include "store/claims.h"
#include "store/sqlite/connection.h"
#include "sync_fixture.h"

namespace rosterd::ldap {
namespace {

using testing::CuttingProxy;
using testing::SlapdServer;

TEST_F(Sync, TheFirstRunTakesEverybodyAndTheSecondHasNothingToDo) {
  const SyncResult first = run();
  ASSERT_EQ(first.state, SyncResult::State::changed) << (first.error ? describe(*first.error) : "");
  EXPECT_EQ(first.people, 100U);
  EXPECT_EQ(first.planned[ChangeKind::add_person], 100U);
  EXPECT_EQ(first.planned[ChangeKind::add_group], 3U);
  EXPECT_EQ(first.planned[ChangeKind::add_member], 54U);  // 50 people, half in outer and back, two by login
  EXPECT_EQ(first.unresolved_members, 2U);
  EXPECT_EQ(first.refused, 0U) << seen_.refusals.front();
  EXPECT_EQ(active(), kPeople);
  EXPECT_EQ(groups_of("user1"), (Names{"half", "outer", "posix"}));
  EXPECT_EQ(groups_of("user2"), (Names{"half", "outer", "posix"}));
  EXPECT_EQ(groups_of("user99"), Names{});
  expect_in_step("first run");
  const auto source = store_->read([](const store::View& view) { return store::find_source(view, "ldap:test"); });
  ASSERT_TRUE(source);
  EXPECT_TRUE(source->first_complete_at);
  EXPECT_EQ(source->last_error, "");
}

// Looks into the store after each unit: a snapshot that the run still held would keep the log from being folded back.
class LogWatcher final : public Observer {
 public:
  explicit LogWatcher(const std::filesystem::path& folder)
      : db_((folder / "rosterd.db").string(), store::Connection::Mode::read_write) {}
  void progress(const char* step, std::uint64_t) override {
    if (std::string_view(step) != "changes") return;
    auto fold = db_.prepare("PRAGMA wal_checkpoint(PASSIVE)");
    ASSERT_TRUE(fold.step());
    kept_back = std::max(kept_back, fold.integer(1) - fold.integer(2));
    ++units;
  }
  std::int64_t kept_back = 0;
  int units = 0;

 private:
  store::Connection db_;
};

TEST_F(Sync, FindsInManySnapshotsWhatItStatesBetweenThem) {
  LogWatcher watcher(directory_.path());
  const SyncResult first = sync(options_, *store_, {.changes_per_unit = 1}, watcher);
  ASSERT_EQ(first.state, SyncResult::State::changed);
  EXPECT_GE(watcher.units, 100 + 3 + 54 / 4);  // a unit takes four memberships for one other change
  EXPECT_EQ(watcher.kept_back, 0);
  EXPECT_EQ(active(), kPeople);
  EXPECT_EQ(groups_of("user1"), (Names{"half", "outer", "posix"}));
  EXPECT_EQ(groups_of("user49"), (Names{"half", "outer"}));
  EXPECT_EQ(groups_of("user99"), Names{});
  expect_in_step("single steps");
}

TEST_F(Sync, ADryRunSaysWhatWouldChangeAndChangesNothing) {
  const SyncResult dry = run(true);
  EXPECT_EQ(dry.state, SyncResult::State::would_change);
  EXPECT_EQ(seen_.lines.size(), 157U);
  for (const char* name : {"user1 in half", "half in outer"}) {  // neither is in the store yet
    EXPECT_TRUE(std::any_of(seen_.lines.begin(), seen_.lines.end(), [&](const std::string& line) {
      return line.find(name) != std::string::npos;
    })) << name;
  }
  EXPECT_FALSE(store_->read([](const store::View& view) { return store::find_person(view, "user1").has_value(); }));
  run();
  remove(slapd_, 3, 4);
  EXPECT_EQ(run(true).planned[ChangeKind::block_person], 1U);
  EXPECT_TRUE(user("user3").active);
}

TEST_F(Sync, ARenameKeepsThePerson) {
  run();
  const std::string id = user("user7").id;
  slapd_.modify("dn: " + person_dn(7) +
                "\nchangetype: modrdn\nnewrdn: uid=renamed\ndeleteoldrdn: 1\nnewsuperior: ou=people," +
                testing::kSuffix + "\n");
  slapd_.modify(std::string("dn: cn=half,ou=groups,") + testing::kSuffix +
                "\nchangetype: modify\ndelete: member\nmember: " + person_dn(7) +
                "\n-\nadd: member\nmember: uid=renamed,ou=people," + testing::kSuffix + "\n");
  const SyncResult result = run();
  EXPECT_EQ(result.planned.changes(), 1U) << format_counts(result.planned);
  EXPECT_EQ(result.planned[ChangeKind::update_person], 1U);
  EXPECT_EQ(user("renamed").id, id);
  EXPECT_EQ(groups_of("renamed"), (Names{"half", "outer"}));
  expect_in_step("rename");
}

TEST_F(Sync, LeavingAGroupEndsExactlyThatMembership) {
  run();
  slapd_.modify(std::string("dn: cn=half,ou=groups,") + testing::kSuffix +
                "\nchangetype: modify\ndelete: member\nmember: " + person_dn(1) + "\n");
  const SyncResult result = run();
  EXPECT_EQ(result.planned.changes(), 1U);
  EXPECT_EQ(result.planned[ChangeKind::remove_member], 1U);
  EXPECT_EQ(groups_of("user1"), Names{"posix"});
  expect_in_step("leaving a group");
}

TEST_F(Sync, WhoLeavesIsBlockedAndWhoReturnsIsLifted) {
  run();
  const std::string id = user("user5").id;
  remove(slapd_, 5, 6);
  run();
  ASSERT_EQ(blocks("user5").size(), 1U);
  EXPECT_EQ(blocks("user5").front().reason, store::Reason::left_directory);
  expect_in_step("a departure");
  EXPECT_FALSE(user("user5").active);
}

TEST_F(Sync, MovedOutOfScopeIsSaidAndBackAgainIsLifted) {
  run();
  slapd_.modify("dn: " + person_dn(6) +
                "\nchangetype: modrdn\nnewrdn: uid=user6\ndeleteoldrdn: 0\nnewsuperior: ou=elsewhere," +
                testing::kSuffix + "\n");
  run();
  ASSERT_EQ(blocks("user6").size(), 1U);
  EXPECT_EQ(blocks("user6").front().reason, store::Reason::out_of_scope);
  const std::string id = user("user6").id;
  slapd_.modify(std::string("dn: uid=user6,ou=elsewhere,") + testing::kSuffix +
                "\nchangetype: modrdn\nnewrdn: uid=user6\ndeleteoldrdn: 0\nnewsuperior: ou=people," + testing::kSuffix +
                "\n");
  const SyncResult back = run();
  EXPECT_EQ(back.planned[ChangeKind::return_person], 1U) << format_counts(back.planned);
  EXPECT_TRUE(user("user6").active);
  EXPECT_EQ(user("user6").id, id);
  expect_in_step("a return");
}

TEST_F(Sync, AnAdminsBlockIsNotLiftedByTheDirectory) {
  run();
  const store::UserId who = user("user8").key;
  (void)store_->write({store::kLocal, "test"}, [&](store::Unit& unit) {
    return store::block(unit, who, store::kLocal, store::Reason::admin, "said so");
  });
  remove(slapd_, 8, 9);
  run();
  EXPECT_EQ(blocks("user8").size(), 2U);
  slapd_.modify("dn: " + person_dn(9) + "\nchangetype: modify\nreplace: title\ntitle: Head\n");
  run();
  EXPECT_EQ(blocks("user8").size(), 2U);
  EXPECT_FALSE(user("user8").active);
}

TEST_F(Sync, DisabledAndExpiredPeopleAreBlockedWithTheirReason) {
  options_.mapping.disabled = {"employeeType", {"former"}};
  run();
  slapd_.modify("dn: " + person_dn(10) +
                "\nchangetype: modify\nreplace: employeeType\nemployeeType: Former\n\ndn: " + person_dn(11) +
                "\nchangetype: modify\nreplace: shadowExpire\nshadowExpire: 12000\n\ndn: " + person_dn(12) +
                "\nchangetype: modify\nreplace: shadowExpire\nshadowExpire: -1\n");
  EXPECT_EQ(run().planned[ChangeKind::block_person], 2U);
  ASSERT_EQ(blocks("user10").size(), 1U);
  EXPECT_EQ(blocks("user10").front().reason, store::Reason::disabled);
  ASSERT_EQ(blocks("user11").size(), 1U);
  EXPECT_EQ(blocks("user11").front().reason, store::Reason::expired);
  EXPECT_TRUE(user("user12").active);
  expect_in_step("disabling");
  slapd_.modify("dn: " + person_dn(10) + "\nchangetype: modify\ndelete: employeeType\n\ndn: " + person_dn(11) +
                "\nchangetype: modify\ndelete: shadowExpire\n");
  run();
  EXPECT_TRUE(user("user10").active);
  EXPECT_TRUE(user("user11").active);
  expect_in_step("enabling");
}

TEST_F(Sync, AMassDepartureIsHeldShownAndReleasedExactly) {
  run();
  remove(slapd_, 60, 90);
  slapd_.modify("dn: " + person_dn(kPeople) + "\nchangetype: add\n" +
                person_ldif(kPeople).substr(person_ldif(kPeople).find('\n') + 1));
  const SyncResult held = run();
  EXPECT_EQ(held.held_items, 30U);
  EXPECT_EQ(held.held, "30 of 100 people would be deactivated (limit 10)");
  EXPECT_EQ(seen_.held, 30);
  EXPECT_TRUE(user("user100").active);  // additions go on
  EXPECT_EQ(active(), kPeople);
  EXPECT_EQ(run().hold, held.hold);
  const auto released = release(*store_, held.hold, {store::kLocal, "test"});
  ASSERT_TRUE(released);
  EXPECT_EQ(released->released, 30U);
  EXPECT_TRUE(released->skipped.empty());
  EXPECT_EQ(active(), kPeople - 30);
  expect_in_step("the release");
}

TEST_F(Sync, AReleaseSkipsWhatIsNoLongerTrue) {
  run();
  remove(slapd_, 60, 90);
  const SyncResult held = run();
  ASSERT_TRUE(held.hold);
  const store::UserId changed = user("user61").key;
  (void)store_->write({store::kLocal, "test"}, [&](store::Unit& unit) {
    const auto source = store::find_source(unit, "ldap:test")->id;
    store::touch_claim(unit, source, changed, "Asomething-else", "");
  });
  const auto released = release(*store_, held.hold, {store::kLocal, "test"});
  ASSERT_TRUE(released);
  EXPECT_EQ(released->released, 29U);
  EXPECT_EQ(released->skipped.size(), 1U);
  EXPECT_EQ(active(), kPeople - 29);
  EXPECT_TRUE(user("user61").active);
  EXPECT_FALSE(release(*store_, held.hold, {store::kLocal, "test"}));
  EXPECT_FALSE(release(*store_, store::HoldId{4711}, {store::kLocal, "test"}));
}

TEST_F(Sync, ADiscardedRemovalIsNeitherRunNorHeldAgain) {
  run();
  remove(slapd_, 60, 90);
  const SyncResult held = run();
  (void)store_->write({store::kLocal, "test"}, [&](store::Unit& unit) { return store::discard_hold(unit, held.hold); });
  expect_in_step("discarding");
  EXPECT_EQ(active(), kPeople);
}

TEST_F(Sync, ManyMembersLeavingAGroupAreHeld) {
  run();
  std::string ldif =
      std::string("dn: cn=half,ou=groups,") + testing::kSuffix + "\nchangetype: modify\ndelete: member\n";
  for (int i = 0; i < 40; ++i) ldif += "member: " + person_dn(i) + "\n";
  slapd_.modify(ldif);
  const SyncResult held = run();
  EXPECT_EQ(held.held_items, 40U);
  EXPECT_EQ(groups_of("user30"), (Names{"half", "outer"}));
  const auto released = release(*store_, held.hold, {store::kLocal, "test"});
  ASSERT_TRUE(released);
  EXPECT_EQ(released->released, 40U);
  EXPECT_EQ(groups_of("user30"), Names{});
  expect_in_step("the release");
}

TEST_F(Sync, TwoEntriesWithOneKeyAreBothSetAside) {
  options_.mapping.key_attribute = "employeeNumber";
  run();
  slapd_.modify("dn: " + person_dn(20) + "\nchangetype: modify\nreplace: employeeNumber\nemployeeNumber: 21\n");
  const SyncResult result = run();
  EXPECT_EQ(seen_.aside.size(), 2U);
  EXPECT_EQ(result.planned[ChangeKind::update_person], 0U);
  EXPECT_TRUE(user("user21").active);
}

TEST_F(Sync, AnAddressThatSomebodyElseHasIsRefusedByNameAndTheOthersGoOn) {
  slapd_.modify("dn: " + person_dn(30) + "\nchangetype: modify\nreplace: mail\nmail: USER31@example.org\n");
  const SyncResult result = run();
  EXPECT_EQ(result.refused, 1U);
  ASSERT_EQ(seen_.refusals.size(), 1U);
  expect_in_step("a conflict that is known");
  slapd_.modify("dn: " + person_dn(30) + "\nchangetype: modify\nreplace: mail\nmail: user30@example.org\n\ndn: " +
                person_dn(31) + "\nchangetype: modify\nreplace: mail\nmail: user31@example.org\n");
  run();
  EXPECT_EQ(active(), kPeople);
  expect_in_step("the conflict's end");
}

// Failure stories: whatever goes wrong, nobody is removed, and it is said what went wrong.
TEST_F(Sync, NoFailureRemovesAnybody) {
  run();
  struct Story {
    const char* name;
    ErrorKind kind;
    std::function<void(DirectoryOptions&)> breaks;
  };
  const std::string suffix = testing::kSuffix;
  std::optional<CuttingProxy> proxy;
  const auto cut = [&](DirectoryOptions& options, std::size_t bytes, CuttingProxy::Then then) {
    proxy.emplace(slapd_.port(), bytes, then);
    options.server.uris = {"ldap://127.0.0.1:" + std::to_string(proxy->port())};
    options.server.operation_timeout = std::chrono::milliseconds(300);
  };
  const Story stories[] = {
      {"size limit", ErrorKind::limit, [&](auto& o) { o.server = slapd_.options("small"); }},
      {"size limit with pages", ErrorKind::limit,
       [&](auto& o) { o.server = slapd_.options("small"), o.page_size = 10; }},
      {"blind account", ErrorKind::no_such_base, [&](auto& o) { o.server = slapd_.options("blind"); }},
      {"wrong base", ErrorKind::no_such_base, [&](auto& o) { o.people[0].base = "ou=peeple," + suffix; }},
      {"empty base", ErrorKind::incomplete, [&](auto& o) { o.people[0].base = "ou=elsewhere," + suffix; }},
      {"wrong filter", ErrorKind::incomplete, [&](auto& o) { o.people[0].filter = "(objectClass=person2)"; }},
      {"broken filter", ErrorKind::protocol, [&](auto& o) { o.people[0].filter = "(objectClass=person"; }},
      {"canary", ErrorKind::incomplete, [&](auto& o) { o.people[0].canaries = {"uid=boss,ou=people," + suffix}; }},
      {"key nobody has", ErrorKind::incomplete, [&](auto& o) { o.mapping.key_attribute = "roomNumber"; }},
      {"wrong password", ErrorKind::credentials, [&](auto& o) { o.server.password = Secret("wrong"); }},
      {"cut early", ErrorKind::unreachable, [&](auto& o) { cut(o, 40, CuttingProxy::Then::close); }},
      {"cut among groups", ErrorKind::unreachable, [&](auto& o) { cut(o, 2'000, CuttingProxy::Then::close); }},
      {"cut among people", ErrorKind::unreachable, [&](auto& o) { cut(o, 12'000, CuttingProxy::Then::close); }},
      {"silent among people", ErrorKind::timeout, [&](auto& o) { cut(o, 12'000, CuttingProxy::Then::silence); }},
  };
  const DirectoryOptions good = options_;
  for (const Story& story : stories) {
    options_ = good;
    story.breaks(options_);
    const SyncResult result = run();
    ASSERT_EQ(result.state, SyncResult::State::failed) << story.name;
    EXPECT_EQ(result.error->kind, story.kind) << story.name << ": " << describe(*result.error);
    EXPECT_EQ(active(), kPeople) << story.name;
    EXPECT_EQ(groups_of("user1"), (Names{"half", "outer", "posix"})) << story.name;
    const auto source = store_->read([](const store::View& view) { return store::find_source(view, "ldap:test"); });
    EXPECT_EQ(source->last_error, describe(*result.error)) << story.name;
  }
  options_ = good;
  expect_in_step("all that");
  options_.server.connect_timeout = options_.server.operation_timeout = std::chrono::milliseconds(300);
  slapd_.freeze();
  EXPECT_EQ(run().error->kind, ErrorKind::timeout);
  slapd_.thaw();
  slapd_.stop();
  EXPECT_EQ(run().error->kind, ErrorKind::unreachable);
  EXPECT_EQ(active(), kPeople);
}

TEST_F(Sync, TheDoctorSaysWhetherFilterOrBaseIsWrong) {
  const auto last = [&] { return diagnose(options_).at(2); };
  EXPECT_TRUE(last().ok) << last().text;
  EXPECT_EQ(last().text, "100 found");
  const DirectoryOptions good = options_;
  options_.people[0].filter = "(objectClass=account)";
  EXPECT_NE(last().text.find("the filter (objectClass=account) is wrong"), std::string::npos) << last().text;
  options_ = good;
  options_.people[0].base = std::string("ou=elsewhere,") + testing::kSuffix;
  EXPECT_NE(last().text.find("the base is wrong"), std::string::npos) << last().text;
  EXPECT_FALSE(last().ok);
  options_.people[0].base = std::string("ou=peeple,") + testing::kSuffix;
  EXPECT_NE(last().text.find("result code 32"), std::string::npos) << last().text;
  options_.server.password = Secret("wrong");
  EXPECT_EQ(diagnose(options_).front().step, "bind");
}

}  // namespace
}  // namespace rosterd::ldap
