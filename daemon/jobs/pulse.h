// Proof of work for the watchdog: counters that must go on growing. Not thread-safe; time is a parameter.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace rosterd::jobs {

class Pulse {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit Pulse(std::chrono::milliseconds limit) : limit_(limit) {}

  void watch(std::string name, std::function<std::uint64_t()> count, Time now);
  // Looks at every counter; the names of those that have stood still for longer than the limit.
  std::vector<std::string> stale(Time now);

 private:
  struct Watched {
    std::string name;
    std::function<std::uint64_t()> count;
    std::uint64_t last;
    Time moved;
  };
  const std::chrono::milliseconds limit_;
  std::vector<Watched> watched_;
};

}  // namespace rosterd::jobs
