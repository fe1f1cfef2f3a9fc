#include "daemon/jobs/pulse.h"

namespace rosterd::jobs {

void Pulse::watch(std::string name, std::function<std::uint64_t()> count, Time now) {
  const std::uint64_t first = count();
  watched_.push_back({std::move(name), std::move(count), first, now});
}

std::vector<std::string> Pulse::stale(Time now) {
  std::vector<std::string> names;
  for (Watched& one : watched_) {
    const std::uint64_t count = one.count();
    if (count != one.last) {
      one.last = count;
      one.moved = now;
    } else if (now - one.moved > limit_) {
      names.push_back(one.name);
    }
  }
  return names;
}

}  // namespace rosterd::jobs
