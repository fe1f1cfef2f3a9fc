#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <random>
#include <thread>

#include "daemon/http/server.h"
#include "tests/http/client.h"
#include "tests/http/gate.h"
#include "tests/http/malformed.h"

// Requests run on pool threads and their answers find back by connection id: nobody may ever see another's answer.
namespace rosterd::http::test {
namespace {

Limits many_connections() {
  Limits limits;
  limits.connections_per_address = limits.connections;
  limits.reactor_threads = 2;
  return limits;
}

// Some microseconds of work whose end the compiler cannot skip.
unsigned small_work(unsigned seed, unsigned rounds) {
  std::minstd_rand random(seed);
  unsigned sum = 0;
  for (unsigned i = 0; i < rounds; ++i) sum += static_cast<unsigned>(random());
  return sum;
}

TEST(Churn, NobodyReceivesAnothersAnswer) {
  std::atomic<unsigned> work{0};
  Server server({Listen::tcp("public", "127.0.0.1", 0)}, many_connections(), [&](const Request& request) -> Response {
    work += small_work(static_cast<unsigned>(request.target.size()), 20'000 + work % 40'000);
    return {200, {{"X-Nonce", request.path.substr(1)}}, request.path.substr(1) + request.body};
  });
  server.start();
  const std::uint16_t port = server.bound().at(0).port;
  constexpr int kThreads = 8;
  constexpr int kConnections = 6'000;
  std::atomic<int> next{0};
  std::atomic<int> right{0}, wrong{0}, lost{0};
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  const auto client_loop = [&](unsigned seed) {
    std::mt19937 random(seed);
    for (int number; (number = next++) < kConnections && std::chrono::steady_clock::now() < until;) {
      Client client(port);
      const int requests = 1 + static_cast<int>(random() % 3);
      for (int i = 0; i < requests; ++i) {
        const std::string nonce = std::to_string(number) + "-" + std::to_string(i) + "-" + std::to_string(random());
        client.send(post("/" + nonce, "+body"));
        const unsigned fate = random() % 4;
        if (fate == 0) break;  // leaves while the handler runs
        if (fate == 1) {       // the same, with a reset, so that the descriptor number is free at once
          client.reset();
          break;
        }
        const auto reply = client.reply();
        if (!reply)
          ++lost;
        else if (reply->status == 200 && reply->body == nonce + "+body" && reply->field("X-Nonce") == nonce)
          ++right;
        else
          ++wrong;
        if (!reply) break;
      }
    }
  };
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < kThreads; ++i) threads.emplace_back(client_loop, i);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(lost, 0);
  EXPECT_GT(right, 500);
  EXPECT_TRUE(eventually([&] { return server.stats().connections == 0; }));
  EXPECT_GT(server.stats().dropped_answers, 20u) << "too few left while their handler ran";
  RecordProperty("right", right);
  RecordProperty("dropped", static_cast<int>(server.stats().dropped_answers));
}

// The case above in slow motion: the newcomer gets the descriptor number of the one that left.
TEST(Churn, ALateAnswerIsDroppedAndNotGivenToTheNewcomer) {
  Gate first, second;
  Limits limits;
  limits.reactor_threads = 1;
  Server server({Listen::tcp("public", "127.0.0.1", 0)}, limits, [&](const Request& request) -> Response {
    (request.path == "/first" ? first : second).pass();
    return {200, {}, request.path};
  });
  server.start();
  const std::uint16_t port = server.bound().at(0).port;
  Client leaver(port);
  leaver.send(get("/first"));
  ASSERT_TRUE(eventually([&] { return first.waiting() == 1; }));
  leaver.reset();
  ASSERT_TRUE(eventually([&] { return server.stats().connections == 0; }));
  Client newcomer(port);
  newcomer.send(get("/second"));
  ASSERT_TRUE(eventually([&] { return second.waiting() == 1; }));
  first.open();
  ASSERT_TRUE(eventually([&] { return server.stats().dropped_answers == 1; }));
  second.open();
  const auto reply = newcomer.reply();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->body, "/second");
}

TEST(Churn, ManyRequestsOverFewConnectionsAreAllRight) {
  Server server({Listen::tcp("public", "127.0.0.1", 0)}, many_connections(), [](const Request& request) -> Response {
    return {200, {}, request.path};
  });
  server.start();
  std::atomic<int> right{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      Client client(server.bound().at(0).port);
      for (int i = 0; i < 1'000; ++i) {
        const std::string path = "/" + std::to_string(t) + "/" + std::to_string(i);
        client.send(get(path));
        const auto reply = client.reply();
        right += reply && reply->body == path;
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 4'000);
  EXPECT_EQ(server.stats().requests, 4'000u);
}

TEST(Malformed, EachIsRefusedAndItsConnectionEnds) {
  std::atomic<int> handled{0};
  Server server({Listen::tcp("public", "127.0.0.1", 0)}, {}, [&](const Request&) -> Response {
    ++handled;
    return {};
  });
  server.start();
  for (const Malformed& row : malformed_requests()) {
    Client client(server.bound().at(0).port);
    client.send(row.bytes + get("/smuggled"));
    client.end_sending();
    const auto reply = client.reply();
    ASSERT_TRUE(reply) << row.name;
    EXPECT_EQ(reply->status, row.status) << row.name;
    EXPECT_EQ(reply->field("Connection"), "close") << row.name;
    EXPECT_EQ(reply->field("X-Request-Id").size(), 32u) << row.name;
    EXPECT_EQ(client.rest(), "") << row.name << ": something ran after the refusal";
  }
  EXPECT_EQ(handled, 0);
  EXPECT_EQ(server.stats().refused, malformed_requests().size());
}

}  // namespace
}  // namespace rosterd::http::test
