// Long work goes in steps that keep the writer from others for about 20 ms, by the clock: a step ends when its time is
// used up, and the next one is as large as the last one was quick. A pace, no rule: outcomes do not depend on it.
// Not thread-safe.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>

namespace rosterd::store {

class Pace {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::milliseconds kBudget{20};

  // `first` and at most `most` things a step; a clock of its own for tests.
  explicit Pace(std::size_t first, std::size_t most, std::function<Time()> now = std::chrono::steady_clock::now)
      : next_(first), most_(most), now_(std::move(now)) {}

  std::size_t next() const { return next_; }  // so many things for the coming step, at least one
  void begin();                               // inside the unit: waiting for the writer does not count
  bool over() const { return now_() - began_ >= kBudget; }
  void end(std::size_t done);  // so many things were done: next() follows

 private:
  std::size_t next_;
  const std::size_t most_;
  std::function<Time()> now_;
  Time began_{};
};

}  // namespace rosterd::store
