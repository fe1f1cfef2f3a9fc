#include "daemon/jobs/housekeeping.h"

#include <pthread.h>

#include <algorithm>

#include "daemon/log/log.h"
#include "store/blocks.h"
#include "store/brake.h"
#include "store/invitations.h"
#include "store/sign_in.h"
#include "store/sources.h"
#include "store/tokens.h"
#include "store/work.h"

namespace rosterd::jobs {

Tidied tidy(store::Store& store) {
  return store.write({store::kLocal, "housekeeping"}, [](store::Unit& unit) {
    return Tidied{.blocked = store::block_expired(unit, kTidyLimit),
                  .invitations = store::expire_invitations(unit, kTidyLimit),
                  .sessions = store::forget_sessions(unit, kTidyLimit),
                  .attempts = store::forget_attempts(unit, kTidyLimit),
                  .removals = store::forget_removals(unit, kTidyLimit)};
  });
}

void Housekeeping::start() {
  thread_ = std::jthread([this](std::stop_token stop) { loop(stop); });
  ::pthread_setname_np(thread_.native_handle(), "housekeeping");
}

void Housekeeping::stop() {
  thread_.request_stop();
  store_.work_signal().notify();
  if (thread_.joinable()) thread_.join();
}

void Housekeeping::pass(const std::stop_token& stop) {
  Tidied done;
  do {
    done = tidy(store_);
    heartbeat_.fetch_add(1, std::memory_order_relaxed);
    if (done.total() > 0) {
      log::info("housekeeping", {{"blocked", done.blocked},
                                 {"invitations", done.invitations},
                                 {"sessions", done.sessions},
                                 {"attempts", done.attempts},
                                 {"removals", done.removals}});
    }
  } while (!stop.stop_requested() &&
           std::max({done.blocked, done.invitations, done.sessions, done.attempts, done.removals}) >= kTidyLimit);
  while (!stop.stop_requested() && store::step_work(store_)) heartbeat_.fetch_add(1, std::memory_order_relaxed);
}

void Housekeeping::loop(const std::stop_token& stop) {
  std::uint64_t seen = 0;
  bool troubled = false;
  while (!stop.stop_requested()) {
    try {
      heads_.note_hourly();
      pass(stop);
      troubled = false;
    } catch (const store::StoreError& error) {
      // A full disk is an answer too: another start would not help, so the heart goes on beating.
      if (error.kind() == store::StoreError::Kind::full) heartbeat_.fetch_add(1, std::memory_order_relaxed);
      if (!troubled) log::error("housekeeping_failed", {{"why", error.what()}});
      troubled = true;
    } catch (const std::exception& error) {
      if (!troubled) log::error("housekeeping_failed", {{"why", error.what()}});
      troubled = true;
    }
    if (!stop.stop_requested()) seen = store_.work_signal().wait(seen, interval_());
  }
}

}  // namespace rosterd::jobs
