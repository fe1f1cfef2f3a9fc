// A backup is taken while others write, and put back: what it holds is everything that had been acknowledged up to one
// instant, and nothing is mailed before somebody says so.
#include "store/backup.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <thread>

#include "store/damage.h"
#include "store/facts.h"
#include "store/outbox.h"
#include "store/outbox_hold.h"
#include "store/query.h"
#include "store/tokens.h"
#include "tests/store/fixture.h"

namespace rosterd::store {
namespace {

namespace fs = std::filesystem;

class BackupTest : public StoreTest {
 protected:
  std::string file() const { return (directory_ / "backup.rosterd").string(); }
  BackupReport take_from(const fs::path& where, bool overwrite = false) {
    BackupFile made(file(), overwrite);
    const auto report = copy_store(where.string(), made.fd(), clock_.now());
    made.name_it();
    return report;
  }
  BackupReport take(bool overwrite = false) { return take_from(directory_, overwrite); }
  Restored put_back(const fs::path& where, const std::string& from) {
    const int fd = ::open(from.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) throw std::runtime_error("no " + from);
    try {
      auto restored = restore(where.string(), fd, clock_, {kLocal, "cli:test"});
      ::close(fd);
      return restored;
    } catch (...) {
      ::close(fd);
      throw;
    }
  }
  template <class Work>
  void expect_error(StoreError::Kind kind, Work work) {
    try {
      work();
      ADD_FAILURE() << "it went through";
    } catch (const StoreError& error) {
      EXPECT_EQ(error.kind(), kind) << error.what();
    }
  }
  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(directory_)) names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
  }
  MailId mail(const std::string& to) {
    return write([&](Unit& unit) { return queue_mail(unit, {{}, "test", to, ""}); });
  }
};

TEST_F(BackupTest, HoldsEverythingAndTheKey) {
  const auto ada = person(entra_, "ada");
  const std::string key(store_->secret_key());
  const auto report = take();
  EXPECT_EQ(report.people, 1u);
  EXPECT_EQ(report.bytes, fs::file_size(file()));
  struct stat found {};
  ASSERT_EQ(::stat(file().c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0600u);
  EXPECT_FALSE(fs::exists(file() + ".part"));
  EXPECT_FALSE(fs::exists(directory_ / "backing-up"));

  person(entra_, "later");
  const std::string id = user(ada).id;
  store_.reset();
  const auto restored = put_back(directory_, file());
  EXPECT_EQ(restored.people, 1u);
  EXPECT_EQ(restored.taken, clock_.now());
  EXPECT_TRUE(fs::exists(fs::path(restored.kept_aside) / "rosterd.db"));
  open();
  EXPECT_EQ(store_->secret_key(), key);
  EXPECT_EQ(user(ada).id, id);
  EXPECT_EQ(number("SELECT COUNT(*) FROM users"), 1);
  EXPECT_EQ(number("SELECT COUNT(*) FROM sqlite_schema WHERE name = 'backup_notes'"), 0);
  EXPECT_EQ(audited("store.restore"), 1);
  EXPECT_EQ(store_->check_integrity(), "");
  struct stat database {};
  ASSERT_EQ(::stat((directory_ / "rosterd.db").c_str(), &database), 0);
  EXPECT_EQ(database.st_mode & 0777, 0640u);
  EXPECT_FALSE(fs::exists(directory_ / "restoring"));
}

TEST_F(BackupTest, UnderWritersIsAPrefixOfWhatWasAcknowledged) {
  constexpr int kWriters = 32;
  std::atomic<bool> stop{false};
  std::array<std::atomic<int>, kWriters> acknowledged{};
  std::vector<std::thread> writers;
  for (int w = 0; w < kWriters; ++w)
    writers.emplace_back([&, w] {
      for (int i = 1; !stop; ++i) {
        write([&](Unit& unit) {
          set_fact(unit, "at " + std::to_string(w), std::to_string(i));
          set_fact(unit, "again " + std::to_string(w), std::to_string(i));
        });
        acknowledged[static_cast<std::size_t>(w)] = i;
      }
    });
  for (int round = 0; round < 3; ++round) {
    std::array<int, kWriters> before{};
    for (int w = 0; w < kWriters; ++w) before[static_cast<std::size_t>(w)] = acknowledged[static_cast<std::size_t>(w)];
    const auto commits = store_->commits();
    take(true);
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds{30};
    while (store_->commits() == commits && std::chrono::steady_clock::now() < limit) std::this_thread::yield();
    EXPECT_GT(store_->commits(), commits) << "the writers stand still";
    const auto place = directory_ / ("place" + std::to_string(round));
    fs::create_directory(place);
    put_back(place, file());
    const auto copy = Store::open({place.string()}, clock_);
    copy->read([&](const View& view) {
      for (int w = 0; w < kWriters; ++w) {
        const auto at = fact(view, "at " + std::to_string(w));
        EXPECT_EQ(at, fact(view, "again " + std::to_string(w))) << "half a unit";
        EXPECT_GE(std::stoi(at.value_or("0")), before[static_cast<std::size_t>(w)]) << w;
      }
    });
    EXPECT_EQ(copy->check_integrity(), "");
  }
  stop = true;
  for (std::thread& writer : writers) writer.join();
}

TEST_F(BackupTest, OfACrashedStore) {
  person(entra_, "ada");
  const auto place = directory_ / "crashed";
  fs::create_directory(place);
  for (const char* name : {"rosterd.db", "rosterd.db-wal", "secret.key"}) fs::copy(directory_ / name, place / name);
  EXPECT_EQ(take_from(place).people, 1u);
}

TEST_F(BackupTest, TakesNoNameThatIsThere) {
  std::ofstream(file()) << "dear";
  expect_error(StoreError::Kind::io, [&] { take(); });
  EXPECT_EQ(fs::file_size(file()), 4u);
  take(true);
  EXPECT_GT(fs::file_size(file()), 4096u);
  fs::remove(file());
  fs::create_directory(directory_ / "backing-up");  // as one that was killed leaves it
  std::ofstream(directory_ / "backing-up" / "rosterd.db") << "half";
  take();
  fs::remove(file());
  fs::create_symlink(directory_ / "elsewhere", file());
  expect_error(StoreError::Kind::io, [&] { take(); });
  EXPECT_FALSE(fs::exists(directory_ / "elsewhere"));
}

TEST_F(BackupTest, RefusedRestoresLeaveEverything) {
  person(entra_, "ada");
  take();
  expect_error(StoreError::Kind::locked_by_other, [&] { put_back(directory_, file()); });
  store_.reset();
  const auto before = files();
  const auto damaged = directory_ / "backup.damaged";
  fs::copy(file(), damaged);
  {
    std::fstream out(damaged, std::ios::in | std::ios::out | std::ios::binary);
    out.seekp(static_cast<std::streamoff>(fs::file_size(damaged) / 2));
    out << std::string(8192, 'x');
  }
  expect_error(StoreError::Kind::corrupt, [&] { put_back(directory_, damaged); });
  fs::resize_file(damaged, 8192);
  expect_error(StoreError::Kind::corrupt, [&] { put_back(directory_, damaged); });
  std::ofstream(damaged, std::ios::trunc) << "no database";
  expect_error(StoreError::Kind::corrupt, [&] { put_back(directory_, damaged); });
  expect_error(StoreError::Kind::corrupt, [&] { put_back(directory_, directory_ / "rosterd.db"); });
  fs::remove(damaged);
  EXPECT_EQ(files(), before);
  open();
  EXPECT_EQ(number("SELECT COUNT(*) FROM users"), 1);
}

// What a file brings along would run with every later change.
TEST_F(BackupTest, OfAForeignSchemaIsRefused) {
  const struct {
    const char* made;
    const char* undone;
    const char* says;
  } table[] = {
      {"CREATE TRIGGER quiet BEFORE INSERT ON blocks BEGIN SELECT RAISE(IGNORE); END", "DROP TRIGGER quiet",
       "foreign trigger quiet"},
      {"CREATE VIEW more AS SELECT 1", "DROP VIEW more", "foreign view more"},
      {"DROP VIEW v_audit; CREATE VIEW v_audit AS SELECT 1", "DROP VIEW v_audit", "view v_audit is not rosterd's"},
      {"SELECT 1", "SELECT 1", "view v_audit is missing"},
  };
  person(entra_, "ada");
  EXPECT_EQ(read([](const View& view) { return schema_problem(view); }), "");
  for (const auto& row : table) {
    sql(row.made);
    EXPECT_NE(read([](const View& view) { return schema_problem(view); }).find(row.says), std::string::npos);
    take(true);
    sql(row.undone);
    const auto place = directory_ / "place";
    fs::create_directory(place);
    try {
      put_back(place, file());
      ADD_FAILURE() << row.made;
    } catch (const StoreError& error) {
      EXPECT_EQ(error.kind(), StoreError::Kind::corrupt);
      EXPECT_NE(std::string(error.what()).find(row.says), std::string::npos) << error.what();
    }
    EXPECT_FALSE(fs::exists(place / "rosterd.db"));
  }
}

TEST_F(BackupTest, RestoreTellsOfABrokenAuditTrail) {
  person(entra_, "ada");
  take();
  const auto place = directory_ / "place";
  fs::create_directory(place);
  EXPECT_EQ(put_back(place, file()).audit_problem, "");
  sql("UPDATE audit SET actor = 'nobody' WHERE sequence = 2");
  take(true);
  EXPECT_NE(put_back(place, file()).audit_problem.find("row 2"), std::string::npos);
}

TEST_F(BackupTest, RestoreLeavesNoKeyInTheDatabase) {
  std::string hex;
  for (const char byte : store_->secret_key()) {
    char two[3];
    std::snprintf(two, sizeof two, "%02x", static_cast<unsigned char>(byte));
    hex += two;
  }
  take();
  const auto bytes_of = [](const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
  ASSERT_NE(bytes_of(file()).find(hex), std::string::npos);
  store_.reset();
  put_back(directory_, file());
  for (const char* name : {"rosterd.db", "rosterd.db-wal"})
    EXPECT_EQ(bytes_of(directory_ / name).find(hex), std::string::npos) << name;
}

TEST_F(BackupTest, OfANewerVersionIsRefused) {
  sql("PRAGMA user_version = 99");
  take();
  store_.reset();
  expect_error(StoreError::Kind::newer_schema, [&] { put_back(directory_, file()); });
}

// As a power cut after each of its renames would leave it.
TEST_F(BackupTest, RestoreThatWasCutOffIsToldAndCanBeRepeated) {
  person(entra_, "ada");
  take();
  person(entra_, "bob");
  store_.reset();
  const auto contents = [](const fs::path& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  };
  for (int moves = 0; moves <= 5; ++moves) {
    const auto place = directory_ / ("cut" + std::to_string(moves));
    const auto aside = place / "before-restore-1";
    fs::create_directories(aside);
    for (const char* name : {"rosterd.db", "secret.key"}) fs::copy(directory_ / name, place / name);
    std::ofstream(place / "rosterd.db-wal") << "the newest commits";
    std::ofstream(place / kRestoreMark) << "before-restore-1";
    const auto key = contents(place / "secret.key");
    const char* const names[] = {"rosterd.db-wal", "rosterd.db", "secret.key"};
    for (int move = 0; move < std::min(moves, 3); ++move) fs::rename(place / names[move], aside / names[move]);
    if (moves > 3) std::ofstream(place / "secret.key") << "of the backup";
    if (moves > 4) std::ofstream(place / "rosterd.db") << "of the backup";
    expect_error(StoreError::Kind::corrupt, [&] { Store::open({place.string()}, clock_); });

    EXPECT_EQ(put_back(place, file()).kept_aside, aside.string());
    EXPECT_EQ(contents(aside / "rosterd.db-wal"), "the newest commits") << moves;
    EXPECT_EQ(contents(aside / "rosterd.db"), contents(directory_ / "rosterd.db")) << moves;
    EXPECT_EQ(contents(aside / "secret.key"), key) << moves;
    const auto restored = Store::open({place.string()}, clock_);
    EXPECT_EQ(restored->read([](const View& view) { return count_users(view, {}, {}); }), 1u) << moves;
  }
}

// The old store stays in force when there is no room to put it.
TEST_F(BackupTest, RestoreThatCannotBeginChangesNothing) {
  person(entra_, "ada");
  take();
  store_.reset();
  fs::create_directory(directory_ / ("before-restore-" + std::to_string(to_millis(clock_.now()))));
  expect_error(StoreError::Kind::io, [&] { put_back(directory_, file()); });
  open();
  EXPECT_EQ(number("SELECT COUNT(*) FROM users"), 1);
}

TEST_F(BackupTest, RestoredOutboxIsOnHoldUntilReleased) {
  mail("a@example.org");
  mail("b@example.org");
  write([&](Unit& unit) { EXPECT_EQ(lease_mails(unit, std::chrono::minutes{5}, 10).size(), 2u); });
  const auto who = person(entra_, "ada");
  const auto session = write([&](Unit& unit) { return create_session(unit, who); });
  take();
  store_.reset();
  put_back(directory_, file());
  open();
  const auto hold = read([](const View& view) { return outbox_hold(view); });
  ASSERT_TRUE(hold);
  EXPECT_EQ(hold->reason, "restored from a backup");
  mail("c@example.org");
  EXPECT_EQ(number("SELECT COUNT(*) FROM outbox WHERE state = 'queued'"), 3) << "leases end, new mail is queued";
  EXPECT_FALSE(read([](const View& view) { return next_mail_due(view); }));
  EXPECT_TRUE(write([&](Unit& unit) { return lease_mails(unit, std::chrono::minutes{5}, 10); }).empty());
  EXPECT_EQ(number("SELECT COUNT(*) FROM sessions"), 0);

  const auto seen = store_->mail_signal().wait(~0ull, std::chrono::milliseconds{0});
  EXPECT_TRUE(write([](Unit& unit) { return release_outbox(unit); }));
  EXPECT_NE(store_->mail_signal().wait(seen, std::chrono::seconds{10}), seen) << "the sender sleeps on";
  const auto due = write([&](Unit& unit) { return lease_mails(unit, std::chrono::minutes{5}, 10); });
  ASSERT_EQ(due.size(), 3u);
  EXPECT_EQ(audited("mail.release"), 1);
  EXPECT_FALSE(write([](Unit& unit) { return release_outbox(unit); }));
  (void)session;
}

}  // namespace
}  // namespace rosterd::store
