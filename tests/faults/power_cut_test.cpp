// The power goes at a random write, truncation or sync; what the disk kept is opened by the real store.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <random>

#include "store/sources.h"
#include "store/sqlite/connection.h"
#include "store/store.h"
#include "tests/faults/fault_vfs.h"
#include "tests/faults/workload.h"

namespace rosterd::faults {
namespace {

const store::SystemClock kClock;

int cuts_wanted() {
  const char* const text = std::getenv("ROSTERD_POWER_CUTS");
  return text ? std::atoi(text) : 25;
}

class PowerCut : public ::testing::Test {
 protected:
  std::unique_ptr<store::Store> open(const std::filesystem::path& directory) {
    auto store = store::Store::open({.directory = directory.string(), .readers = 2}, kClock);
    // Mostly small logs, so that copying them back, where the database file itself is written, is cut as well.
    store->write(store::Actor{store::kLocal, "faults"}, [&](store::Unit& unit) {
      unit.db().execute("PRAGMA wal_autocheckpoint = " + std::to_string(log_pages_));
    });
    return store;
  }

  // Writes until the power goes, then copies what survived into a new directory, which becomes the current one.
  void live_and_die(Workload& workload, std::uint64_t at, Survive survive, const std::string& lie) {
    vfs_.reset();
    vfs_.lie_about_sync(lie);
    vfs_.cut_at(at);
    const std::atomic<bool> stop{false};
    try {
      auto store = open(disk_->path());
      Workload::prepare(*store);
      while (!vfs_.is_cut()) workload.run(*store, stop, 20);
    } catch (const store::StoreError&) {
      EXPECT_TRUE(vfs_.is_cut()) << "the store failed on a sound disk";
    }
    auto survivors = std::make_unique<TempDirectory>();
    for (const auto& entry : std::filesystem::directory_iterator(disk_->path()))
      if (entry.path().extension() == ".key")
        std::filesystem::copy(entry.path(), survivors->path() / entry.path().filename());
    vfs_.write_image(disk_->path(), survivors->path(), survive, chance_());
    disk_ = std::move(survivors);
    vfs_.reset();
  }

  std::vector<std::string> problems(const Workload& workload) {
    try {
      auto store = open(disk_->path());
      Workload::prepare(*store);
      return workload.problems(*store);
    } catch (const std::exception& error) {
      return {error.what()};
    }
  }

  FaultVfs vfs_;
  int log_pages_ = 40;
  std::unique_ptr<TempDirectory> disk_ = std::make_unique<TempDirectory>();
  std::mt19937_64 chance_{20261122};
};

TEST_F(PowerCut, LosesNothingAcknowledgedAndLeavesNothingHalfApplied) {
  constexpr Survive kModes[] = {Survive::nothing, Survive::some, Survive::prefix, Survive::all};
  constexpr int kLogPages[] = {40, 150, 500, 4000};
  constexpr int kCutsPerStore = 10;  // one after another on what is left; then afresh
  const int cuts = cuts_wanted();
  std::size_t acknowledged = 0;
  int bad = 0;
  auto workload = std::make_unique<Workload>();
  for (int cut = 0; cut < cuts; ++cut) {
    if (cut % kCutsPerStore == 0) {
      disk_ = std::make_unique<TempDirectory>();
      acknowledged += workload->acknowledged();
      workload = std::make_unique<Workload>();
    }
    log_pages_ = kLogPages[chance_() % 4];
    const std::uint64_t at = 1 + chance_() % 3000;
    live_and_die(*workload, at, kModes[chance_() % 4], {});
    const auto found = problems(*workload);
    bad += found.empty() ? 0 : 1;
    for (const std::string& problem : found) ADD_FAILURE() << "cut " << cut << " at change " << at << ": " << problem;
    if (bad >= 3) break;
  }
  acknowledged += workload->acknowledged();
  std::cout << cuts << " power cuts, " << acknowledged << " acknowledged units, " << bad << " bad images\n";
  EXPECT_GT(acknowledged, static_cast<std::size_t>(cuts) * 10);
}

// The counter-proof: on a disk that only says it has synced its log, or its database, the same cuts lose what was
// acknowledged. The second also shows that the cuts do fall into the copying back of the log.
class LyingDisk : public PowerCut, public ::testing::WithParamInterface<const char*> {};

TEST_P(LyingDisk, IsFound) {
  log_pages_ = GetParam() == std::string(".db") ? 40 : 4000;
  int lost = 0;
  for (int cut = 0; cut < 5; ++cut) {
    disk_ = std::make_unique<TempDirectory>();
    Workload workload;
    live_and_die(workload, 2000, Survive::nothing, GetParam());
    EXPECT_GT(workload.acknowledged(), 0u);
    lost += problems(workload).empty() ? 0 : 1;
  }
  EXPECT_EQ(lost, 5);
}

INSTANTIATE_TEST_SUITE_P(Sync, LyingDisk, ::testing::Values("-wal", ".db"));

}  // namespace
}  // namespace rosterd::faults
