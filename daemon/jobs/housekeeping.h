// What becomes due by itself: end dates of accounts, expired invitations, sessions and attempt counters, and the
// store's queue of long work; and the head of the audit trail into the log. One thread. Each pass also writes an empty
// unit: its heartbeat proves that the store's writer moves.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <thread>

#include "daemon/jobs/audit_head_log.h"
#include "daemon/jobs/schedule.h"
#include "store/store.h"

namespace rosterd::jobs {

struct Tidied {
  std::size_t blocked = 0;  // people whose end date has come
  std::size_t invitations = 0;
  std::size_t sessions = 0;
  std::size_t attempts = 0;
  std::size_t removals = 0;  // counts that no window reaches any more
  std::size_t total() const { return blocked + invitations + sessions + attempts + removals; }
};

// At most this many rows of each kind per unit, so that requests pass between.
inline constexpr std::size_t kTidyLimit = 200;

// One unit. Throws StoreError.
Tidied tidy(store::Store& store);

class Housekeeping {
 public:
  // `store` must outlive it; `interval` is asked before each pass.
  Housekeeping(store::Store& store, std::function<Millis()> interval) : store_(store), interval_(std::move(interval)) {}

  void start();
  void stop();
  // After everything else has ended; not while it runs.
  void note_audit_head() { heads_.note(); }

  // Grows with each pass that the store answered.
  std::uint64_t heartbeat() const { return heartbeat_.load(std::memory_order_relaxed); }

 private:
  void loop(const std::stop_token& stop);
  void pass(const std::stop_token& stop);

  store::Store& store_;
  const std::function<Millis()> interval_;
  AuditHeadLog heads_{store_};
  std::atomic<std::uint64_t> heartbeat_{0};
  std::jthread thread_;
};

}  // namespace rosterd::jobs
