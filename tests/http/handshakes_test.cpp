// Handshakes cost the server more than the client: they must not hold up who is already there.
#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <poll.h>

#include <algorithm>
#include <atomic>
#include <memory>

#include "daemon/http/server.h"
#include "tests/http/certificates.h"
#include "tests/http/client.h"
#include "tests/http/gate.h"

namespace rosterd::http::test {
namespace {

constexpr int kHellos = 40;
constexpr int kPerTurn = 4;  // daemon/http/worker.cpp

std::shared_ptr<const Tls> some_tls() {
  const Identity identity = make_identity({});
  return std::make_shared<const Tls>(TlsOptions{identity.certificate, identity.key, ClientCertificates::off, {}});
}

// One recorded ClientHello: whoever replays it computes nothing.
std::string client_hello() {
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  const std::unique_ptr<SSL, decltype(&SSL_free)> ssl(SSL_new(context.get()), SSL_free);
  BIO* out = BIO_new(BIO_s_mem());
  SSL_set_bio(ssl.get(), BIO_new(BIO_s_mem()), out);
  SSL_connect(ssl.get());
  std::string bytes(BIO_ctrl_pending(out), '\0');
  BIO_read(out, bytes.data(), static_cast<int>(bytes.size()));
  return bytes;
}

int answered(const std::vector<std::unique_ptr<Client>>& clients) {
  std::vector<pollfd> waiting;
  for (const auto& client : clients) waiting.push_back({client->descriptor(), POLLIN, 0});
  ::poll(waiting.data(), waiting.size(), 0);
  return static_cast<int>(
      std::count_if(waiting.begin(), waiting.end(), [](const pollfd& each) { return each.revents != 0; }));
}

// The reactor itself answers a request without Host and tells the observer, on its own thread. "/hold" holds it until
// all ClientHellos wait; each "/count" notes the handshakes so far and sends the next one, which is for the next turn.
TEST(Handshakes, OfManyOnlyAFewGoBeforeAnEstablishedConnection) {
  constexpr std::size_t kTurns = 5;
  Gate reactor;
  std::vector<std::unique_ptr<Client>> plain, hellos;
  std::vector<int> counts;
  std::atomic<bool> counted{false};
  const auto ask = [&](std::size_t i) { plain[i]->send("GET /count HTTP/1.1\r\n\r\n"); };
  Server server(
      {Listen::tcp("public", "127.0.0.1", 0).with_tls(), Listen::tcp("public", "127.0.0.1", 0)}, {},
      [](const Request&) { return Response{}; },
      [&](const Finished& finished) {
        if (finished.path == "/hold") reactor.pass();
        if (finished.path != "/count") return;
        counts.push_back(answered(hellos));
        counted = counts.size() == kTurns;
        if (!counted) ask(counts.size());
      });
  server.set_tls(some_tls());
  server.start();
  for (int i = 0; i < kHellos; ++i) hellos.push_back(std::make_unique<Client>(server.bound().at(0).port));
  for (std::size_t i = 0; i < kTurns; ++i) plain.push_back(std::make_unique<Client>(server.bound().at(1).port));
  Client holding(server.bound().at(1).port);
  ASSERT_TRUE(eventually([&] { return server.stats().connections == kHellos + kTurns + 1; }));
  holding.send("GET /hold HTTP/1.1\r\n\r\n");
  ASSERT_TRUE(eventually([&] { return reactor.waiting() == 1; }));
  const std::string hello = client_hello();
  for (const auto& client : hellos) client->send(hello);
  ask(0);
  reactor.open();
  ASSERT_TRUE(eventually([&] { return counted.load(); }));
  for (std::size_t turn = 0; turn < kTurns; ++turn)
    EXPECT_LE(counts[turn], kPerTurn * static_cast<int>(turn + 1)) << "handshakes by turn " << turn;
  EXPECT_TRUE(eventually([&] { return answered(hellos) == kHellos; })) << "the others come later";
  EXPECT_EQ(server.stats().tls_failures, 0u);
}

// Who begins handshakes and leaves them must not keep the places of others: the oldest makes room.
TEST(Handshakes, TooManyUnfinishedOnesGiveTheirPlacesToNewcomers) {
  Limits limits;
  limits.connections = 16;
  Server server({Listen::tcp("public", "127.0.0.1", 0).with_tls()}, limits, [](const Request&) { return Response{}; });
  server.set_tls(some_tls());
  server.start();
  const auto port = server.bound().at(0).port;
  std::vector<std::unique_ptr<Client>> idle;
  for (int i = 0; i < 40; ++i) {
    idle.push_back(std::make_unique<Client>(port));
    ASSERT_TRUE(eventually([&] { return server.stats().accepted == idle.size(); }));
  }
  Client client(port);
  ASSERT_TRUE(client.start_tls());
  client.send(get("/"));
  EXPECT_TRUE(client.reply());
  EXPECT_TRUE(idle.front()->closed_by_server());
  EXPECT_LE(server.stats().connections, 9u);
}

}  // namespace
}  // namespace rosterd::http::test
