#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>

#include "daemon/config/load.h"
#include "daemon/jobs/directory_jobs.h"
#include "daemon/jobs/pulse.h"
#include "daemon/jobs/schedule.h"
#include "daemon/jobs/scheduler.h"
#include "store/sources.h"
#include "store/work.h"
#include "tests/daemon/temp_dir.h"

namespace rosterd::jobs {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

TEST(Schedule, NextRun) {
  const struct {
    Millis interval;
    int failures;
    double random;
    std::optional<Millis> delay;
  } rows[] = {
      {Millis{0}, 0, 0.5, {}},
      {Millis{0}, 3, 0.5, {}},
      {minutes{10}, 0, 0.5, minutes{10}},
      {minutes{10}, 0, 0.0, minutes{9}},
      {minutes{10}, 1, 0.5, minutes{1}},
      {minutes{10}, 2, 0.5, minutes{2}},
      {minutes{10}, 4, 0.5, minutes{8}},
      {minutes{10}, 5, 0.5, minutes{10}},
      {minutes{10}, 1000, 0.5, minutes{10}},
      {seconds{10}, 1, 0.5, seconds{10}},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(next_run(row.interval, row.failures, row.random), row.delay)
        << row.interval.count() << " " << row.failures;
  }
  EXPECT_LT(*next_run(minutes{10}, 0, 0.999999), minutes{11});
}

TEST(Schedule, FirstRun) {
  EXPECT_EQ(first_run(minutes{10}, {}), Millis{0});
  EXPECT_EQ(first_run(minutes{10}, minutes{3}), minutes{7});
  EXPECT_EQ(first_run(minutes{10}, hours{3}), Millis{0});
  EXPECT_EQ(first_run(minutes{10}, -hours{3}), minutes{10}) << "the clock was set back";
  EXPECT_EQ(first_run(Millis{0}, {}), std::nullopt);
}

TEST(Pulse, NamesWhatStandsStill) {
  const Pulse::Time start{};
  std::uint64_t store = 0, outbox = 0;
  Pulse pulse(seconds{10});
  pulse.watch(
      "store", [&] { return store; }, start);
  pulse.watch(
      "outbox", [&] { return outbox; }, start);
  EXPECT_TRUE(pulse.stale(start + seconds{10}).empty());
  ++store;
  EXPECT_EQ(pulse.stale(start + seconds{11}), std::vector<std::string>{"outbox"});
  EXPECT_EQ(pulse.stale(start + seconds{22}), (std::vector<std::string>{"store", "outbox"}));
  ++store;
  ++outbox;
  EXPECT_TRUE(pulse.stale(start + seconds{23}).empty()) << "what moves again is healthy again";
}

TEST(DirectoryJobs, AStopLeavesTheWorkQueueToTheNextStart) {
  testing::TempDir dir;
  const store::SystemClock clock;
  const auto store = store::Store::open({.directory = dir.path().string()}, clock);
  store->write({store::kLocal, "test"},
               [](store::Unit& unit) { store::queue_work(unit, store::Work::refresh_everybody); });
  const auto config =
      config::parse("[[directory]]\nname = \"a\"\nuris = \"ldap://127.0.0.1:1\"\npeople_bases = \"o=x\"\n").config;
  ASSERT_TRUE(config);
  const auto has_work = [&] { return store->read([](const store::View& view) { return store::has_work(view); }); };
  DirectoryJobs jobs(*store, nullptr);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(jobs.sync(config->directories.at(0), false, stop.get_token()).failure.empty());
  EXPECT_TRUE(has_work());
  jobs.sync(config->directories.at(0), false);
  EXPECT_FALSE(has_work());
}

// Counts runs; waits for a number of them with a deadline.
class Runs {
 public:
  void add(const std::string& name) {
    const std::lock_guard lock{mutex_};
    ++count_[name];
    changed_.notify_all();
  }
  bool reached(const std::string& name, int wanted) {
    std::unique_lock lock{mutex_};
    return changed_.wait_for(lock, seconds{20}, [&] { return count_[name] >= wanted; });
  }
  int of(const std::string& name) {
    const std::lock_guard lock{mutex_};
    return count_[name];
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, int> count_;
};

std::shared_ptr<const config::Config> with_directories(const std::string& interval, std::vector<std::string> names) {
  std::string text;
  for (const std::string& name : names) {
    text += "[[directory]]\nname = \"" + name + "\"\nuris = \"ldap://h\"\npeople_bases = \"o=x\"\ninterval = \"" +
            interval + "\"\n";
  }
  return config::parse(text).config;
}

class SchedulerTest : public ::testing::Test {
 protected:
  Scheduler::Parts parts() {
    return {.config = [this] { return config.load(); },
            .run =
                [this](const config::Directory& directory, std::stop_token) {
                  runs.add(directory.name);
                  if (broken) throw std::runtime_error("broken");
                  return true;
                },
            .since_last_success = [](const std::string&) { return std::optional<Millis>{}; },
            .random = [] { return 0.5; }};
  }
  std::atomic<std::shared_ptr<const config::Config>> config;
  std::atomic<bool> broken{false};
  Runs runs;
};

TEST_F(SchedulerTest, RunsEachAtOnceAndAgain) {
  config = with_directories("1ms", {"a", "b"});
  Scheduler scheduler(parts());
  scheduler.apply();
  EXPECT_TRUE(runs.reached("a", 3));
  EXPECT_TRUE(runs.reached("b", 3));
  scheduler.stop();
  const int before = runs.of("a");
  scheduler.stop();
  EXPECT_EQ(runs.of("a"), before);
}

TEST_F(SchedulerTest, IntervalZeroRunsNothingUntilAReloadSaysOtherwise) {
  config = with_directories("0s", {"a"});
  Scheduler scheduler(parts());
  scheduler.apply();
  config = with_directories("1ms", {"a"});
  EXPECT_EQ(runs.of("a"), 0);
  scheduler.apply();
  EXPECT_TRUE(runs.reached("a", 2));
}

TEST_F(SchedulerTest, AReloadAddsAndRemovesDirectories) {
  config = with_directories("1ms", {"a"});
  Scheduler scheduler(parts());
  scheduler.apply();
  EXPECT_TRUE(runs.reached("a", 1));
  config = with_directories("1ms", {"b"});
  scheduler.apply();  // returns when a's thread has ended
  const int before = runs.of("a");
  EXPECT_TRUE(runs.reached("b", 3));
  EXPECT_EQ(runs.of("a"), before);
}

TEST_F(SchedulerTest, AnExceptionIsAFailureAndTheThreadGoesOn) {
  broken = true;
  config = with_directories("1ms", {"a"});
  Scheduler scheduler(parts());
  scheduler.apply();
  EXPECT_TRUE(runs.reached("a", 3));
}

TEST_F(SchedulerTest, AStoreThatCannotBeReadIsAFailureToo) {
  config = with_directories("1ms", {"a"});
  auto p = parts();
  p.since_last_success = [](const std::string&) -> std::optional<Millis> { throw std::runtime_error("disk"); };
  Scheduler scheduler(std::move(p));
  scheduler.apply();
  EXPECT_TRUE(runs.reached("a", 2));
}

TEST_F(SchedulerTest, ReloadsDoNotShortenTheFirstWait) {
  using Clock = std::chrono::steady_clock;
  config = with_directories("10m", {"a"});
  const auto started = Clock::now();
  const Millis rest{400};
  std::atomic<Clock::rep> ran{0};
  auto p = parts();
  p.since_last_success = [&](const std::string&) -> std::optional<Millis> {
    return minutes{10} - rest + std::chrono::duration_cast<Millis>(Clock::now() - started);
  };
  p.run = [&](const config::Directory& directory, std::stop_token) {
    ran = (Clock::now() - started).count();
    runs.add(directory.name);
    return true;
  };
  Scheduler scheduler(std::move(p));
  while (runs.of("a") == 0 && Clock::now() - started < seconds{20}) {
    scheduler.apply();
    std::this_thread::yield();
  }
  ASSERT_EQ(runs.of("a"), 1);
  EXPECT_GE(Clock::duration(ran), rest);
}

TEST_F(SchedulerTest, StopEndsARunningSync) {
  config = with_directories("1ms", {"a"});
  auto p = parts();
  std::atomic<bool> ended{false};
  p.run = [&](const config::Directory& directory, std::stop_token stop) {
    runs.add(directory.name);
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock{mutex};
    never.wait_for(lock, stop, seconds{60}, [] { return false; });
    ended = stop.stop_requested();
    return false;
  };
  Scheduler scheduler(std::move(p));
  scheduler.apply();
  ASSERT_TRUE(runs.reached("a", 1));
  scheduler.stop();
  EXPECT_TRUE(ended);
}

}  // namespace
}  // namespace rosterd::jobs
