// The writer's promises: shared commits, failures that harm no neighbour, nothing acknowledged that is not durable.
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <future>
#include <thread>

#include "store/attempt.h"
#include "store/sqlite/migrations.h"
#include "tests/store/fixture.h"

namespace rosterd::store {
namespace {

class WriterTest : public rows::RowsTest {
 protected:
  WriterTest() { sql("CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL)"); }

  void note(const std::string& text) {
    write([&](Unit& unit) { unit.db().prepare("INSERT INTO notes (text) VALUES (?)").bind(text).run(); });
  }
  std::int64_t notes() { return number("SELECT COUNT(*) FROM notes"); }
  // Holds the writer inside a unit until the returned promise is kept, so that others queue up behind it.
  std::thread hold(std::shared_future<void> until, std::promise<void>& entered) {
    return std::thread([this, until, &entered] {
      bool again = false;
      write([&](Unit&) {
        if (!std::exchange(again, true)) entered.set_value();
        until.wait();
      });
    });
  }
};

TEST_F(WriterTest, WaitingUnitsShareACommit) {
  constexpr int kThreads = 32;
  constexpr int kUnits = 20;
  const auto before = store_->commits();
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < kUnits; ++i) note(std::to_string(t));
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(notes(), kThreads * kUnits);
  EXPECT_LT(store_->commits() - before, kThreads * kUnits / 3u);
}

TEST_F(WriterTest, AReadingWithinAReadingSeesTheSameSnapshot) {
  const auto count = [](const View& view) {
    auto row = view.db().prepare("SELECT COUNT(*) FROM notes");
    row.step();
    return row.integer(0);
  };
  store_->read([&](const View& outer) {
    EXPECT_EQ(count(outer), 0);
    note("since");
    EXPECT_EQ(store_->read(count), 0);
    EXPECT_EQ(std::async(std::launch::async, [&] { return store_->read(count); }).get(), 1);
    EXPECT_THROW(store_->read([](const View&) { throw std::runtime_error("inner"); }), std::runtime_error);
    EXPECT_EQ(store_->read(count), 0);
  });
  EXPECT_EQ(store_->read(count), 1);
}

TEST_F(WriterTest, AnAttemptIsDoneOrLeavesNothingAndTheUnitGoesOn) {
  const auto insert = [](Unit& unit, const std::string& text) {
    unit.db().prepare("INSERT INTO notes (text) VALUES (?)").bind(text).run();
  };
  const auto refuse = [&](Unit& unit, const std::string& text) -> Outcome<> {
    insert(unit, text);
    return Refused{Refusal::invalid, "refused"};
  };
  write([&](Unit& unit) {
    insert(unit, "before");
    EXPECT_FALSE(attempt(unit, [&](Unit& part) { return refuse(part, "refused"); }));
    EXPECT_TRUE(attempt(unit, [&](Unit& part) -> Outcome<> {
      EXPECT_FALSE(attempt(part, [&](Unit& inner) { return refuse(inner, "refused within"); }));
      insert(part, "kept");
      return Done{};
    }));
    EXPECT_FALSE(attempt(unit, [&](Unit& part) -> Outcome<> {
      (void)attempt(part, [&](Unit& inner) -> Outcome<> {
        insert(inner, "kept within what is refused");
        return Done{};
      });
      return Refused{Refusal::invalid, "refused"};
    }));
    EXPECT_THROW(attempt(unit,
                         [&](Unit& part) -> Outcome<> {
                           insert(part, "thrown");
                           throw std::runtime_error("thrown");
                         }),
                 std::runtime_error);
    insert(unit, "after");
  });
  EXPECT_EQ(word("SELECT group_concat(text) FROM (SELECT text FROM notes ORDER BY id)"), "before,kept,after");
}

TEST_F(WriterTest, FailingUnitsHarmNoNeighbour) {
  std::promise<void> open;
  std::promise<void> entered;
  std::thread holder = hold(open.get_future().share(), entered);
  entered.get_future().wait();
  const auto before = store_->commits();
  std::vector<std::future<std::string>> answers;
  for (int i = 0; i < 30; ++i)
    answers.push_back(std::async(std::launch::async, [&, i]() -> std::string {
      try {
        const auto outcome = write([&](Unit& unit) -> Outcome<int> {
          unit.db().prepare("INSERT INTO notes (text) VALUES (?)").bind(std::to_string(i)).run();
          if (i % 3 == 1) return Refused{Refusal::invalid, "refused"};
          if (i % 3 == 2) throw std::runtime_error("thrown");
          return i;
        });
        return outcome ? "done" : outcome.refused().message;
      } catch (const std::runtime_error& error) {
        return error.what();
      }
    }));
  open.set_value();
  holder.join();
  const char* const want[] = {"done", "refused", "thrown"};
  for (std::size_t i = 0; i < answers.size(); ++i) EXPECT_EQ(answers[i].get(), want[i % 3]) << i;
  EXPECT_EQ(notes(), 10);
  EXPECT_EQ(number("SELECT COUNT(*) FROM notes WHERE text % 3 <> 0"), 0);
  EXPECT_LT(store_->commits() - before, 30u);
}

// How often units ran that waited together.
struct Runs {
  int odd = 0;
  int neighbours = 0;
};

class BatchTest : public WriterTest {
 protected:
  static constexpr int kNeighbours = 10;

  // The odd unit among ten that write; all wait behind another before the first is run.
  template <class Odd>
  Runs run_among(Odd odd) {
    store_.reset();
    store_ = Store::open({directory_.string(), 2, kNeighbours + 1}, clock_);
    sql("DELETE FROM notes");
    std::promise<void> open;
    std::promise<void> entered;
    std::thread holder = hold(open.get_future().share(), entered);
    entered.get_future().wait();
    std::atomic<int> odd_runs = 0;
    std::atomic<int> neighbour_runs = 0;
    std::atomic<bool> all_wait = false;
    // One more than the queue takes: as soon as somebody is turned away, all others are in it.
    const auto insist = [&](const auto& work) {
      while (true) {
        try {
          (void)write(work);
          return;
        } catch (const StoreError& error) {
          if (error.kind() != StoreError::Kind::busy) return;
          all_wait = true;
          std::this_thread::yield();
        }
      }
    };
    std::vector<std::thread> threads;
    for (int i = 0; i < kNeighbours; ++i)
      threads.emplace_back([&, i] {
        insist([&](Unit& unit) {
          ++neighbour_runs;
          unit.db().prepare("INSERT INTO notes (text) VALUES (?)").bind(i).run();
        });
      });
    threads.emplace_back([&] {
      insist([&](Unit& unit) -> Outcome<int> {
        ++odd_runs;
        return odd(unit);
      });
    });
    threads.emplace_back([&] { insist([](Unit&) {}); });
    while (!all_wait) std::this_thread::yield();
    open.set_value();
    holder.join();
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(notes(), kNeighbours);
    EXPECT_EQ(number("SELECT COUNT(DISTINCT text) FROM notes WHERE text <> 'odd'"), kNeighbours);
    return {odd_runs, neighbour_runs};
  }
};

TEST_F(BatchTest, WhoRefusesBeforeHeWritesCostsNobodyASecondRun) {
  const Runs runs = run_among([](Unit&) -> Outcome<int> { return Refused{Refusal::invalid, "no"}; });
  EXPECT_EQ(runs.odd, 1);
  EXPECT_EQ(runs.neighbours, kNeighbours);
}

TEST_F(BatchTest, WhoFailsAfterHeHasWrittenIsUndoneAloneAndNeighboursRunAgain) {
  bool ran_again = false;
  for (int round = 0; round < 50 && !ran_again; ++round) {
    const bool throws = round % 2 == 1;
    const Runs runs = run_among([&](Unit& unit) -> Outcome<int> {
      unit.db().execute("UPDATE notes SET text = 'odd'");
      unit.db().execute("INSERT INTO notes (text) VALUES ('odd')");
      if (throws) throw StoreError(StoreError::Kind::internal, "thrown");
      return Refused{Refusal::invalid, "no"};
    });
    EXPECT_LE(runs.odd, 2);
    ran_again = runs.odd == 2 && runs.neighbours > kNeighbours;
  }
  EXPECT_TRUE(ran_again) << "the odd one was never behind somebody else";
}

TEST_F(WriterTest, BrokenStatementUndoesItsUnitAlone) {
  EXPECT_THROW(write([&](Unit& unit) {
                 unit.db().execute("INSERT INTO notes (text) VALUES ('a')");
                 unit.db().execute("INSERT INTO notes (text) VALUES (NULL)");
               }),
               StoreError);
  EXPECT_EQ(notes(), 0);
  note("b");
  EXPECT_EQ(notes(), 1);
}

TEST_F(WriterTest, ReadersSeeAcknowledgedUnitsAndOneSnapshot) {
  note("a");
  EXPECT_EQ(notes(), 1);
  const auto [before, after] = read([&](const View& view) {
    const auto count = [&] {
      auto row = view.db().prepare("SELECT COUNT(*) FROM notes");
      row.step();
      return row.integer(0);
    };
    const auto first = count();
    note("b");
    return std::pair(first, count());
  });
  EXPECT_EQ(before, 1);
  EXPECT_EQ(after, 1) << "a reading is one snapshot";
  EXPECT_EQ(notes(), 2);
}

TEST_F(WriterTest, ReadersCannotWrite) {
  EXPECT_THROW(read([](const View& view) { view.db().execute("DELETE FROM notes"); }), StoreError);
}

TEST_F(WriterTest, UnitInsideAUnitIsRefusedInsteadOfHanging) {
  EXPECT_THROW(write([&](Unit&) { note("inner"); }), StoreError);
  EXPECT_EQ(notes(), 0);
}

TEST_F(WriterTest, FullQueueIsBusy) {
  store_.reset();
  store_ = Store::open({directory_.string(), 2, 3}, clock_);
  std::promise<void> open;
  std::promise<void> entered;
  std::thread holder = hold(open.get_future().share(), entered);
  entered.get_future().wait();
  std::atomic<int> busy = 0;
  std::atomic<int> done = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&] {
      try {
        note("x");
        ++done;
      } catch (const StoreError& error) {
        if (error.kind() == StoreError::Kind::busy) ++busy;
      }
    });
  while (busy < 5) std::this_thread::yield();
  open.set_value();
  holder.join();
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(busy, 5);
  EXPECT_EQ(done, 3);
}

TEST_F(WriterTest, SignalsComeAfterTheCommitAndNotForARefusal) {
  const auto seen = store_->mail_signal().wait(~0ull, std::chrono::milliseconds{0});
  (void)write([](Unit& unit) -> Outcome<int> {
    unit.mail_was_queued();
    return Refused{Refusal::invalid, "no"};
  });
  EXPECT_EQ(store_->mail_signal().wait(seen, std::chrono::milliseconds{0}), seen);
  write([](Unit& unit) { unit.mail_was_queued(); });
  EXPECT_NE(store_->mail_signal().wait(seen, std::chrono::seconds{10}), seen);
}

TEST_F(WriterTest, DiskFullIsRefusedAndHealsByItself) {
  const std::int64_t pages = number("PRAGMA page_count");
  // The limit belongs to the writer's connection; it is set outside of any unit's undo.
  sql("PRAGMA max_page_count = " + std::to_string(pages + 4));
  const std::string large(100000, 'x');
  std::atomic<int> full = 0;
  std::atomic<int> small = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&, i] {
      try {
        note(i % 2 ? large : "small");
        if (i % 2 == 0) ++small;
      } catch (const StoreError& error) {
        if (error.kind() == StoreError::Kind::full) ++full;
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(full, 4);
  EXPECT_EQ(small, 4) << "survivors of a lost transaction run again";
  EXPECT_EQ(notes(), 4);
  sql("PRAGMA max_page_count = 1000000");
  note(large);
  EXPECT_EQ(notes(), 5);
}

TEST_F(WriterTest, SettingsThatCannotBeNotedAreNotInForce) {
  Settings settings;
  settings.session_lifetime = std::chrono::hours{1};
  store_->configure(settings);
  note("x");
  const auto lifetime = [&] { return store_->settings()->session_lifetime; };
  const auto lifetime_in_unit = [&] { return write([](Unit& unit) { return unit.settings().session_lifetime; }); };
  settings.session_lifetime = std::chrono::hours{2};
  settings.access = AccessRules({{.name = "", .group = "admins", .role = "Admin"}});
  sql("CREATE TRIGGER full BEFORE UPDATE ON facts BEGIN SELECT RAISE(ABORT, 'full'); END");
  EXPECT_THROW(store_->configure(settings), StoreError);
  EXPECT_EQ(lifetime(), std::chrono::hours{1});
  EXPECT_EQ(lifetime_in_unit(), std::chrono::hours{1});
  sql("DROP TRIGGER full");
  store_->configure(settings);
  EXPECT_EQ(lifetime(), std::chrono::hours{2});
  EXPECT_EQ(lifetime_in_unit(), std::chrono::hours{2});
  // Without other rules there is nothing to write, and the settings change all the same.
  settings.session_lifetime = std::chrono::hours{3};
  store_->configure(settings);
  EXPECT_EQ(lifetime(), std::chrono::hours{3});
}

TEST_F(WriterTest, StoppedStoreRunsWhatWaits) {
  std::vector<std::future<void>> waiting;
  for (int i = 0; i < 10; ++i) waiting.push_back(std::async(std::launch::async, [&] { note("x"); }));
  for (auto& each : waiting) each.get();
  reopen();
  EXPECT_EQ(notes(), 10);
}

using OpenTest = WriterTest;

TEST_F(OpenTest, SecondProcessIsRefused) {
  try {
    Store::open({directory_.string()}, clock_);
    FAIL() << "opened twice";
  } catch (const StoreError& error) {
    EXPECT_EQ(error.kind(), StoreError::Kind::locked_by_other);
  }
  reopen();
  EXPECT_EQ(notes(), 0);
}

TEST_F(OpenTest, FilesHaveTheirModesAndTheKeyStays) {
  const auto mode = [&](const char* name) {
    struct stat found {};
    EXPECT_EQ(::stat((directory_ / name).c_str(), &found), 0) << name;
    return found.st_mode & 0777;
  };
  EXPECT_EQ(mode("rosterd.db"), 0640u);
  EXPECT_EQ(mode("rosterd.db-wal"), 0640u);
  EXPECT_EQ(mode("secret.key"), 0600u);
  const std::string key(store_->secret_key());
  EXPECT_EQ(key.size(), 32u);
  reopen();
  EXPECT_EQ(store_->secret_key(), key);
}

TEST_F(OpenTest, DamagedKeyIsRefused) {
  store_.reset();
  std::filesystem::resize_file(directory_ / "secret.key", 7);
  EXPECT_THROW(open(), StoreError);
}

TEST_F(OpenTest, AKeyThatOthersCouldReadIsRefusedAndLeftAsItIs) {
  const auto key = directory_ / "secret.key";
  store_.reset();
  for (const auto mode : {0640u, 0604u, 0620u}) {
    std::filesystem::permissions(key, std::filesystem::perms{mode});
    try {
      open();
      FAIL() << std::oct << mode;
    } catch (const StoreError& error) {
      EXPECT_NE(std::string(error.what()).find("can be read by others"), std::string::npos) << error.what();
    }
  }
  std::filesystem::remove(key);
  ASSERT_EQ(::mkfifo(key.c_str(), 0600), 0);
  EXPECT_THROW(open(), StoreError) << "and nothing hangs";
}

TEST_F(OpenTest, NewerSchemaIsRefusedAndUntouched) {
  sql("PRAGMA user_version = 99");
  store_.reset();
  const auto path = directory_ / "rosterd.db";
  const auto size = std::filesystem::file_size(path);
  const auto written = std::filesystem::last_write_time(path);
  try {
    open();
    FAIL() << "opened a newer schema";
  } catch (const StoreError& error) {
    EXPECT_EQ(error.kind(), StoreError::Kind::newer_schema);
    EXPECT_NE(std::string(error.what()).find("99"), std::string::npos);
  }
  EXPECT_EQ(std::filesystem::file_size(path), size);
  EXPECT_EQ(std::filesystem::last_write_time(path), written);
}

TEST_F(OpenTest, SchemaIsTheNewest) {
  EXPECT_EQ(number("PRAGMA user_version"), newest_schema());
  EXPECT_EQ(word("PRAGMA journal_mode"), "wal");
  EXPECT_EQ(read([](const View& view) { return integrity_problem(view); }), "");
}

// A child writes and reports each acknowledged note through a pipe, until it is killed.
[[noreturn]] void write_until_killed(const std::string& directory, int pipe) {
  SystemClock clock;
  auto store = Store::open({directory}, clock);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (;;) {
        const std::int64_t id = store->write(Actor{kLocal, "child"}, [](Unit& unit) {
          unit.db().execute("INSERT INTO notes (text) VALUES ('first half'), ('second half')");
          return unit.db().last_id();
        });
        if (::write(pipe, &id, sizeof id) != sizeof id) _exit(1);
      }
    });
  for (std::thread& thread : threads) thread.join();
  _exit(0);
}

TEST_F(OpenTest, KilledAtAnyPointLosesNothingAcknowledged) {
  store_.reset();
  std::vector<std::int64_t> acknowledged;
  for (int round = 0; round < 20; ++round) {
    int ends[2];
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) write_until_killed(directory_.string(), ends[1]);
    ::close(ends[1]);
    std::int64_t id = 0;
    // Killed after another number of acknowledgements each round, wherever it is then.
    for (int i = 0; i <= round * 7 && ::read(ends[0], &id, sizeof id) == sizeof id; ++i) acknowledged.push_back(id);
    ::kill(child, SIGKILL);
    while (::read(ends[0], &id, sizeof id) == sizeof id) acknowledged.push_back(id);
    ::close(ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status));
  }
  open();
  EXPECT_EQ(read([](const View& view) { return integrity_problem(view); }), "");
  std::size_t lost = 0;
  for (const std::int64_t id : acknowledged)
    if (number("SELECT COUNT(*) FROM notes WHERE id IN (" + std::to_string(id) + ", " + std::to_string(id - 1) + ")") !=
        2)
      ++lost;
  EXPECT_EQ(lost, 0u) << "of " << acknowledged.size();
  EXPECT_GT(acknowledged.size(), 1000u);
  EXPECT_EQ(number("SELECT COUNT(*) FROM notes WHERE text = 'first half'"),
            number("SELECT COUNT(*) FROM notes WHERE text = 'second half'"));
}

}  // namespace
}  // namespace rosterd::store
