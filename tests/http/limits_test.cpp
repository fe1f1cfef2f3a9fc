#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <ctime>
#include <future>
#include <memory>
#include <thread>

#include "daemon/http/server.h"
#include "tests/http/client.h"
#include "tests/http/gate.h"

namespace rosterd::http::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Clock = std::chrono::steady_clock;

Response plain_ok(const Request& request) {
  return {200, {}, request.path};
}

struct Running {
  explicit Running(Limits limits, Handler handler = plain_ok)
      : server({Listen::tcp("public", "127.0.0.1", 0)}, limits, std::move(handler)) {
    server.start();
    port = server.bound().at(0).port;
  }
  Server server;
  std::uint16_t port = 0;
};

double cpu_seconds() {
  timespec used{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

TEST(Limits, AFullQueueIsA503ThatMayBeRetriedOnTheSameConnection) {
  Gate gate;
  Limits limits;
  limits.request_threads = 1;
  limits.queue_length = 2;
  limits.connections_per_address = limits.connections;
  Running running(limits, [&](const Request& request) -> Response {
    gate.pass();
    return {200, {}, request.path};
  });
  Client first(running.port), second(running.port), third(running.port), fourth(running.port);
  first.send(get("/1"));
  ASSERT_TRUE(eventually([&] { return gate.waiting() == 1; }));
  second.send(get("/2"));
  third.send(get("/3"));
  ASSERT_TRUE(eventually([&] { return running.server.stats().queued == 2; }));
  EXPECT_EQ(running.server.stats().taken, 1u) << "what waits is not taken";
  fourth.send(get("/4"));
  const auto busy = fourth.reply();
  ASSERT_TRUE(busy);
  EXPECT_EQ(busy->status, 503);
  EXPECT_EQ(busy->field("Retry-After"), "1");
  EXPECT_FALSE(busy->has("Connection"));
  gate.open();
  EXPECT_EQ(first.reply()->body, "/1");
  EXPECT_EQ(second.reply()->body, "/2");
  EXPECT_EQ(third.reply()->body, "/3");
  EXPECT_EQ(running.server.stats().taken, 3u);
  fourth.send(get("/4"));
  EXPECT_EQ(fourth.reply()->body, "/4");
}

TEST(Limits, PipelinedRequestsIntoAFullQueueAreAllAnswered) {
  Gate gate;
  Limits limits;
  limits.request_threads = 1;
  limits.queue_length = 0;
  Running running(limits, [&](const Request&) -> Response {
    gate.pass();
    return {};
  });
  Client holder(running.port);
  holder.send(get("/"));
  ASSERT_TRUE(eventually([&] { return gate.waiting() == 1; }));
  Client client(running.port);
  std::string all;
  for (int i = 0; i < 1'500; ++i) all += get("/");
  std::thread sender([&] { client.send(all); });
  for (int i = 0; i < 1'500; ++i) ASSERT_EQ(client.reply()->status, 503) << i;
  sender.join();
  gate.open();
  EXPECT_EQ(holder.reply()->status, 200);
}

TEST(Limits, AllBodiesTogetherAreBounded) {
  Limits limits;
  limits.all_bodies_bytes = 1'000'000;
  Running running(limits);
  const std::string part(600'000, 'b');
  Client first(running.port);
  first.send("POST /first HTTP/1.1\r\nHost: h\r\nContent-Length: 600001\r\n\r\n" + part);
  ASSERT_TRUE(eventually([&] { return running.server.stats().body_bytes == part.size(); }));
  Client second(running.port);
  second.send(post("/second", part));
  const auto refused = second.reply();
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 503);
  EXPECT_EQ(refused->field("Retry-After"), "1");
  EXPECT_EQ(refused->field("Connection"), "close");
  first.send("b");
  EXPECT_EQ(first.reply()->body, "/first");
  EXPECT_TRUE(eventually([&] { return running.server.stats().body_bytes == 0; }));
  Client third(running.port);
  third.send(post("/third", part));
  EXPECT_EQ(third.reply()->body, "/third");
  EXPECT_TRUE(eventually([&] { return running.server.stats().body_bytes == 0; }));
}

TEST(Limits, OneAddressMayHoldOnlyAPartOfAllBodies) {
  const std::string path = ::testing::TempDir() + "rosterd-part-" + std::to_string(::getpid()) + ".sock";
  Limits limits;
  limits.body_bytes = limits.address_bodies_bytes = 100'000;
  Server server({Listen::tcp("public", "127.0.0.1", 0), Listen::local("control", path)}, limits, plain_ok);
  server.start();
  const std::uint16_t port = server.bound().at(0).port;
  const std::string part(60'000, 'b');
  Client greedy(port);
  greedy.send("POST /greedy HTTP/1.1\r\nHost: h\r\nContent-Length: 60001\r\n\r\n" + part);
  ASSERT_TRUE(eventually([&] { return server.stats().body_bytes == part.size(); }));
  Client again(port);
  again.send(post("/again", part));
  const auto refused = again.reply();
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 503);
  EXPECT_EQ(refused->field("Retry-After"), "1");
  EXPECT_EQ(refused->field("Connection"), "close");
  Client other(port, 0, "127.0.0.2");
  other.send(post("/other", part));
  EXPECT_EQ(other.reply()->body, "/other");
  Client local(path), second_local(path);
  local.send("POST /local HTTP/1.1\r\nHost: h\r\nContent-Length: 60001\r\n\r\n" + part);
  ASSERT_TRUE(eventually([&] { return server.stats().body_bytes == 2 * part.size(); }));
  second_local.send(post("/second", part));
  EXPECT_EQ(second_local.reply()->status, 503) << "the same user";
  local.send("b");
  EXPECT_EQ(local.reply()->body, "/local");
  greedy.send("b");
  EXPECT_EQ(greedy.reply()->body, "/greedy");
  EXPECT_TRUE(eventually([&] { return server.stats().body_bytes == 0; }));
  Client later(port);
  later.send(post("/later", part));
  EXPECT_EQ(later.reply()->body, "/later");
}

TEST(Limits, AProxyThatMayHaveAllConnectionsMayHoldAllBodies) {
  Limits limits;
  limits.body_bytes = limits.address_bodies_bytes = 100'000;
  limits.connections_per_address = limits.connections;
  Running running(limits);
  Client first(running.port), second(running.port);
  first.send("POST /first HTTP/1.1\r\nHost: h\r\nContent-Length: 60001\r\n\r\n" + std::string(60'000, 'b'));
  ASSERT_TRUE(eventually([&] { return running.server.stats().body_bytes == 60'000; }));
  second.send(post("/second", std::string(60'000, 'b')));
  EXPECT_EQ(second.reply()->status, 200);
  first.send("b");
  EXPECT_EQ(first.reply()->status, 200);
}

TEST(Limits, OneBodyOfTheLargestSizeIsAlwaysAllowed) {
  Limits limits;
  limits.body_bytes = 100'000;
  limits.address_bodies_bytes = 10;
  Running running(limits);
  Client client(running.port);
  client.send(post("/", std::string(100'000, 'b')));
  EXPECT_EQ(client.reply()->status, 200);
}

TEST(Limits, TooManyConnectionsAreTurnedAwayButTheLocalSocketIsNot) {
  const std::string path = ::testing::TempDir() + "rosterd-full-" + std::to_string(::getpid()) + ".sock";
  for (const bool per_address : {false, true}) {
    Limits limits;
    (per_address ? limits.connections_per_address : limits.connections) = 3;
    Server server({Listen::tcp("public", "127.0.0.1", 0), Listen::local("control", path)}, limits, plain_ok);
    server.start();
    const std::uint16_t port = server.bound().at(0).port;
    std::vector<std::unique_ptr<Client>> inside;
    for (int i = 0; i < 3; ++i) inside.push_back(std::make_unique<Client>(port));
    ASSERT_TRUE(eventually([&] { return server.stats().connections == 3; }));
    Client over(port);
    const auto reply = over.reply();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status, 503);
    EXPECT_EQ(reply->field("Retry-After"), "1");
    EXPECT_TRUE(over.closed_by_server());
    Client local(path);
    local.send(get("/local"));
    EXPECT_EQ(local.reply()->status, 200);
    inside.pop_back();
    ASSERT_TRUE(eventually([&] { return server.stats().connections == 3; }));  // two and the local one
    Client next(port);
    next.send(get("/next"));
    EXPECT_EQ(next.reply()->status, 200);
    EXPECT_EQ(server.stats().turned_away, 1u);
  }
}

TEST(Deadlines, ASlowHeadIsA408AlthoughBytesKeepComing) {
  Limits limits;
  limits.head_timeout = milliseconds(300);
  Running running(limits);
  Client client(running.port);
  client.send("GET / HTTP/1.1\r\nHost: h\r\nX: ");
  std::atomic<bool> done{false};
  std::thread dripping([&] {
    while (!done && client.send("y")) pause_briefly();
  });
  const auto reply = client.reply();
  done = true;
  dripping.join();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 408);
}

TEST(Deadlines, ASlowBodyIsA408) {
  Limits limits;
  limits.body_timeout = milliseconds(200);
  Running running(limits);
  Client client(running.port);
  client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc");
  const auto reply = client.reply();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 408);
  EXPECT_TRUE(client.closed_by_server());
}

TEST(Deadlines, ABodyBelowTheSlowestRateIsA408AlthoughBytesKeepComing) {
  Limits limits;
  limits.body_timeout = std::chrono::minutes(10);
  limits.body_grace = milliseconds(200);
  limits.body_rate = 1'000'000'000;
  Running running(limits);
  Client client(running.port);
  client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n");
  std::atomic<bool> done{false};
  std::thread dripping([&] {
    while (!done && client.send("y")) pause_briefly();
  });
  const auto reply = client.reply();
  done = true;
  dripping.join();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 408);
}

TEST(Deadlines, WhatHasArrivedBuysABodyTime) {
  Limits limits;
  limits.body_grace = milliseconds(100);
  limits.body_rate = 10;
  Running running(limits);
  Client client(running.port);
  client.send("POST /slow HTTP/1.1\r\nHost: h\r\nContent-Length: 1001\r\n\r\n" + std::string(1'000, 'b'));
  const auto start = Clock::now();
  EXPECT_TRUE(eventually([&] { return Clock::now() - start > milliseconds(400); }));
  client.send("b");
  const auto reply = client.reply();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->body, "/slow");
}

TEST(Deadlines, SilentAndIdleConnectionsAreClosedWithoutAWord) {
  Limits limits;
  limits.head_timeout = milliseconds(200);
  limits.idle_timeout = milliseconds(200);
  Running running(limits);
  Client silent(running.port);
  EXPECT_TRUE(silent.closed_by_server());
  Client idle(running.port);
  idle.send(get("/"));
  EXPECT_EQ(idle.reply()->status, 200);
  EXPECT_TRUE(idle.closed_by_server());
}

TEST(Deadlines, ASlowHandlerIsA503AndItsLateAnswerIsDropped) {
  Gate gate;
  Limits limits;
  limits.handler_timeout = milliseconds(200);
  Running running(limits, [&](const Request&) -> Response {
    gate.pass();
    return {200, {}, "late"};
  });
  Client client(running.port);
  client.send(get("/"));
  const auto reply = client.reply();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 503);
  EXPECT_TRUE(client.closed_by_server());
  gate.open();
  EXPECT_TRUE(eventually([&] { return running.server.stats().dropped_answers == 1; }));
}

TEST(SlowReaders, NeitherSpinNorHoldOthers) {
  Limits limits;
  limits.write_timeout = milliseconds(1'000);
  limits.reactor_threads = 1;
  const std::string large(32 * 1024 * 1024, 'x');
  Running running(limits, [&](const Request& request) -> Response {
    return {200, {}, request.path == "/large" ? large : "small"};
  });
  Client slow(running.port, 4096);
  slow.send(get("/large"));
  ASSERT_TRUE(slow.head());  // the answer has begun, and nobody reads on
  Client other(running.port);
  for (int i = 0; i < 200; ++i) {
    other.send(get("/small"));
    ASSERT_EQ(other.reply()->body, "small");
  }
  const auto start = Clock::now();
  const double cpu = cpu_seconds();
  EXPECT_TRUE(eventually([&] { return running.server.stats().connections == 1; })) << "the slow one was not cut";
  const double waited = std::chrono::duration<double>(Clock::now() - start).count();
  EXPECT_LT(cpu_seconds() - cpu, 0.1 + waited / 4) << "a thread was spinning";
}

TEST(SlowReaders, AReaderThatIsOnlySlowGetsEverything) {
  const std::string large(8 * 1024 * 1024, 'y');
  Running running({}, [&](const Request&) -> Response { return {200, {}, large}; });
  Client client(running.port, 4096);
  client.send(get("/"));
  const auto reply = client.reply();
  ASSERT_TRUE(reply);
  EXPECT_TRUE(reply->body == large);
}

TEST(SlowReaders, AThousandOpenHeadsLeaveOthersAlone) {
  rlimit files{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &files), 0);
  const rlimit before = files;
  files.rlim_cur = std::min<rlim_t>(files.rlim_max, 4096);
  if (files.rlim_cur < 2500) GTEST_SKIP() << "too few descriptors allowed";
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &files), 0);
  {
    Limits limits;
    limits.connections_per_address = limits.connections;
    Running running(limits);
    std::vector<std::unique_ptr<Client>> slow;
    for (int i = 0; i < 1'000; ++i) {
      slow.push_back(std::make_unique<Client>(running.port));
      ASSERT_TRUE(slow.back()->connected());
      slow.back()->send("GET / HTTP/1.1\r\nHos");
    }
    Client other(running.port);
    for (int i = 0; i < 300; ++i) {
      other.send(get("/" + std::to_string(i)));
      ASSERT_EQ(other.reply()->body, "/" + std::to_string(i));
      if (i % 3 == 0) slow[static_cast<std::size_t>(i)]->send("t");
    }
    EXPECT_EQ(running.server.stats().connections, 1'001u);
  }
  ::setrlimit(RLIMIT_NOFILE, &before);
}

TEST(Descriptors, RunningOutPausesTheListenerAndItRecovers) {
  Running running({});
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  // The next free number is the client's; after it there is none for the server's side.
  const int next = ::dup(0);
  ::close(next);
  rlimit tight = before;
  tight.rlim_cur = static_cast<rlim_t>(next) + 1;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &tight), 0);
  Client client(running.port);
  const bool connected = client.connected();
  client.send(get("/patient"));
  const auto start = Clock::now();
  const double cpu = cpu_seconds();
  // Two turns of the tick, each of which tries again in vain.
  EXPECT_TRUE(eventually([&] { return Clock::now() - start > milliseconds(300); }));
  const double used = cpu_seconds() - cpu;
  const auto accepted = running.server.stats().accepted;
  ::setrlimit(RLIMIT_NOFILE, &before);
  ASSERT_TRUE(connected);
  EXPECT_EQ(accepted, 0u);
  EXPECT_LT(used, 0.15) << "a thread was spinning";
  const auto reply = client.reply();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->body, "/patient");
}

TEST(Drain, AnswersWhatWasBegunAndClosesWhatIsIdle) {
  Gate gate;
  Limits limits;
  limits.request_threads = 2;  // so that others wait in the queue when the drain begins
  Running running(limits, [&](const Request& request) -> Response {
    if (request.path != "/idle") gate.pass();
    return {200, {}, request.path};
  });
  Client idle(running.port);
  idle.send(get("/idle"));
  EXPECT_EQ(idle.reply()->status, 200);
  std::vector<std::unique_ptr<Client>> busy;
  for (int i = 0; i < 20; ++i) {
    busy.push_back(std::make_unique<Client>(running.port));
    busy.back()->send(get("/" + std::to_string(i)));
  }
  Client half(running.port);
  half.send("POST /half HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nab");
  ASSERT_TRUE(eventually([&] { return running.server.stats().requests == 21; }));
  auto drained = std::async(std::launch::async, [&] { return running.server.drain(seconds(20)); });
  EXPECT_TRUE(idle.closed_by_server());
  EXPECT_TRUE(eventually([&] { return !Client(running.port).connected(); }));
  EXPECT_EQ(drained.wait_for(seconds(0)), std::future_status::timeout);
  half.send("cd");
  gate.open();
  for (int i = 0; i < 20; ++i) {
    const auto reply = busy[static_cast<std::size_t>(i)]->reply();
    ASSERT_TRUE(reply) << i;
    EXPECT_EQ(reply->body, "/" + std::to_string(i));
    EXPECT_EQ(reply->field("Connection"), "close");
  }
  const auto last = half.reply();
  ASSERT_TRUE(last);
  EXPECT_EQ(last->body, "/half");
  busy.clear();
  half.end_sending();
  EXPECT_TRUE(drained.get());
}

// Clients that ask without a pause while the server drains: each request that ran has its answer delivered.
void drain_under_load() {
  std::atomic<int> executed{0}, answered{0};
  Limits limits;
  limits.reactor_threads = 2;
  Running running(limits, [&](const Request&) -> Response {
    ++executed;
    return {200, {}, "done"};
  });
  const auto ask_until_closed = [&](Client& client) {
    while (client.send(get("/"))) {
      const auto reply = client.reply();
      if (!reply) return;
      ++answered;
      if (reply->has("Connection")) return;
    }
  };
  std::vector<std::thread> clients;
  for (int t = 0; t < 6; ++t)
    clients.emplace_back([&] {
      for (;;) {
        Client client(running.port);
        if (!client.connected()) return;
        ask_until_closed(client);
      }
    });
  EXPECT_TRUE(eventually([&] { return answered > 200; }));
  EXPECT_TRUE(running.server.drain(seconds(20)));
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(executed, answered);
}

TEST(Drain, LosesNoAnswerUnderLoad) {
  for (int round = 0; round < 20; ++round) drain_under_load();
}

TEST(Drain, SaysSoWhenAHandlerDoesNotEndInTime) {
  Gate gate;
  Running running({}, [&](const Request&) -> Response {
    gate.pass();
    return {};
  });
  Client client(running.port);
  client.send(get("/"));
  ASSERT_TRUE(eventually([&] { return gate.waiting() == 1; }));
  EXPECT_FALSE(running.server.drain(milliseconds(100)));
  gate.open();
}

}  // namespace
}  // namespace rosterd::http::test
