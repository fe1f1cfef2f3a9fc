// One connection's turn is bounded, whatever it sends.
#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <mutex>

#include "daemon/http/server.h"
#include "tests/http/client.h"
#include "tests/http/gate.h"

namespace rosterd::http::test {
namespace {

// With the one thread and the one place in the queue taken, the reactor itself refuses everything that comes. It is
// held in the first refusal until the flood and one polite request wait side by side: the flood came first.
TEST(Fairness, AFloodOfPipelinedRequestsLetsOthersPassBetweenThem) {
  Gate handlers, reactor;
  std::mutex mutex;
  std::vector<std::string> refused;
  Limits limits;
  limits.request_threads = 1;
  limits.queue_length = 1;
  Server server(
      {Listen::tcp("door", "127.0.0.1", 0)}, limits,
      [&](const Request&) -> Response {
        handlers.pass();
        return {};
      },
      [&](const Finished& finished) {
        if (finished.path == "/hold") reactor.pass();
        const std::lock_guard lock(mutex);
        refused.push_back(finished.path);
      });
  server.start();
  const auto port = server.bound().at(0).port;
  Client first(port), second(port), holding(port), flood(port), polite(port);
  first.send(get("/"));
  ASSERT_TRUE(eventually([&] { return handlers.waiting() == 1; }));
  second.send(get("/"));
  ASSERT_TRUE(eventually([&] { return server.stats().queued == 1; }));
  ASSERT_TRUE(eventually([&] { return server.stats().connections == 5; }));
  holding.send(get("/hold"));
  ASSERT_TRUE(eventually([&] { return reactor.waiting() == 1; }));
  constexpr int kFlood = 1000;
  std::string requests;
  for (int i = 0; i < kFlood; ++i) requests += get("/flood");
  flood.send(requests);
  polite.send(get("/polite"));
  reactor.open();
  const auto reply = polite.reply();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 503);
  {
    const std::lock_guard lock(mutex);
    const auto before = std::find(refused.begin(), refused.end(), "/polite") - refused.begin();
    EXPECT_LE(before, 1 + 2 * 16) << "of the flood came first";
  }
  for (int i = 0; i < kFlood; ++i) {
    const auto each = flood.reply();
    ASSERT_TRUE(each) << i;
    EXPECT_EQ(each->status, 503);
    EXPECT_EQ(each->field("Retry-After"), "1");
  }
  handlers.open();
}

TEST(Drain, AnswersThePipelinedRequestsThatHaveCome) {
  Gate gate;
  Server server({Listen::tcp("door", "127.0.0.1", 0)}, {}, [&](const Request& request) -> Response {
    if (request.path == "/0") gate.pass();
    return {200, {}, request.path};
  });
  server.start();
  Client client(server.bound().at(0).port);
  std::string requests;
  for (int i = 0; i < 40; ++i) requests += get("/" + std::to_string(i));
  client.send(requests);
  ASSERT_TRUE(eventually([&] { return gate.waiting() == 1; }));
  auto drained = std::async(std::launch::async, [&] { return server.drain(std::chrono::seconds(20)); });
  Client late(server.bound().at(0).port);
  EXPECT_TRUE(eventually([&] { return !Client(server.bound().at(0).port).connected(); }));
  gate.open();
  for (int i = 0; i < 40; ++i) {
    const auto reply = client.reply();
    ASSERT_TRUE(reply) << i;
    EXPECT_EQ(reply->body, "/" + std::to_string(i));
    EXPECT_EQ(reply->has("Connection"), i == 39) << i;
  }
  EXPECT_TRUE(client.closed_by_server());
  client.end_sending();
  late.end_sending();
  EXPECT_TRUE(drained.get());
}

}  // namespace
}  // namespace rosterd::http::test
