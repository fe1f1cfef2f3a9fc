#include "daemon/mail/retry.h"

#include <gtest/gtest.h>

namespace rosterd::mail {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

TEST(Retry, Schedule) {
  const RetryPolicy policy{.first = 30s, .cap = 10min, .give_up_age = 24h, .jitter = 0.2};
  const struct {
    int failures;
    milliseconds age;
    double random;
    std::optional<milliseconds> delay;
  } rows[] = {
      {1, 0s, 0.5, 30s},           {2, 31s, 0.5, 60s},
      {3, 91s, 0.5, 120s},         {4, 4min, 0.5, 240s},
      {5, 8min, 0.5, 480s},        {6, 16min, 0.5, 10min},
      {7, 30min, 0.5, 10min},      {1'000'000, 30min, 0.5, 10min},
      {1, 0s, 0.0, 24s},           {1, 0s, 1.0, 36s},
      {0, 0s, 0.5, 30s},           {-5, 0s, 0.5, 30s},
      {1, 0s, -3.0, 24s},          {1, 0s, 7.0, 36s},
      {9, 24h - 1min, 0.5, 1min},  {9, 24h - 1ms, 0.5, 1ms},
      {9, 24h, 0.5, std::nullopt}, {1, 30h, 0.5, std::nullopt},
      {1, -5s, 0.5, 30s},
  };
  for (const auto& row : rows)
    EXPECT_EQ(next_delay(policy, row.failures, row.age, row.random), row.delay)
        << row.failures << " failures, age " << row.age.count() << " ms, random " << row.random;
}

TEST(Retry, OddPoliciesStayAboveZero) {
  EXPECT_EQ(next_delay({.first = 0s, .cap = 0s, .give_up_age = 1h, .jitter = 0}, 3, 0s, 0.5), 1ms);
  EXPECT_EQ(next_delay({.first = 1min, .cap = 1s, .give_up_age = 1h, .jitter = 0}, 1, 0s, 0.5), 1s);
}

}  // namespace
}  // namespace rosterd::mail
