// Time as a parameter: everything that needs "now" takes a Clock (or an Instant), so that tests move time by hand.
#pragma once

#include <chrono>
#include <cstdint>

namespace rosterd::store {

// UTC, millisecond resolution; stored as integer milliseconds since 1970.
using Instant = std::chrono::sys_time<std::chrono::milliseconds>;

// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant now() const = 0;
};

class SystemClock final : public Clock {
 public:
  Instant now() const override {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  }
};

inline std::int64_t to_millis(Instant at) {
  return at.time_since_epoch().count();
}
inline Instant from_millis(std::int64_t millis) {
  return Instant{std::chrono::milliseconds{millis}};
}

}  // namespace rosterd::store
