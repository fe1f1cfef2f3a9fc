#include "daemon/jobs/schedule.h"

#include <algorithm>

namespace rosterd::jobs {

std::optional<Millis> next_run(Millis interval, int failures, double random) {
  if (interval <= Millis{0}) return std::nullopt;
  Millis delay = interval;
  if (failures > 0) {
    const int doublings = std::min(failures - 1, 20);
    delay = std::min<Millis>(interval, std::chrono::minutes{1} * (1 << doublings));
  }
  const double factor = 0.9 + 0.2 * random;
  return std::chrono::duration_cast<Millis>(delay * factor);
}

std::optional<Millis> first_run(Millis interval, std::optional<Millis> since_last_success) {
  if (interval <= Millis{0}) return std::nullopt;
  if (!since_last_success) return Millis{0};
  // A clock that was set back must not postpone it beyond one interval.
  return std::clamp(interval - *since_last_success, Millis{0}, interval);
}

}  // namespace rosterd::jobs
