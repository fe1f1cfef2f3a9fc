// When a deferred mail is tried again: one pure function, so that the schedule is what its table test says.
#pragma once

#include <chrono>
#include <optional>

namespace rosterd::mail {

struct RetryPolicy {
  std::chrono::milliseconds first = std::chrono::seconds{30};  // after the first failure
  std::chrono::milliseconds cap = std::chrono::hours{2};       // doubling ends here
  std::chrono::milliseconds give_up_age = std::chrono::hours{24 * 3};
  double jitter = 0.2;     // delay × [1 − jitter, 1 + jitter)
  int max_unfinished = 5;  // attempts in a row that ended their process, or failed in our own code; then set aside
};

// `failures` ≥ 1 counts failed attempts including this one, `age` is the time since the mail was queued, `random` comes
// from [0, 1). nothing: the mail has reached give_up_age and is not tried again. A next attempt never lies beyond that
// age: the last one falls on it.
std::optional<std::chrono::milliseconds> next_delay(const RetryPolicy& policy, int failures,
                                                    std::chrono::milliseconds age, double random);

}  // namespace rosterd::mail
