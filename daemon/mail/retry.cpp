#include "daemon/mail/retry.h"

#include <algorithm>

namespace rosterd::mail {

std::optional<std::chrono::milliseconds> next_delay(const RetryPolicy& policy, int failures,
                                                    std::chrono::milliseconds age, double random) {
  using std::chrono::milliseconds;
  const milliseconds left = policy.give_up_age - age;
  if (left <= milliseconds::zero()) return std::nullopt;
  milliseconds delay = std::max(policy.first, milliseconds{1});
  for (int i = 1; i < failures && delay < policy.cap; ++i) delay *= 2;
  delay = std::min(delay, policy.cap);
  const double factor = 1 + policy.jitter * (2 * std::clamp(random, 0.0, 1.0) - 1);
  delay = milliseconds{static_cast<milliseconds::rep>(static_cast<double>(delay.count()) * factor)};
  return std::clamp(delay, milliseconds{1}, left);
}

}  // namespace rosterd::mail
