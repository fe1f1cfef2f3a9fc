// The queue before the request threads, and the two ways of an answer back from them.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "daemon/http/server.h"
#include "tests/http/client.h"
#include "tests/http/gate.h"

namespace rosterd::http::test {
namespace {

// One thread, which waits at the gate, and room for four.
struct SmallQueue {
  static Limits limits() {
    Limits all;
    all.request_threads = 1;
    all.queue_length = 4;
    return all;
  }
  SmallQueue() { server.start(); }

  Gate gate;
  Server server{{Listen::tcp("public", "127.0.0.1", 0)}, limits(), [this](const Request& request) -> Response {
                  gate.pass();
                  return {200, {}, request.path};
                }};
};

TEST(Queue, OneAddressMayFillHalfOfIt) {
  SmallQueue queue;
  auto& [gate, server] = queue;
  const auto port = server.bound().at(0).port;
  Client runs(port), second(port), third(port), greedy(port), neighbour(port, 0, "127.0.0.2");
  runs.send(get("/1"));
  ASSERT_TRUE(eventually([&] { return gate.waiting() == 1; }));
  second.send(get("/2"));
  third.send(get("/3"));
  ASSERT_TRUE(eventually([&] { return server.stats().queued == 2; }));
  greedy.send(get("/4"));
  neighbour.send(get("/5"));
  ASSERT_TRUE(eventually([&] { return server.stats().queued == 3; })) << "the other half is for others";
  const auto busy = greedy.reply();
  ASSERT_TRUE(busy);
  EXPECT_EQ(busy->status, 503);
  EXPECT_EQ(busy->field("Retry-After"), "1");
  EXPECT_FALSE(busy->has("Connection"));
  gate.open();
  EXPECT_EQ(runs.reply()->body, "/1");
  EXPECT_EQ(second.reply()->body, "/2");
  EXPECT_EQ(third.reply()->body, "/3");
  EXPECT_EQ(neighbour.reply()->body, "/5");
  greedy.send(get("/4"));
  EXPECT_EQ(greedy.reply()->body, "/4") << "what has left the queue counts no more";
}

// Connections that were closed leave their requests in the queue.
TEST(Queue, WhoComesBackFindsHisShareFull) {
  SmallQueue queue;
  auto& [gate, server] = queue;
  const auto port = server.bound().at(0).port;
  {
    Client runs(port), second(port), third(port);
    runs.send(get("/1"));
    ASSERT_TRUE(eventually([&] { return gate.waiting() == 1; }));
    second.send(get("/2"));
    third.send(get("/3"));
    ASSERT_TRUE(eventually([&] { return server.stats().queued == 2; }));
    for (Client* client : {&runs, &second, &third}) client->reset();
  }
  ASSERT_TRUE(eventually([&] { return server.stats().connections == 0; }));
  Client again(port), neighbour(port, 0, "127.0.0.2");
  again.send(get("/4"));
  const auto busy = again.reply();
  ASSERT_TRUE(busy);
  EXPECT_EQ(busy->status, 503);
  neighbour.send(get("/5"));
  ASSERT_TRUE(eventually([&] { return server.stats().queued == 3; }));
  gate.open();
  EXPECT_EQ(neighbour.reply()->body, "/5");
  again.send(get("/4"));
  EXPECT_EQ(again.reply()->body, "/4");
}

std::string without(std::string head, const std::string& field) {
  const std::size_t begin = head.find("\r\n" + field + ": ");
  return begin == std::string::npos ? head : head.erase(begin, head.find("\r\n", begin + 2) - begin);
}

// A request thread writes the answer itself, unless bytes of the next request have come with this one.
TEST(Answers, AreTheSameWhoeverWritesThem) {
  Server server({Listen::tcp("public", "127.0.0.1", 0)}, {}, [](const Request& request) -> Response {
    const std::size_t size = static_cast<std::size_t>(std::atoi(request.path.substr(1).c_str()));
    return {size == 1 ? 204 : 200, {{"X-Path", request.path}}, std::string(size, 'b')};
  });
  server.start();
  Client alone(server.bound().at(0).port), followed(server.bound().at(0).port);
  for (const std::string method : {"GET", "HEAD"}) {
    for (const char* size : {"/0", "/1", "/2", "/16384", "/16385", "/3000000"}) {
      const std::string request = method + " " + size + " HTTP/1.1\r\nHost: h\r\n\r\n";
      alone.send(request);
      const auto one = alone.reply(method == "HEAD");
      followed.send(request + get("/0"));
      const auto other = followed.reply(method == "HEAD");
      ASSERT_TRUE(one && other && followed.reply()) << request;
      const auto bare = [](const Reply& reply) { return without(without(reply.head, "Date"), "X-Request-Id"); };
      EXPECT_EQ(bare(*one), bare(*other)) << request;
      EXPECT_EQ(one->body, other->body) << request;
      EXPECT_EQ(one->field("X-Request-Id").size(), 32u);
    }
  }
}

// What a request thread has written is known to the reactor before it looks at the next request.
TEST(Answers, OfManyRequestsOnOneConnectionComeInOrder) {
  Server server({Listen::tcp("public", "127.0.0.1", 0)}, {}, [](const Request& request) -> Response {
    return {200, {}, request.path};
  });
  server.start();
  Client client(server.bound().at(0).port);
  for (int i = 0; i < 500; ++i) {  // by turns alone, and two with the second cut off in the middle
    const std::string first = get("/" + std::to_string(i)), second = get("/more" + std::to_string(i));
    const std::size_t cut = i % 2 == 0 ? 0 : second.size() / 2;
    client.send(first + second.substr(0, cut));
    if (cut > 0) client.send(second.substr(cut));
    ASSERT_EQ(client.reply()->body, "/" + std::to_string(i));
    if (cut > 0) {
      ASSERT_EQ(client.reply()->body, "/more" + std::to_string(i));
    }
  }
}

}  // namespace
}  // namespace rosterd::http::test
