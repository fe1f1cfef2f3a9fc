// Wakes a waiting thread after a commit. Thread-safe; a notification that comes before the wait is not lost.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace rosterd::store {

class Signal {
 public:
  void notify() {
    {
      std::lock_guard lock(mutex_);
      ++count_;
    }
    condition_.notify_all();
  }
  // Waits until notified since `seen` or until `limit` has passed; returns the new count for the next call.
  std::uint64_t wait(std::uint64_t seen, std::chrono::milliseconds limit) {
    std::unique_lock lock(mutex_);
    condition_.wait_for(lock, limit, [&] { return count_ != seen; });
    return count_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable condition_;
  std::uint64_t count_ = 0;
};

}  // namespace rosterd::store
