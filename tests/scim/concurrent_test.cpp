// Many clients at once on the same few resources.
#include <atomic>
#include <latch>
#include <thread>

#include "tests/scim/service.h"

namespace rosterd::scim {
namespace {

class Concurrent : public Service {};

TEST_F(Concurrent, TwoHundredWritersOnOneGroupLoseNoMember) {
  constexpr int kWriters = 200;
  const std::string team = group("team");
  std::vector<std::string> ids;
  for (int i = 0; i < kWriters; ++i) ids.push_back(user("u" + std::to_string(i)));
  std::latch start(kWriters);
  std::atomic<int> taken{0};
  std::vector<std::thread> threads;
  for (const std::string& id : ids)
    threads.emplace_back([&] {
      start.arrive_and_wait();
      const auto answer =
          patch("/Groups/" + team, R"([{"op":"add","path":"members","value":[{"value":")" + id + R"("}]}])");
      if (answer.status == 200 || answer.status == 204) ++taken;
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(taken, kWriters);
  const std::string members = get("/Groups/" + team).text;
  int lost = 0;
  for (const std::string& id : ids) lost += members.find(id) == std::string::npos ? 1 : 0;
  EXPECT_EQ(lost, 0);
}

// Half add, half remove, on one group, while others read it: what was answered last per member holds.
TEST_F(Concurrent, AddersAndRemoversAndReaders) {
  constexpr int kWriters = 40;
  const std::string team = group("team");
  std::vector<std::string> ids;
  for (int i = 0; i < kWriters; ++i) ids.push_back(user("u" + std::to_string(i)));
  std::atomic<bool> stop{false};
  std::vector<std::thread> readers;
  for (int i = 0; i < 4; ++i)
    readers.emplace_back([&] {
      while (!stop) EXPECT_EQ(get("/Groups/" + team).status, 200);
    });
  std::vector<std::thread> writers;
  for (int i = 0; i < kWriters; ++i)
    writers.emplace_back([&, i] {
      const std::string& id = ids[static_cast<std::size_t>(i)];
      const std::string value = R"(,"value":[{"value":")" + id + R"("}]}])";
      for (int round = 0; round < 4; ++round) {
        patch("/Groups/" + team, R"([{"op":"add","path":"members")" + value);
        if (i % 2 == 0) patch("/Groups/" + team, R"([{"op":"remove","path":"members[value eq \")" + id + R"(\"]"}])");
      }
    });
  for (std::thread& thread : writers) thread.join();
  stop = true;
  for (std::thread& thread : readers) thread.join();
  const std::string members = get("/Groups/" + team).text;
  for (int i = 0; i < kWriters; ++i)
    EXPECT_EQ(members.find(ids[static_cast<std::size_t>(i)]) != std::string::npos, i % 2 == 1) << i;
}

}  // namespace
}  // namespace rosterd::scim
