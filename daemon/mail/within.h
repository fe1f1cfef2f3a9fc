// An act that cannot be interrupted, with a deadline all the same.
#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <future>
#include <system_error>
#include <thread>
#include <utility>

#include "daemon/mail/transport_wire.h"

namespace rosterd::mail {

// Runs `act` on a thread of its own and returns its result or throws its exception. When `keep_going` (asked at least
// every 250 ms) says false or the deadline passes, throws WireError and leaves the thread to itself: `act` must own
// all that it touches.
template <class Result>
Result within(Deadline deadline, const std::function<bool()>& keep_going, std::function<Result()> act) {
  using std::chrono::milliseconds;
  std::packaged_task<Result()> task(std::move(act));
  std::future<Result> result = task.get_future();
  try {
    std::thread(std::move(task)).detach();
  } catch (const std::system_error& error) {
    throw WireError(error.what());
  }
  while (true) {
    if (!keep_going()) throw WireError("stopped");
    const auto left = std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left <= milliseconds::zero()) throw WireError("timed out");
    if (result.wait_for(std::min(left, milliseconds{250})) == std::future_status::ready) return result.get();
  }
}

}  // namespace rosterd::mail
