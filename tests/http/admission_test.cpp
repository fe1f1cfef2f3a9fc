#include "daemon/http/admission.h"

#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <memory>
#include <thread>

#include "daemon/http/server.h"
#include "tests/http/client.h"

namespace rosterd::http::test {
namespace {

Peer user(uid_t uid) {
  Peer peer;
  peer.address = "local";
  peer.local_socket = true;
  peer.uid = uid;
  return peer;
}

TEST(Admission, OneUserOfAUnixSocketHasNoMoreThanOneAddress) {
  Admission admission(100, 3);
  std::vector<Admission::Ticket> held;
  for (int i = 0; i < 3; ++i) {
    held.push_back(admission.enter(user(1000)));
    ASSERT_TRUE(held.back());
  }
  EXPECT_FALSE(admission.enter(user(1000)));
  EXPECT_TRUE(admission.enter(user(1001)));
  EXPECT_NE(admission.enter(user(1001)).key(), held.front().key()) << "bodies are counted by it";
  held.pop_back();
  EXPECT_TRUE(admission.enter(user(1000)));
}

// Each thread of Linux has credentials of its own: the raw system call changes those of this one only.
TEST(Admission, AUserWhoTakesAllItMayDoesNotCloseTheSocketToOthers) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root, to become two users";
  const std::string path = "/tmp/rosterd-users-" + std::to_string(::getpid()) + ".sock";
  Limits limits;
  limits.connections_per_address = 40;
  Server server({Listen::local("public", path, 0666)}, limits, [](const Request&) { return Response{}; });
  server.start();
  std::vector<std::unique_ptr<Client>> greedy;
  std::thread([&] {
    ASSERT_EQ(::syscall(SYS_setresuid, -1, 12345, -1), 0);
    for (int i = 0; i < 50; ++i) greedy.push_back(std::make_unique<Client>(path));
  }).join();
  ASSERT_TRUE(eventually([&] { return server.stats().accepted == 50; }));
  EXPECT_EQ(server.stats().turned_away, 10u);
  Client proxy(path);
  proxy.send(get("/"));
  const auto reply = proxy.reply();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 200);
}

TEST(Admission, AnAddressBeginsOnlySoManyHandshakesInAWindow) {
  const auto from = [](const char* address) {
    Peer peer;
    peer.address = address;
    return peer;
  };
  const auto start = std::chrono::steady_clock::now();
  Admission admission(1000, 100);
  for (int i = 0; i < 40; ++i) ASSERT_TRUE(admission.may_shake_hands(from("2001:db8::1"), start)) << i;
  EXPECT_FALSE(admission.may_shake_hands(from("2001:db8::2"), start)) << "the same /64";
  EXPECT_TRUE(admission.may_shake_hands(from("2001:db8:0:1::1"), start));
  EXPECT_TRUE(admission.may_shake_hands(from("192.0.2.1"), start));
  EXPECT_FALSE(admission.may_shake_hands(from("2001:db8::1"), start + std::chrono::milliseconds(1999)));
  EXPECT_TRUE(admission.may_shake_hands(from("2001:db8::1"), start + std::chrono::seconds(2)));
  Admission of_a_proxy(1000, 1000);
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(admission.may_shake_hands(from("127.0.0.1"), start)) << i;
    ASSERT_TRUE(admission.may_shake_hands(from("::1"), start)) << i;
    ASSERT_TRUE(of_a_proxy.may_shake_hands(from("192.0.2.1"), start)) << i;
  }
}

}  // namespace
}  // namespace rosterd::http::test
