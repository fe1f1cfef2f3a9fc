// Long work lets others through: how long a small unit waits while a large group ends, beside an idle probe.
#include <algorithm>
#include <iostream>
#include <thread>

#include "tests/store/fixture.h"

namespace rosterd::store {
namespace {

using std::chrono::duration;
using std::chrono::steady_clock;

class LetThrough : public StoreTest {
 protected:
  struct Waits {
    std::vector<double> milliseconds;
    std::vector<int> steps;  // that ended between asking and running
  };

  // What small units wait for, sorted, while `more` says so.
  template <class More>
  Waits probe(More more) {
    Waits waits;
    while (more(waits.steps.size())) {
      const auto from = steady_clock::now();
      const int before = steps_;
      int passed = 0;
      write([&](Unit& unit) {
        passed = steps_ - before;
        (void)ensure_source(unit, "scim:probe");
        unit.db().execute("UPDATE roles SET rank = rank");
      });
      waits.milliseconds.push_back(duration<double, std::milli>(steady_clock::now() - from).count());
      waits.steps.push_back(passed);
    }
    std::sort(waits.milliseconds.begin(), waits.milliseconds.end());
    std::sort(waits.steps.begin(), waits.steps.end());
    return waits;
  }

  static double middle(const std::vector<double>& values) { return values[values.size() / 2]; }

  std::atomic<int> steps_{0};
};

TEST_F(LetThrough, WhileALargeGroupEnds) {
  constexpr int kPeople = 3000;
  settings_.members_at_once = 10;
  rules({{.name = "all", .group = "everybody", .projects = {"Website"}}});
  const GroupId large = group(corp_, "everybody");
  std::vector<Member> members;
  write([&](Unit& unit) {
    for (int i = 0; i < kPeople; ++i) members.emplace_back(put_user(unit, "u" + std::to_string(i)));
  });
  join(large, members);
  finish_work();
  const Waits idle = probe([](std::size_t count) { return count < 50; });
  ASSERT_TRUE(write([&](Unit& unit) { return hide_group(unit, large); }));
  std::atomic<bool> done{false};
  const auto from = steady_clock::now();
  std::thread work([&] {
    while (step_work(*store_)) ++steps_;
    done = true;
  });
  const Waits busy = probe([&](std::size_t count) { return !done || count == 0; });
  work.join();
  const int steps = steps_ + 1;
  const double whole = duration<double, std::milli>(steady_clock::now() - from).count();
  std::cout << steps << " steps of " << whole / steps << " ms; a small unit waits " << middle(busy.milliseconds)
            << " ms in the middle, " << busy.milliseconds.back() << " ms at worst; idle " << middle(idle.milliseconds)
            << " ms\n";
  EXPECT_GT(steps, 10);
  EXPECT_GT(busy.steps.size(), static_cast<std::size_t>(steps) / 2) << "units pass between the steps";
  EXPECT_LE(busy.steps.back(), 2) << "who waits for more than the step that runs and the next?";
}

}  // namespace
}  // namespace rosterd::store
