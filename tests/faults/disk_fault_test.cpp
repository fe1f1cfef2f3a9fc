// Disk full, I/O errors and failed fsyncs under the running store: nobody is acknowledged who is not durable, and when
// the disk is well again so is the store, without another start.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <future>
#include <iostream>
#include <random>
#include <thread>

#include "scim/engine.h"
#include "store/sources.h"
#include "store/staging.h"
#include "store/sqlite/connection.h"
#include "tests/faults/fault_vfs.h"
#include "tests/faults/workload.h"

namespace rosterd::faults {
namespace {

using std::chrono::steady_clock;
using store::Store;
using store::StoreError;
using store::Unit;
using store::View;

const store::SystemClock kClock;
const store::Actor kActor{store::kLocal, "faults"};

int points_wanted() {
  const char* const text = std::getenv("ROSTERD_FAULT_POINTS");
  return text ? std::atoi(text) : 10;
}

class DiskFault : public ::testing::Test {
 protected:
  DiskFault() {
    open();
    Workload::prepare(*store_);
    small_log();
  }

  void open() { store_ = Store::open({.directory = directory_.path().string(), .readers = 2}, kClock); }
  void small_log() {
    store_->write(
        kActor, [](Unit& unit) { unit.db().execute("PRAGMA wal_autocheckpoint = 40; PRAGMA journal_size_limit = 0"); });
  }

  // Writers at work; the fault begins at the `skip`th call, lasts until it has been met `times` times, and then some.
  void suffer(Fault fault, std::uint64_t skip, std::uint64_t times) {
    const auto met = vfs_.failed();
    std::atomic<bool> stop{false};
    vfs_.fail(fault, skip);
    std::thread writers([&] { workload_.run(*store_, stop, 100'000); });
    const auto limit = steady_clock::now() + std::chrono::seconds{60};
    while (vfs_.failed() < met + times && steady_clock::now() < limit) std::this_thread::yield();
    EXPECT_GE(vfs_.failed(), met + times) << "the store no longer touches the disk";
    stop = true;
    writers.join();
    vfs_.heal();
  }

  // How long until a unit is taken again, without another start.
  std::chrono::milliseconds recovery() {
    const auto from = steady_clock::now();
    const auto limit = from + std::chrono::seconds{30};
    while (steady_clock::now() < limit) {
      try {
        store_->write(kActor, [](Unit& unit) { (void)store::ensure_source(unit, "scim:after"); });
        store_->read([](const View& view) { (void)store::find_source(view, "scim:after"); });
        break;
      } catch (const StoreError&) {
        std::this_thread::yield();
      }
    }
    return std::chrono::ceil<std::chrono::milliseconds>(steady_clock::now() - from);
  }

  void expect_sound(const std::string& where) {
    for (const std::string& problem : workload_.problems(*store_)) ADD_FAILURE() << where << ": " << problem;
  }

  // What a power cut right now would leave is sound, too.
  void expect_durable(const std::string& where) {
    vfs_.cut_now();
    TempDirectory survivors;
    std::filesystem::copy(directory_.path() / "secret.key", survivors.path() / "secret.key");
    vfs_.write_image(directory_.path(), survivors.path(), Survive::nothing, 1);
    store_.reset();
    vfs_.reset();
    auto store = Store::open({.directory = survivors.path().string()}, kClock);
    for (const std::string& problem : workload_.problems(*store)) ADD_FAILURE() << where << ": " << problem;
  }

  void at_many_points(Fault fault, const char* name, StoreError::Kind kind, std::uint64_t calls) {
    std::mt19937_64 chance(5);
    std::chrono::milliseconds slowest{0};
    const int points = points_wanted();
    for (int point = 0; point < points; ++point) {
      suffer(fault, chance() % calls, 1 + chance() % 8);
      slowest = std::max(slowest, recovery());
      expect_sound(name + (" at point " + std::to_string(point)));
      if (HasFailure()) break;
    }
    EXPECT_LE(slowest, std::chrono::seconds{5});
    EXPECT_GT(workload_.refused(), 0u);
    EXPECT_TRUE(workload_.refused_as(kind)) << "refused as something else";
    std::cout << name << " at " << points << " points: " << workload_.acknowledged() << " acknowledged, "
              << workload_.refused() << " refused, slowest recovery " << slowest.count() << " ms\n";
    expect_durable(name);
  }

  FaultVfs vfs_;
  TempDirectory directory_;
  std::unique_ptr<Store> store_;
  Workload workload_;
};

TEST_F(DiskFault, FullDiskLosesNothingAndHealsByItself) {
  at_many_points(Fault::full, "disk full", StoreError::Kind::full, 400);
}

TEST_F(DiskFault, WriteErrorLosesNothingAndHealsByItself) {
  at_many_points(Fault::write, "write error", StoreError::Kind::io, 400);
}

TEST_F(DiskFault, ReadErrorLosesNothingAndHealsByItself) {
  // Few pages stay in memory, so that there is something to read.
  store_->write(kActor, [](Unit& unit) { unit.db().execute("PRAGMA cache_size = 20"); });
  at_many_points(Fault::read, "read error", StoreError::Kind::io, 5000);
}

// The kernel drops what it could not write, and the next fsync succeeds: whoever was in the failed one must not be told
// "done" by the next.
TEST_F(DiskFault, FailedSyncIsNeverAcknowledged) {
  at_many_points(Fault::sync, "failed fsync", StoreError::Kind::io, 20);
}

// What a directory says is put beside the store: when that does not fit, this run ends, and nothing else has happened.
TEST_F(DiskFault, AStagingThatDoesNotFitEndsAlone) {
  const auto source = store_->write(kActor, [](Unit& unit) { return store::ensure_source(unit, "ldap:full"); });
  const std::string document(4000, 'x');
  const auto stage = [&] {
    store::Staging staging(*store_, source);
    for (int i = 0; i < 5000; ++i)
      (void)staging.add(store::StagedPerson{std::to_string(i), "d", "uid=" + std::to_string(i), "", document});
    return staging.read([](const store::StagedView& view) {
      int seen = 0;
      store::merge_people(view, [&](const auto*, const auto*) { return ++seen > 0; });
      return seen;
    });
  };
  for (const std::uint64_t skip : {0u, 500u, 3000u}) {
    vfs_.fail(Fault::full, skip);
    try {
      stage();
      ADD_FAILURE() << "it fitted";
    } catch (const StoreError& error) {
      EXPECT_EQ(error.kind(), StoreError::Kind::full) << error.what();
    }
    vfs_.heal();
    EXPECT_NO_THROW(store_->write(kActor, [](Unit& unit) { (void)store::ensure_source(unit, "ldap:others"); }));
  }
  EXPECT_EQ(store_->damage(), "");
  EXPECT_EQ(stage(), 5000);
}

class Counted : public DiskFault {
 protected:
  // `count` units that wait together behind one that holds the writer, so that they share a transaction.
  template <class Work>
  std::vector<std::string> together(int count, Work work) {
    std::promise<void> gate;
    std::promise<void> inside;
    auto open_gate = gate.get_future().share();
    std::thread holder([&, told = false]() mutable {
      try {
        store_->write(kActor, [&](Unit&) {
          if (!std::exchange(told, true)) inside.set_value();  // a lost transaction runs it again
          open_gate.wait();
        });
      } catch (const StoreError&) {
        // It changes nothing; what the others are told is the subject.
      }
    });
    inside.get_future().wait();
    std::vector<std::future<std::string>> answers;
    std::atomic<int> about_to_wait{0};
    for (int i = 0; i < count; ++i)
      answers.push_back(std::async(std::launch::async, [&, i]() -> std::string {
        ++about_to_wait;
        try {
          store_->write(kActor, [&](Unit& unit) { work(unit, i); });
          return "done";
        } catch (const StoreError&) {
          return "store";
        } catch (const std::exception& error) {
          return error.what();
        }
      }));
    while (about_to_wait < count) std::this_thread::yield();
    gate.set_value();
    holder.join();
    std::vector<std::string> said;
    for (auto& answer : answers) said.push_back(answer.get());
    return said;
  }

  void note(Unit& unit, int number) {
    unit.db().prepare("INSERT INTO facts (name, value) VALUES (?, '')").bind("note " + std::to_string(number)).run();
  }
  std::int64_t notes() {
    return store_->read([](const View& view) {
      auto row = view.db().prepare("SELECT COUNT(*) FROM facts WHERE name LIKE 'note %'");
      return row.step() ? row.integer(0) : -1;
    });
  }
};

TEST_F(Counted, LostTransactionRunsAgainOneByOne) {
  for (const Fault fault : {Fault::sync, Fault::write, Fault::full}) {
    store_->write(kActor, [](Unit& unit) { unit.db().execute("DELETE FROM facts WHERE name LIKE 'note %'"); });
    vfs_.fail(fault, 0, 1);
    const auto said = together(32, [&](Unit& unit, int i) { note(unit, i); });
    EXPECT_EQ(std::count(said.begin(), said.end(), "done"), notes());
    EXPECT_GE(notes(), 31) << "one call failed: at most the unit alone in its transaction may feel it";
    vfs_.heal();
  }
}

TEST_F(Counted, NobodyIsAcknowledgedWhileNothingCanCommit) {
  vfs_.fail(Fault::sync, 0);
  const auto said = together(32, [&](Unit& unit, int i) { note(unit, i); });
  EXPECT_EQ(std::count(said.begin(), said.end(), "store"), 32);
  vfs_.heal();
  EXPECT_EQ(notes(), 0);
  EXPECT_LE(recovery(), std::chrono::seconds{5});
  EXPECT_EQ(notes(), 0) << "what was refused does not come back";
}

TEST_F(Counted, FailingSavepointsHarmNoNeighbour) {
  const auto said = together(32, [&](Unit& unit, int i) {
    note(unit, i);
    if (i % 4 == 1) throw std::runtime_error("thrown");
    if (i % 4 == 2) note(unit, i);  // the key is taken: a constraint
    if (i % 4 == 3) unit.db().execute("SELECT nothing FROM nowhere");
  });
  const char* const want[] = {"done", "thrown", "store", "store"};
  for (std::size_t i = 0; i < said.size(); ++i) EXPECT_EQ(said[i], want[i % 4]) << i;
  EXPECT_EQ(notes(), 8);
}

class ScimFault : public DiskFault {
 protected:
  ScimFault() {
    source_ = store_->write(kActor, [](Unit& unit) { return store::ensure_source(unit, "scim:door"); });
  }
  scim::Response post(const std::string& name) {
    return scim::handle(
        {.method = "POST",
         .path = "/Users",
         .query = {},
         .content_type = "application/scim+json",
         .if_match = {},
         .if_none_match = {},
         .body = R"({"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":")" + name + "\"}"},
        {*store_, scim::Catalogue::standard(), {.source = source_}, kActor, "https://example.org/scim/v2", {}});
  }
  static void expect_refusal(const scim::Response& answer, int status) {
    EXPECT_EQ(answer.status, status);
    EXPECT_NE(answer.body.find("urn:ietf:params:scim:api:messages:2.0:Error"), std::string::npos) << answer.body;
    EXPECT_NE(answer.body.find("\"status\":\"" + std::to_string(status)), std::string::npos) << answer.body;
    bool told = false;
    for (const auto& [name, value] : answer.headers) told = told || (name == "Retry-After" && !value.empty());
    EXPECT_TRUE(told) << "no Retry-After";
    EXPECT_EQ(answer.body.find("sqlite"), std::string::npos) << answer.body;
  }
  store::SourceId source_;
};

TEST_F(ScimFault, RefusalsAreScimErrorsWithRetryAfter) {
  EXPECT_EQ(post("before").status, 201);
  vfs_.fail(Fault::full, 0);
  expect_refusal(post("full"), 507);
  vfs_.heal();
  EXPECT_EQ(post("full").status, 201);
  for (const Fault fault : {Fault::write, Fault::sync}) {
    vfs_.fail(fault, 0);
    expect_refusal(post("io"), 503);
    vfs_.heal();
  }
  EXPECT_EQ(post("io").status, 201);
}

}  // namespace
}  // namespace rosterd::faults
