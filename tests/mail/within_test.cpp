#include "daemon/mail/within.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace rosterd::mail {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

bool always() {
  return true;
}

// A resolver whose name servers are dead: silent until the test lets it go.
struct Silent {
  std::promise<void> end;
  std::function<std::string()> act = [ended = end.get_future().share()] {
    ended.wait_for(60s);
    return std::string("late");
  };
  ~Silent() { end.set_value(); }
};

std::string failure(Deadline deadline, const std::function<bool()>& keep_going, std::function<std::string()> act) {
  try {
    return "no failure but " + within<std::string>(deadline, keep_going, std::move(act));
  } catch (const std::exception& error) {
    return error.what();
  }
}

TEST(Within, GivesTheResultOrTheExceptionOfTheAct) {
  EXPECT_EQ(within<std::string>(Clock::now() + 20s, always, [] { return std::string("found"); }), "found");
  EXPECT_EQ(failure(Clock::now() + 20s, always, []() -> std::string { throw std::runtime_error("unknown"); }),
            "unknown");
}

TEST(Within, ASilentActEndsAtTheDeadline) {
  Silent silent;
  const auto began = Clock::now();
  int asked = 0;
  EXPECT_EQ(failure(
                began + 600ms, [&] { return ++asked > 0; }, silent.act),
            "timed out");
  EXPECT_LT(Clock::now() - began, 20s);
  EXPECT_GE(asked, 3) << "proof of life at least every 250 ms";
}

TEST(Within, ASilentActEndsWhenToldToStop) {
  Silent silent;
  const auto began = Clock::now();
  int asked = 0;
  EXPECT_EQ(failure(
                began + 60s, [&] { return ++asked < 2; }, silent.act),
            "stopped");
  EXPECT_LT(Clock::now() - began, 20s);
}

}  // namespace
}  // namespace rosterd::mail
