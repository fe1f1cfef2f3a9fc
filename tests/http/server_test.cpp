#include "daemon/http/server.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <mutex>
#include <set>
#include <stdexcept>

#include "tests/http/client.h"

namespace rosterd::http::test {
namespace {

Response echo(const Request& request) {
  if (request.path == "/throw") throw std::runtime_error("the secret inside");
  if (request.path == "/throw-int") throw 42;
  if (request.path == "/split") return {200, {{"X-Evil", "a\r\nSet-Cookie: b"}}, "x"};
  if (request.path == "/status") return {99, {}, "x"};
  if (request.path == "/empty") return {204, {}, "must not be sent"};
  if (request.path == "/own-framing")
    return {200, {{"Content-Length", "1"}, {"Connection", "keep-alive"}, {"Transfer-Encoding", "chunked"}}, "body"};
  return {200, {{"Content-Type", "text/plain"}}, request.method + " " + request.target + " " + request.body};
}

class ServerTest : public ::testing::Test {
 protected:
  ServerTest() : server_({Listen::tcp("public", "127.0.0.1", 0)}, {}, echo) {
    server_.start();
    port_ = server_.bound().at(0).port;
  }
  Server server_;
  std::uint16_t port_ = 0;
};

TEST_F(ServerTest, AnswersAndKeepsTheConnection) {
  Client client(port_);
  std::set<std::string> ids;
  for (int i = 0; i < 3; ++i) {
    client.send(get("/a?b=" + std::to_string(i)));
    const auto reply = client.reply();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status, 200);
    EXPECT_EQ(reply->body, "GET /a?b=" + std::to_string(i) + " ");
    EXPECT_EQ(reply->field("Date").size(), 29u);
    EXPECT_EQ(reply->field("X-Request-Id").size(), 32u);
    EXPECT_FALSE(reply->has("Connection"));
    ids.insert(reply->field("X-Request-Id"));
  }
  EXPECT_EQ(ids.size(), 3u);
  EXPECT_EQ(server_.stats().accepted, 1u);
}

TEST_F(ServerTest, HonoursConnectionCloseInAnyCase) {
  for (const char* field : {"Connection: close\r\n", "connection: Keep-Alive , CLOSE\r\n"}) {
    Client client(port_);
    client.send(get("/", field));
    const auto reply = client.reply();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->field("Connection"), "close");
    EXPECT_TRUE(client.closed_by_server());
  }
}

TEST_F(ServerTest, ServesHttp10AndCloses) {
  Client client(port_);
  client.send("GET /old HTTP/1.0\r\n\r\n");
  const auto reply = client.reply();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->body, "GET /old ");
  EXPECT_EQ(reply->field("Connection"), "close");
  EXPECT_TRUE(client.closed_by_server());
}

TEST_F(ServerTest, HeadHasTheLengthButNoBody) {
  Client client(port_);
  client.send("HEAD /x HTTP/1.1\r\nHost: test\r\n\r\n" + get("/next"));
  const auto head = client.reply(true);
  ASSERT_TRUE(head);
  EXPECT_EQ(head->field("Content-Length"), std::to_string(std::string("HEAD /x ").size()));
  const auto next = client.reply();
  ASSERT_TRUE(next);
  EXPECT_EQ(next->body, "GET /next ");
}

TEST_F(ServerTest, NoContentHasNeitherBodyNorLength) {
  Client client(port_);
  client.send(get("/empty") + get("/next"));
  const auto empty = client.reply();
  ASSERT_TRUE(empty);
  EXPECT_EQ(empty->status, 204);
  EXPECT_FALSE(empty->has("Content-Length"));
  const auto next = client.reply();
  ASSERT_TRUE(next);
  EXPECT_EQ(next->body, "GET /next ");
}

TEST_F(ServerTest, TheDoorOwnsTheFramingFields) {
  Client client(port_);
  client.send(get("/own-framing", "Connection: close\r\n"));
  const std::string all = client.rest();
  EXPECT_NE(all.find("Content-Length: 4\r\n"), std::string::npos);
  EXPECT_EQ(all.find("Content-Length: 1\r\n"), std::string::npos);
  EXPECT_EQ(all.find("Transfer-Encoding"), std::string::npos);
  EXPECT_EQ(all.find("keep-alive"), std::string::npos);
}

TEST_F(ServerTest, AFailingHandlerIsAPlain500WithTheRequestId) {
  for (const char* path : {"/throw", "/throw-int", "/split", "/status"}) {
    Client client(port_);
    client.send(get(path) + get("/after"));
    const auto reply = client.reply();
    ASSERT_TRUE(reply) << path;
    EXPECT_EQ(reply->status, 500) << path;
    EXPECT_NE(reply->body.find(reply->field("X-Request-Id")), std::string::npos) << path;
    EXPECT_EQ(reply->body.find("secret"), std::string::npos) << path;
    EXPECT_EQ(reply->head.find("Set-Cookie"), std::string::npos) << path;
    const auto after = client.reply();
    ASSERT_TRUE(after) << path;
    EXPECT_EQ(after->body, "GET /after ") << path;
  }
}

TEST_F(ServerTest, SendsContinueOnlyToWhoWaitsForIt) {
  Client client(port_);
  client.send("POST /c HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  const auto interim = client.head();
  ASSERT_TRUE(interim);
  EXPECT_EQ(interim->status, 100);
  client.send("hello");
  auto reply = client.reply();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->body, "POST /c hello");

  client.send("POST /c HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhello");
  reply = client.head();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 200);
}

TEST_F(ServerTest, RefusesATooLargeBodyBeforeItIsSent) {
  Client client(port_);
  client.send("POST /c HTTP/1.1\r\nHost: test\r\nContent-Length: 999999999\r\nExpect: 100-continue\r\n\r\n");
  const auto reply = client.head();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 413);
  EXPECT_EQ(reply->field("Connection"), "close");
}

TEST_F(ServerTest, ARefusalReachesAClientThatGoesOnSending) {
  Client client(port_);
  client.send("POST /c HTTP/1.1\r\nHost: test\r\nContent-Length: 999999999\r\n\r\n" + std::string(512 * 1024, 'x'));
  const auto reply = client.reply();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 413);
  client.end_sending();
  EXPECT_TRUE(client.closed_by_server());
  EXPECT_EQ(server_.stats().requests, 0u);
}

TEST_F(ServerTest, PipeliningKeepsOrder) {
  Client client(port_);
  std::string all;
  constexpr int kRequests = 500;
  for (int i = 0; i < kRequests; ++i) all += i % 2 ? post("/p", std::to_string(i)) : get("/" + std::to_string(i));
  client.send(all);
  client.end_sending();  // a half-closed client still gets all its answers
  for (int i = 0; i < kRequests; ++i) {
    const auto reply = client.reply();
    ASSERT_TRUE(reply) << i;
    EXPECT_EQ(reply->body, i % 2 ? "POST /p " + std::to_string(i) : "GET /" + std::to_string(i) + " ");
  }
  EXPECT_TRUE(client.closed_by_server());
}

TEST_F(ServerTest, ChunkedBodySplitAtEveryByte) {
  const std::string request =
      "POST /c HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5\r\nhello\r\nA;x=y\r\n0123456789\r\n0\r\nTrailer: t\r\n\r\n";
  Client client(port_);
  for (std::size_t cut = 1; cut < request.size(); ++cut) {
    client.send(request.substr(0, cut));
    client.send(request.substr(cut));
    const auto reply = client.reply();
    ASSERT_TRUE(reply) << cut;
    EXPECT_EQ(reply->body, "POST /c hello0123456789") << cut;
  }
}

TEST_F(ServerTest, BodiesOfManySizesComeBackWhole) {
  Client client(port_);
  for (std::size_t size : {0u, 1u, 16383u, 16384u, 65536u, 65537u, 300000u, 5000000u}) {
    std::string body(size, 'b');
    for (std::size_t i = 0; i < size; i += 997) body[i] = static_cast<char>('a' + i % 26);
    client.send(post("/", body));
    const auto reply = client.reply();
    ASSERT_TRUE(reply) << size;
    EXPECT_TRUE(reply->body == "POST / " + body) << size;
  }
}

TEST(ServerSockets, TellsListenersApartAndNamesLocalPeers) {
  const std::string path = ::testing::TempDir() + "rosterd-http-" + std::to_string(::getpid()) + ".sock";
  std::atomic<int> checked = 0;
  {
    Server server({Listen::tcp("public", "127.0.0.1", 0), Listen::local("control", path, 0600)}, {},
                  [&](const Request& request) -> Response {
                    if (request.listener == "control") {
                      EXPECT_TRUE(request.peer.local_socket);
                      EXPECT_EQ(request.peer.uid, ::geteuid());
                      EXPECT_EQ(request.peer.pid, ::getpid());
                    } else {
                      EXPECT_EQ(request.peer.address, "127.0.0.1");
                      EXPECT_FALSE(request.peer.local_socket || request.peer.uid);
                    }
                    ++checked;
                    return {200, {}, request.listener};
                  });
    server.start();
    struct stat status {};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u);
    Client local(path);
    local.send(get("/"));
    Client remote(server.bound().at(0).port);
    remote.send(get("/"));
    EXPECT_EQ(local.reply()->body, "control");
    EXPECT_EQ(remote.reply()->body, "public");
    EXPECT_EQ(server.bound().at(1).address, path);
  }
  EXPECT_EQ(checked, 2);
  EXPECT_NE(::access(path.c_str(), F_OK), 0) << "the socket file is gone after the end";
}

TEST(ServerSockets, ReplacesAStaleSocketButNoLivingOneAndNoFile) {
  const std::string path = ::testing::TempDir() + "rosterd-stale-" + std::to_string(::getpid()) + ".sock";
  const int stale = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(stale, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ::close(stale);

  Server first({Listen::local("control", path)}, {}, echo);
  first.start();
  Server second({Listen::local("control", path)}, {}, echo);
  EXPECT_THROW(second.start(), std::runtime_error);
  Client client(path);
  client.send(get("/still"));
  EXPECT_EQ(client.reply()->body, "GET /still ");
  first.stop();

  std::FILE* file = std::fopen(path.c_str(), "w");
  ASSERT_NE(file, nullptr);
  std::fclose(file);
  Server third({Listen::local("control", path)}, {}, echo);
  EXPECT_THROW(third.start(), std::runtime_error);
  EXPECT_EQ(::access(path.c_str(), F_OK), 0);
  ::unlink(path.c_str());
}

TEST(ServerSockets, ServesAnAdoptedDescriptor) {
  const int listening = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::bind(listening, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  Server early({Listen::adopted("passed", ::dup(listening))}, {}, echo);
  EXPECT_THROW(early.start(), std::runtime_error) << "not listening yet";
  ASSERT_EQ(::listen(listening, 16), 0);

  Server server({Listen::adopted("passed", ::dup(listening))}, {}, echo);
  server.start();
  Client client(server.bound().at(0).port);
  client.send(get("/"));
  EXPECT_EQ(client.reply()->status, 200);
  EXPECT_TRUE(server.drain(std::chrono::seconds(5)));
  server.stop();

  // The socket outlives the first server; who knocked in between is served by the next.
  Client waiting(server.bound().at(0).port);
  waiting.send(get("/between"));
  Server successor({Listen::adopted("passed", listening)}, {}, echo);
  successor.start();
  EXPECT_EQ(waiting.reply()->body, "GET /between ");
}

TEST(ServerSockets, AdoptsOnlyListeningStreamSockets) {
  const int datagram = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const int idle = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int packets = ::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  sockaddr_un unnamed{};
  unnamed.sun_family = AF_UNIX;
  ASSERT_EQ(::bind(packets, reinterpret_cast<sockaddr*>(&unnamed), sizeof(sa_family_t)), 0);
  ASSERT_EQ(::listen(packets, 1), 0);
  const std::pair<int, const char*> rows[] = {{datagram, " is not a listening socket"},
                                              {idle, " is not a listening socket"},
                                              {packets, " is neither a TCP nor a unix stream socket"},
                                              {::dup(STDERR_FILENO), " is not a listening socket"}};
  for (const auto& [descriptor, why] : rows) {
    Server server({Listen::adopted("passed", descriptor)}, {}, echo);
    try {
      server.start();
      ADD_FAILURE() << why;
    } catch (const std::runtime_error& error) {
      EXPECT_EQ(error.what(), "listener 'passed': descriptor " + std::to_string(descriptor) + why);
    }
    ::close(descriptor);
  }
}

TEST(ServerSockets, DualStackShowsIpv4AddressesPlainly) {
  Server server({Listen::tcp("dual", "::ffff:127.0.0.1", 0)}, {}, [](const Request& request) -> Response {
    return {200, {}, request.peer.address};
  });
  try {
    server.start();
  } catch (const std::runtime_error&) {
    GTEST_SKIP() << "no IPv6 on this machine";
  }
  Client client(server.bound().at(0).port);
  client.send(get("/"));
  EXPECT_EQ(client.reply()->body, "127.0.0.1");
}

TEST(ServerSockets, NamesTheListenerThatCannotBeOpened) {
  for (const Listen& listen : {Listen::tcp("door", "not-an-address", 0), Listen::local("door", ""),
                               Listen::local("door", std::string(200, 'x')), Listen::adopted("door", 9999)}) {
    Server server({listen}, {}, echo);
    try {
      server.start();
      ADD_FAILURE() << "opened";
    } catch (const std::runtime_error& error) {
      EXPECT_NE(std::string(error.what()).find("'door'"), std::string::npos);
    }
  }
}

TEST(ServerObserver, SeesEveryRequestOnceAndMayThrow) {
  std::mutex mutex;
  std::vector<Finished> seen;
  Server server({Listen::tcp("public", "127.0.0.1", 0)}, {}, echo, [&](const Finished& finished) {
    const std::lock_guard lock(mutex);
    seen.push_back(finished);
    throw 1;
  });
  server.start();
  Client client(server.bound().at(0).port);
  client.send(get("/a?secret=1"));
  const auto first = client.reply();
  client.send(get("/throw"));
  client.reply();
  client.send("nonsense\r\n");
  const auto last = client.reply();
  ASSERT_TRUE(first && last);
  const std::lock_guard lock(mutex);
  ASSERT_EQ(seen.size(), 3u);
  EXPECT_EQ(seen[0].id, first->field("X-Request-Id"));
  EXPECT_EQ(seen[0].path, "/a");
  EXPECT_EQ(seen[0].listener, "public");
  EXPECT_EQ(seen[0].status, 200);
  EXPECT_EQ(seen[1].status, 500);
  EXPECT_EQ(seen[1].error, "the secret inside");
  EXPECT_EQ(seen[2].status, 400);
  EXPECT_EQ(seen[2].id, last->field("X-Request-Id"));
}

}  // namespace
}  // namespace rosterd::http::test
