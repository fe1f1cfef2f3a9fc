#include "daemon/jobs/scheduler.h"

#include <pthread.h>

#include <algorithm>
#include <vector>

#include "daemon/log/log.h"

namespace rosterd::jobs {

void Scheduler::apply() {
  std::vector<std::jthread> ended;  // joined on leaving, without the lock
  {
    const std::lock_guard lock{mutex_};
    ++generation_;
    const auto config = parts_.config();
    for (auto entry = threads_.begin(); entry != threads_.end();) {
      if (config->find_directory(entry->first) != nullptr) {
        ++entry;
        continue;
      }
      entry->second.request_stop();
      ended.push_back(std::move(entry->second));
      entry = threads_.erase(entry);
    }
    for (const config::Directory& directory : config->directories) {
      if (threads_.contains(directory.name)) continue;
      auto& thread = threads_[directory.name];
      thread = std::jthread([this, name = directory.name](std::stop_token stop) { loop(std::move(stop), name); });
      ::pthread_setname_np(thread.native_handle(), "directory");
    }
  }
  changed_.notify_all();
}

void Scheduler::stop() {
  std::map<std::string, std::jthread> ended;
  {
    const std::lock_guard lock{mutex_};
    ended.swap(threads_);
  }
  for (auto& [name, thread] : ended) thread.request_stop();
}

std::uint64_t Scheduler::generation() {
  const std::lock_guard lock{mutex_};
  return generation_;
}

bool Scheduler::wait(std::stop_token stop, std::uint64_t seen, std::optional<Millis> delay) {
  std::unique_lock lock{mutex_};
  const auto moved = [&] { return generation_ != seen; };
  if (!delay) {
    changed_.wait(lock, stop, moved);
    return false;
  }
  return !changed_.wait_for(lock, stop, *delay, moved) && !stop.stop_requested();
}

bool Scheduler::run_once(const config::Directory& directory, std::stop_token stop) {
  try {
    return parts_.run(directory, std::move(stop));
  } catch (const std::exception& error) {
    log::error("sync_failed", {{"source", directory.source()}, {"why", error.what()}});
  }
  return false;
}

void Scheduler::loop(std::stop_token stop, const std::string& name) {
  using Clock = std::chrono::steady_clock;
  int failures = 0;
  bool ran = false;
  Clock::time_point since = Clock::now();
  while (!stop.stop_requested()) {
    try {
      const auto seen = generation();  // before the configuration is read: a change in between is seen by wait
      const auto config = parts_.config();
      const config::Directory* directory = config->find_directory(name);
      if (directory == nullptr) return;
      std::optional<Millis> delay;
      if (!ran) {
        delay = first_run(directory->interval, parts_.since_last_success(directory->source()));
      } else if ((delay = next_run(directory->interval, failures, parts_.random()))) {
        // What has been waited already under an older configuration counts.
        delay = std::max(Millis{0}, *delay - std::chrono::duration_cast<Millis>(Clock::now() - since));
      }
      if (!wait(stop, seen, delay)) continue;
      failures = run_once(*directory, stop) ? 0 : failures + 1;
    } catch (const std::exception& error) {  // a store that cannot be read: as after a failed run
      log::error("schedule_failed", {{"directory", name}, {"why", error.what()}});
      ++failures;
    }
    ran = true;
    since = Clock::now();
  }
}

}  // namespace rosterd::jobs
