#include "store/staging.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "store/blocks.h"
#include "tests/store/rows.h"

namespace rosterd::store::rows {
namespace {

class StagingTest : public RowsTest {
 protected:
  SourceId corp_ = add_source("ldap:corp");
  SourceId other_ = add_source("ldap:other");

  std::unique_ptr<Staging> staging_ = std::make_unique<Staging>(*store_, corp_);

  void start_again() { staging_ = std::make_unique<Staging>(*store_, corp_); }
  void stage(const std::vector<StagedPerson>& people) {
    for (const StagedPerson& person : people) EXPECT_TRUE(staging_->add(person));
  }
  void hold_claims(const std::vector<std::pair<std::string, std::string>>& rows) {
    write([&](Unit& unit) {
      for (const auto& [key, digest] : rows) put_claim_row(unit, corp_, put_user(unit, key), key, digest);
    });
  }
  // "-key" gone, "+key" new, "=key" unchanged, "~key" changed; "!" when already known as gone.
  std::string merged(std::string_view after = {}) {
    std::string all;
    staging_->read([&](const StagedView& view) {
      merge_people(
          view,
          [&](const HeldPerson* held, const StagedPerson* staged) {
            if (!staged)
              all += "-" + held->key;
            else if (!held)
              all += "+" + staged->key;
            else
              all += (held->digest == staged->digest ? "=" : "~") + staged->key;
            if (held && held->gone) all += "!";
            all += " ";
            return true;
          },
          after);
    });
    return all;
  }
};

StagedPerson person(const std::string& key, const std::string& digest = "d") {
  return {key, digest, "uid=" + key, key, "{\"key\":\"" + key + "\"}"};
}

TEST_F(StagingTest, MergeCases) {
  struct Case {
    std::vector<std::string> held;
    std::vector<std::string> staged;
    const char* expected;
  };
  const Case cases[] = {
      {{}, {}, ""},
      {{}, {"b", "a"}, "+a +b "},
      {{"a", "b"}, {}, "-a -b "},
      {{"a", "b"}, {"b", "a"}, "=a =b "},
      {{"a", "c"}, {"b"}, "-a +b -c "},
      {{"b"}, {"c", "a"}, "+a -b +c "},
      {{"a", "b", "c"}, {"c"}, "-a -b =c "},
      {{"a"}, {"a", "b", "c"}, "=a +b +c "},
      {{"B", "a", "\xc3\xa4"}, {"\xc3\xa4", "a", "B"}, "=B =a =\xc3\xa4 "},  // by bytes, on both sides
  };
  for (const Case& row : cases) {
    sql("DELETE FROM claims; DELETE FROM users");
    start_again();
    for (const std::string& key : row.held) hold_claims({{key, "d"}});
    for (const std::string& key : row.staged) stage({person(key)});
    EXPECT_EQ(merged(), row.expected);
  }
}

TEST_F(StagingTest, OnlyWhatDiffersIsFilledIn) {
  hold_claims({{"same", "d"}, {"changed", "old"}});
  stage({person("same"), person("changed"), person("new")});
  std::map<std::string, StagedPerson> seen;
  staging_->read([&](const StagedView& view) {
    merge_people(view, [&](const HeldPerson*, const StagedPerson* staged) {
      seen[staged->key] = *staged;
      return true;
    });
  });
  EXPECT_EQ(seen["same"].document, "");
  EXPECT_EQ(seen["same"].dn, "");
  for (const char* key : {"changed", "new"}) {
    EXPECT_EQ(seen[key].dn, std::string("uid=") + key);
    EXPECT_EQ(seen[key].login, key);
    EXPECT_EQ(seen[key].document, std::string("{\"key\":\"") + key + "\"}");
  }
}

TEST_F(StagingTest, StopsWhenAsked) {
  stage({person("a"), person("b"), person("c")});
  int rows = 0;
  staging_->read([&](const StagedView& view) {
    merge_people(view, [&](const HeldPerson*, const StagedPerson*) { return ++rows < 2; });
  });
  EXPECT_EQ(rows, 2);
}

TEST_F(StagingTest, OtherSourcesAreNotSeen) {
  hold_claims({{"a", "d"}});
  write([&](Unit& unit) { put_claim_row(unit, other_, put_user(unit, "theirs"), "theirs", "d"); });
  Staging theirs(*store_, other_);
  EXPECT_TRUE(theirs.add(person("their new")));
  stage({person("a")});
  EXPECT_EQ(merged(), "=a ");
  start_again();
  EXPECT_EQ(merged(), "-a ");
}

TEST_F(StagingTest, AMergeGoesOnInALaterSnapshot) {
  hold_claims({{"a", "d"}, {"b", "d"}, {"c", "d"}});
  stage({person("b", "new"), person("bb"), person("d")});
  EXPECT_EQ(merged(), "-a ~b +bb -c +d ");
  hold_claims({{"bb", "d"}, {"e", "d"}});
  EXPECT_EQ(merged("b"), "=bb -c +d -e ") << "as of now, above that key";
  EXPECT_EQ(merged("bz"), "-c +d -e ");
  EXPECT_EQ(merged("e"), "");
}

TEST_F(StagingTest, ASnapshotDoesNotHoldTheLogBack) {
  stage({person("a")});
  EXPECT_EQ(merged(), "+a ");
  write([&](Unit& unit) { put_user(unit, "ann"); });
  Connection other((directory_ / "rosterd.db").string(), Connection::Mode::read_write);
  auto folded = other.prepare("PRAGMA wal_checkpoint(PASSIVE)");
  ASSERT_TRUE(folded.step());
  EXPECT_EQ(folded.integer(1), folded.integer(2)) << "folded back whole: nobody reads an older state";
}

TEST_F(StagingTest, WhoIsKnownAsGoneIsMarked) {
  hold_claims({{"blocked", "d"}, {"ended", "d"}, {"disabled", "d"}, {"by other", "d"}, {"here", "d"}});
  write([&](Unit& unit) {
    const auto add = [&](const char* name, SourceId source, Reason reason) {
      unit.db()
          .prepare(
              "INSERT INTO blocks (user_key, source_id, reason, since) SELECT key, ?, ?, 0 FROM users WHERE user_name "
              "= ?")
          .bind(source, to_string(reason), name)
          .run();
    };
    add("blocked", corp_, Reason::left_directory);
    add("blocked", corp_, Reason::out_of_scope);
    add("disabled", corp_, Reason::disabled);
    add("by other", other_, Reason::left_directory);
    unit.db().execute("UPDATE claims SET ended_at = 1 WHERE source_key = 'ended'");
  });
  stage({person("here")});
  EXPECT_EQ(merged(), "-blocked! -by other -disabled -ended! =here ");
  stage({person("blocked")});
  EXPECT_EQ(merged(), "=blocked! -by other -disabled -ended! =here ");
  staging_->read([&](const StagedView& view) {
    merge_people(view, [&](const HeldPerson*, const StagedPerson* staged) {
      EXPECT_EQ(staged->dn, "uid=blocked") << "who comes back is filled in whole";
      return false;
    });
  });
}

TEST_F(StagingTest, AnEmptyKeyIsRefused) {
  EXPECT_EQ(staging_->add(person("")).refused().kind, Refusal::invalid);
  EXPECT_EQ(staging_->add(StagedGroup{"", "d", "cn=x", "{}"}).refused().kind, Refusal::invalid);
}

TEST_F(StagingTest, OneKeyOnTwoEntriesSetsBothAside) {
  hold_claims({{"a", "d"}, {"dup", "d"}});
  StagedPerson twin = person("dup", "other digest");
  twin.dn = "uid=twin";
  stage({person("dup"), person("a"), twin});
  EXPECT_EQ(merged(), "=a ") << "neither changed nor gone";
  const auto duplicates = staging_->read([](const StagedView& view) { return duplicate_keys(view); });
  ASSERT_EQ(duplicates.size(), 1u);
  EXPECT_EQ(duplicates[0].key, "dup");
  EXPECT_EQ(duplicates[0].dns, (std::vector<std::string>{"uid=dup", "uid=twin"}));
}

TEST_F(StagingTest, OneEntryReadTwiceCountsOnce) {
  stage({person("a", "first"), person("b"), person("a", "last")});
  EXPECT_EQ(merged(), "+a +b ");
  EXPECT_TRUE(staging_->read([](const StagedView& view) { return duplicate_keys(view); }).empty());
  staging_->read([&](const StagedView& view) {
    merge_people(view, [&](const HeldPerson*, const StagedPerson* staged) {
      EXPECT_EQ(staged->digest, "last");
      return false;
    });
  });
}

TEST_F(StagingTest, AnUnusableEntryIsNotTakenForGone) {
  hold_claims({{"bad", "d"}, {"good", "d"}});
  StagedPerson bad = person("bad", "");
  bad.set_aside = true;
  stage({bad});
  EXPECT_EQ(merged(), "-good ");
}

// Nobody else may read what a directory says, and nobody has to clean up.
TEST_F(StagingTest, LiesBesideTheStoreInAFileWithoutAName) {
  const std::string document(4000, 'x');
  for (int i = 0; i < 5000; ++i)
    EXPECT_TRUE(staging_->add(StagedPerson{std::to_string(i), "d", "uid=" + std::to_string(i), "", document}));
  EXPECT_EQ(staging_->read([](const StagedView& view) { return duplicate_keys(view).size(); }), 0u);
  int files = 0;
  for (const auto& open : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    const std::string name = std::filesystem::read_symlink(open.path(), gone).string();
    struct stat status {};
    if (!name.ends_with(" (deleted)") || name.find("etilqs_") == std::string::npos) continue;
    ASSERT_EQ(::stat(open.path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777, 0600u) << name;
    EXPECT_EQ(status.st_nlink, 0u) << name;
    ++files;
  }
  EXPECT_GT(files, 0);
  for (const auto& entry : std::filesystem::directory_iterator(directory_))
    EXPECT_EQ(entry.path().string().find("etilqs_"), std::string::npos) << entry.path();
}

TEST_F(StagingTest, GroupMerge) {
  write([&](Unit& unit) {
    put_group_row(unit, corp_, "same", "d");
    put_group_row(unit, corp_, "changed", "old");
    put_group_row(unit, corp_, "left", "d");
    put_group_row(unit, corp_, "hidden before", "d", true);
    put_group_row(unit, corp_, "back", "d", true);
    put_group_row(unit, corp_, "reused", "old", true);
    put_group_row(unit, corp_, "reused", "d");
    put_group_row(unit, other_, "theirs", "d");
  });
  for (const char* key : {"same", "changed", "back", "new", "reused"})
    EXPECT_TRUE(staging_->add(StagedGroup{key, "d", std::string("cn=") + key, "{}"}));
  std::string all;
  staging_->read([&](const StagedView& view) {
    merge_groups(view, [&](const HeldGroup* held, const StagedGroup* staged) {
      all += !staged ? "-" + held->key : !held ? "+" + staged->key : (held->digest == "d" ? "=" : "~") + staged->key;
      if (held && held->hidden) all += "(hidden)";
      const bool differs = staged && (!held || held->hidden || held->digest != "d");
      EXPECT_EQ(differs, staged && staged->dn == "cn=" + staged->key);
      all += " ";
      return true;
    });
  });
  EXPECT_EQ(all, "=back(hidden) ~changed -left +new =reused =same ");
}

std::size_t resident_kib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmRSS:")) return std::stoul(line.substr(6));
  return 0;
}

// 50,000 people of 2 KB each: what is held in memory must not follow what is staged (100 MB).
TEST_F(StagingTest, MemoryStaysFlat) {
  constexpr int kPeople = 50'000;
  const std::string document(2000, 'x');
  const std::size_t before = resident_kib();
  for (int i = 0; i < kPeople; ++i) {
    const std::string key = std::to_string((i * 7919LL) % 1'000'003) + "-0000-0000-0000-000000000000";
    stage({{key, "0123456789abcdef0123456789abcdef", "uid=" + key, key, document}});
    staging_->add_member("group", "uid=" + key, false);
  }
  staging_->read([&](const StagedView& view) { compare_members(view); });
  int rows = 0;
  staging_->read([&](const StagedView& view) {
    merge_people(view, [&](const HeldPerson*, const StagedPerson* staged) {
      rows += staged->document.size() == document.size();
      return true;
    });
  });
  EXPECT_EQ(rows, kPeople);
  const std::size_t grown = resident_kib() - std::min(before, resident_kib());
  RecordProperty("grown_kib", static_cast<int>(grown));
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  EXPECT_LT(grown, 25u * 1024) << "KiB";
#endif
}

}  // namespace
}  // namespace rosterd::store::rows
