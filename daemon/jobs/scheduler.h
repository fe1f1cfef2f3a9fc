// One thread per configured directory that runs it on its schedule. Who asks for a run by command does so beside it;
// that two runs of one directory never overlap is the runner's promise, not the scheduler's.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "daemon/config/config.h"
#include "daemon/jobs/schedule.h"

namespace rosterd::jobs {

class Scheduler {
 public:
  struct Parts {
    std::function<std::shared_ptr<const config::Config>()> config;
    // True: the reading was complete. Must return soon after `stop`. Exceptions count as a failure.
    std::function<bool(const config::Directory&, std::stop_token stop)> run;
    // By source ("ldap:corp").
    std::function<std::optional<Millis>(const std::string& source)> since_last_success;
    std::function<double()> random;  // [0, 1)
  };

  explicit Scheduler(Parts parts) : parts_(std::move(parts)) {}
  ~Scheduler() { stop(); }
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  // Starts threads for new directories, ends those of removed ones, and lets the others see their new interval. One
  // thread calls apply and stop.
  void apply();
  // Ends running syncs early and waits for them.
  void stop();

 private:
  void loop(std::stop_token stop, const std::string& name);
  bool run_once(const config::Directory& directory, std::stop_token stop);
  // Until `delay` has passed (none: for ever); false when stopped or when apply() was called after `seen`.
  bool wait(std::stop_token stop, std::uint64_t seen, std::optional<Millis> delay);
  std::uint64_t generation();

  const Parts parts_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::uint64_t generation_ = 0;
  std::map<std::string, std::jthread> threads_;
};

}  // namespace rosterd::jobs
