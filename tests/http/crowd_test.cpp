// Many slow and idle connections: everybody else is served, nobody is refused, and who was idle is served again. What
// it costs the others is measured in tests/bench (door/crowd.cpp).
#include <sys/resource.h>

#include <algorithm>

#include "tests/http/door_fixture.h"

namespace rosterd::http::test {
namespace {

constexpr std::size_t kSlow = 60, kIdle = 300;

class Crowd : public ::testing::TestWithParam<Transport> {};
INSTANTIATE_TEST_SUITE_P(Door, Crowd, ::testing::Values(Transport::plain, Transport::tls), transport_name);

TEST_P(Crowd, SlowAndIdleConnectionsHarmNobody) {
  rlimit files{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &files), 0);
  files.rlim_cur = std::min<rlim_t>(files.rlim_max, 2048);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &files), 0);
  Limits limits;
  limits.connections_per_address = limits.connections;
  limits.head_timeout = limits.idle_timeout = std::chrono::minutes(5);
  Door door(GetParam(), limits);
  std::vector<std::unique_ptr<Client>> idle, slow;
  for (std::size_t i = 0; i < kIdle; ++i) {
    idle.push_back(door.connect());
    idle.back()->send(get("/first"));
    ASSERT_EQ(idle.back()->reply()->status, 200) << i;
  }
  for (std::size_t i = 0; i < kSlow; ++i) {
    slow.push_back(door.connect());
    slow.back()->send("GET /slow HTTP/1.1\r\nHost: h\r\nX: ");
  }
  const auto other = door.connect();
  for (std::size_t i = 0; i < 300; ++i) {
    slow[i % kSlow]->send("x");
    other->send(get("/" + std::to_string(i)));
    const auto reply = other->reply();
    ASSERT_TRUE(reply) << i;
    ASSERT_EQ(reply->body, "GET /" + std::to_string(i) + " ");
  }
  EXPECT_EQ(door.stats().connections, kSlow + kIdle + 1);
  for (auto& client : slow) client->send("\r\n\r\n");
  for (auto& client : slow) EXPECT_EQ(client->reply()->body, "GET /slow ");
  for (auto& client : idle) {  // one by one: all at once would be more than the queue holds
    client->send(get("/again"));
    EXPECT_EQ(client->reply()->body, "GET /again ");
  }
  EXPECT_EQ(door.stats().turned_away, 0u);
  EXPECT_EQ(door.stats().refused, 0u);
  EXPECT_EQ(door.handled(), static_cast<int>(2 * kIdle + kSlow + 300));
}

}  // namespace
}  // namespace rosterd::http::test
