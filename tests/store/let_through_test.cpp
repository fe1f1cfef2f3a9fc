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
  // Waiting times of small units in milliseconds, sorted, while `more` says so.
  template <class More>
  std::vector<double> probe(More more) {
    std::vector<double> took;
    while (more(took.size())) {
      const auto from = steady_clock::now();
      write([](Unit& unit) {
        (void)ensure_source(unit, "scim:probe");
        unit.db().execute("UPDATE roles SET rank = rank");
      });
      took.push_back(duration<double, std::milli>(steady_clock::now() - from).count());
    }
    std::sort(took.begin(), took.end());
    return took;
  }
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
  const auto idle = probe([](std::size_t count) { return count < 50; });
  ASSERT_TRUE(write([&](Unit& unit) { return hide_group(unit, large); }));
  std::atomic<bool> done{false};
  int steps = 0;
  const auto from = steady_clock::now();
  std::thread work([&] {
    while (step_work(*store_)) ++steps;
    done = true;
  });
  const auto busy = probe([&](std::size_t count) { return !done || count == 0; });
  work.join();
  const double whole = duration<double, std::milli>(steady_clock::now() - from).count();
  const double step = whole / (steps + 1);
  const double middle = busy[busy.size() / 2];
  std::cout << steps + 1 << " steps of " << step << " ms; a small unit waits " << middle << " ms in the middle ("
            << middle / step << " steps), " << busy.back() << " ms at worst; idle " << idle[idle.size() / 2] << " ms\n";
  EXPECT_GT(busy.size(), static_cast<std::size_t>(steps) / 2) << "units pass between the steps";
  EXPECT_LT(middle, 3 * step) << "who waits for more than the step that runs?";
  EXPECT_LT(busy.back(), whole / 2) << "somebody waited for all of it";
}

}  // namespace
}  // namespace rosterd::store
