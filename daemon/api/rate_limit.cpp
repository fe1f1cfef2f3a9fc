#include "daemon/api/rate_limit.h"

#include <algorithm>
#include <cmath>

namespace rosterd::api {

std::chrono::seconds RateLimit::take(const std::string& name, int per_minute, Now now) {
  const double per_second = per_minute / 60.0;
  const std::lock_guard lock(mutex_);
  Bucket& bucket = buckets_.try_emplace(name, Bucket{static_cast<double>(per_minute), now}).first->second;
  const double passed = std::chrono::duration<double>(std::max(now, bucket.at) - bucket.at).count();
  bucket = {std::min(static_cast<double>(per_minute), bucket.left + passed * per_second), std::max(now, bucket.at)};
  if (bucket.left >= 1) {
    bucket.left -= 1;
    return std::chrono::seconds{0};
  }
  return std::chrono::seconds{std::max(1L, std::lround(std::ceil((1 - bucket.left) / per_second - 1e-6)))};
}

}  // namespace rosterd::api
