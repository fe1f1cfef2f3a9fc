#include "daemon/http/tls.h"

#include <gtest/gtest.h>
#include <openssl/tls1.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <mutex>
#include <thread>

#include "daemon/http/server.h"
#include "tests/http/certificates.h"
#include "tests/http/client.h"
#include "tests/http/gate.h"

namespace rosterd::http::test {
namespace {

struct Authority {
  Identity ca = make_identity({.name = "test authority", .authority = true});
  Identity server(std::chrono::hours until = std::chrono::hours(24)) const {
    return make_identity({.usage = "serverAuth", .until = until}, &ca);
  }
  Identity client(const std::string& name, std::chrono::seconds until = std::chrono::hours(24)) const {
    return make_identity({.name = name, .usage = "clientAuth", .until = until}, &ca);
  }
};

const Authority& authority() {
  static const Authority made;
  return made;
}

std::shared_ptr<const Tls> make_tls(const Identity& identity, ClientCertificates mode = ClientCertificates::off,
                                    const std::string& client_ca = {}) {
  return std::make_shared<const Tls>(TlsOptions{identity.certificate, identity.key, mode, client_ca});
}

Response echo(const Request& request) {
  const auto& certificate = request.peer.certificate;
  if (request.path == "/who")
    return {200, {}, certificate ? certificate->subject + " " + certificate->fingerprint : "-"};
  if (request.path == "/large") return {200, {}, std::string(5'000'000, 'x')};
  return {200, {}, request.method + " " + request.target + " " + request.body};
}

class TlsTest : public ::testing::Test {
 protected:
  void start(ClientCertificates mode = ClientCertificates::off, Limits limits = {}, Handler handler = echo) {
    server_ = std::make_unique<Server>(
        std::vector{Listen::tcp("public", "127.0.0.1", 0).with_tls(), Listen::tcp("public", "127.0.0.1", 0)}, limits,
        std::move(handler), [this](const Finished& finished) {
          const std::lock_guard lock(mutex_);
          finished_.push_back(finished);
        });
    server_->set_tls(make_tls(identity_, mode, authority().ca.certificate));
    server_->start();
    port_ = server_->bound().at(0).port;
    plain_port_ = server_->bound().at(1).port;
  }
  std::vector<Finished> finished() {
    const std::lock_guard lock(mutex_);
    return finished_;
  }
  // What the observer heard about a failed handshake.
  std::string failure() {
    std::string found;
    eventually([&] {
      for (const Finished& each : finished())
        if (each.status == 0) found = each.error;
      return !found.empty();
    });
    return found;
  }
  static TlsClientOptions as(const Identity& identity) {
    return {.ca = authority().ca.certificate, .certificate = identity.certificate, .key = identity.key};
  }

  Identity identity_ = authority().server();
  std::mutex mutex_;
  std::vector<Finished> finished_;
  std::unique_ptr<Server> server_;
  std::uint16_t port_ = 0;
  std::uint16_t plain_port_ = 0;
};

// shows 7644-7.2-2
TEST_F(TlsTest, AnswersInBothVersionsAndSaysGoodbye) {
  start();
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    Client client(port_);
    ASSERT_TRUE(client.start_tls({.ca = authority().ca.certificate, .min_version = version, .max_version = version}));
    EXPECT_EQ(client.tls()->server_fingerprint(), identity_.fingerprint);
    for (int i = 0; i < 3; ++i) {
      client.send(post("/a", std::string(100'000, 'b')));
      const auto reply = client.reply();
      ASSERT_TRUE(reply);
      EXPECT_EQ(reply->body.size(), 8u + 100'000u);
    }
    client.send(get("/b", "Connection: close\r\n"));
    ASSERT_TRUE(client.reply());
    EXPECT_TRUE(client.closed_by_server());
    EXPECT_TRUE(client.tls()->saw_close_notify());
  }
  EXPECT_EQ(server_->stats().tls_failures, 0u);
}

TEST_F(TlsTest, OffersOnlyWhatIsSafe) {
  start();
  struct Row {
    const char* what;
    TlsClientOptions options;
    bool accepted;
  };
  const Row rows[] = {
      {"TLS 1.1", {.max_version = TLS1_1_VERSION}, false},
      {"TLS 1.0", {.max_version = TLS1_VERSION}, false},
      {"CBC", {.max_version = TLS1_2_VERSION, .ciphers = "ECDHE-ECDSA-AES128-SHA256"}, false},
      {"no forward secrecy", {.max_version = TLS1_2_VERSION, .ciphers = "AES128-GCM-SHA256"}, false},
      {"AES-GCM", {.max_version = TLS1_2_VERSION, .ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256"}, true},
      {"ChaCha20", {.max_version = TLS1_2_VERSION, .ciphers = "ECDHE-ECDSA-CHACHA20-POLY1305"}, true},
      {"compression", {.max_version = TLS1_2_VERSION, .compression = true}, true},
      {"h2 alone", {.protocols = {"h2"}}, false},
      {"h2 and http/1.1", {.protocols = {"h2", "http/1.1"}}, true},
      {"no ALPN", {}, true},
  };
  for (const Row& row : rows) {
    Client client(port_);
    EXPECT_EQ(client.start_tls(row.options), row.accepted) << row.what << ": " << client.tls()->failure();
    if (!row.accepted) continue;
    client.send(get("/"));
    EXPECT_TRUE(client.reply()) << row.what;
    EXPECT_FALSE(client.tls()->compressed());
    EXPECT_EQ(client.tls()->protocol(), row.options.protocols.empty() ? "" : "http/1.1") << row.what;
  }
}

TEST_F(TlsTest, RefusesRenegotiation) {
  start();
  Client client(port_);
  ASSERT_TRUE(client.start_tls({.max_version = TLS1_2_VERSION}));
  client.send(get("/"));
  ASSERT_TRUE(client.reply());
  TlsLayer& tls = const_cast<TlsLayer&>(*client.tls());
  EXPECT_FALSE(tls.renegotiate(20'000));
  EXPECT_FALSE(tls.timed_out());
}

TEST_F(TlsTest, ResumesASessionOnlyWhereNoClientCertificateIsUsed) {
  for (const auto mode : {ClientCertificates::off, ClientCertificates::request}) {
    start(mode);
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
      const Identity me = authority().client("entra");
      TlsClientOptions options = as(me);
      options.min_version = options.max_version = version;
      const bool asked = mode != ClientCertificates::off;
      std::string session;
      for (const bool second : {false, true}) {
        options.resume = session;
        Client client(port_);
        ASSERT_TRUE(client.start_tls(options));
        client.send(get("/who"));
        const auto reply = client.reply();
        ASSERT_TRUE(reply);
        EXPECT_EQ(reply->body, asked ? "CN=entra " + me.fingerprint : "-");
        EXPECT_EQ(client.tls()->resumed(), second && !asked) << client.tls()->version();
        session = client.tls()->session();
        if (!second) {
          EXPECT_EQ(session.empty(), asked) << client.tls()->version();
        }
      }
    }
  }
}

TEST_F(TlsTest, ATicketOfAnExchangedCertificateIsWorthless) {
  start();
  std::string session;
  {
    Client client(port_);
    ASSERT_TRUE(client.start_tls());
    client.send(get("/"));
    ASSERT_TRUE(client.reply());
    session = client.tls()->session();
    ASSERT_NE(session, "");
  }
  const Identity next = authority().server();
  server_->set_tls(make_tls(next));
  Client client(port_);
  ASSERT_TRUE(client.start_tls({.resume = session}));
  EXPECT_FALSE(client.tls()->resumed());
  EXPECT_EQ(client.tls()->server_fingerprint(), next.fingerprint);
}

TEST_F(TlsTest, TellsTheHandlerWhoseCertificateItIs) {
  start(ClientCertificates::request);
  const Identity me = authority().client("entra");
  Client known(port_);
  ASSERT_TRUE(known.start_tls(as(me)));
  known.send(get("/who"));
  EXPECT_EQ(known.reply().value_or(Reply{}).body, "CN=entra " + me.fingerprint);
  Client unknown(port_);
  ASSERT_TRUE(unknown.start_tls());
  unknown.send(get("/who"));
  EXPECT_EQ(unknown.reply().value_or(Reply{}).body, "-");
  EXPECT_EQ(finished().at(0).certificate, me.fingerprint);
  EXPECT_EQ(finished().at(1).certificate, "");
}

TEST_F(TlsTest, RefusesCertificatesThatProveNothing) {
  const Identity stranger = make_identity({.name = "authority", .authority = true});
  const std::vector<std::tuple<const char*, TlsClientOptions, const char*>> rows = {
      {"none", {.ca = authority().ca.certificate}, "peer did not return a certificate"},
      {"foreign", as(make_identity({.name = "x", .usage = "clientAuth"}, &stranger)), "unable to get local issuer"},
      {"expired", as(authority().client("x", std::chrono::hours(-1))), "certificate has expired"},
      {"a server's", as(authority().server()), "certificate purpose"},
      {"signed by itself", as(make_identity({.name = "x"})), "self-signed certificate"},
  };
  for (const auto& [what, options, reason] : rows) {
    finished_.clear();
    start(ClientCertificates::require);
    Client client(port_);
    // In TLS 1.3 the client believes in the connection until it reads.
    if (client.start_tls(options)) {
      client.send(get("/who"));
      EXPECT_FALSE(client.reply()) << what;
    }
    EXPECT_NE(client.tls()->failure(), "") << what;
    EXPECT_NE(failure().find(reason), std::string::npos) << what << ": " << failure();
    EXPECT_EQ(server_->stats().tls_failures, 1u) << what;
    EXPECT_EQ(server_->stats().requests, 0u) << what;
  }
}

TEST_F(TlsTest, ATrustedCertificateVouchesForItself) {
  start();
  const Identity me = make_identity({.name = "self", .usage = "clientAuth"});
  server_->set_tls(make_tls(identity_, ClientCertificates::require, me.certificate));
  Client client(port_);
  ASSERT_TRUE(client.start_tls(as(me)));
  client.send(get("/who"));
  EXPECT_EQ(client.reply().value_or(Reply{}).body, "CN=self " + me.fingerprint);
}

TEST_F(TlsTest, AnExchangedCertificateIsForNewConnectionsOnly) {
  start();
  Client before(port_);
  ASSERT_TRUE(before.start_tls());
  const Identity next = authority().server();
  server_->set_tls(make_tls(next));
  Client plain(plain_port_);
  before.send(get("/"));
  const auto last = before.reply();
  ASSERT_TRUE(last);
  EXPECT_EQ(last->field("Connection"), "close") << "what it proved was proved to the rules of before";
  EXPECT_TRUE(before.closed_by_server());
  plain.send(get("/"));
  EXPECT_FALSE(plain.reply().value().has("Connection"));
  Client after(port_);
  ASSERT_TRUE(after.start_tls({.ca = authority().ca.certificate}));
  EXPECT_EQ(after.tls()->server_fingerprint(), next.fingerprint);
}

TEST_F(TlsTest, AConnectionEndsWithItsClientCertificate) {
  start(ClientCertificates::require);
  const Identity me = authority().client("brief", std::chrono::seconds(3));
  Client busy(port_), idle(port_);
  ASSERT_TRUE(busy.start_tls(as(me)));
  ASSERT_TRUE(idle.start_tls(as(me)));
  idle.send(get("/who"));
  ASSERT_TRUE(idle.reply());
  std::optional<Reply> last;
  EXPECT_TRUE(eventually([&] {
    busy.send(get("/who"));
    const auto reply = busy.reply();
    if (reply) last = reply;
    return !reply || reply->status != 200;
  }));
  ASSERT_TRUE(last);
  EXPECT_TRUE(last->status == 200 || last->status == 403) << last->status;
  EXPECT_TRUE(idle.closed_by_server());
}

TEST_F(TlsTest, AHandshakeHoldsNobodyAndHasADeadline) {
  Limits limits;
  limits.head_timeout = std::chrono::milliseconds(1500);
  start(ClientCertificates::off, limits);
  Client silent(port_);
  Client halfway(port_);
  halfway.send("\x16\x03\x01\x02");  // the beginning of a record that never comes
  for (int i = 0; i < 20; ++i) {
    Client client(port_);
    ASSERT_TRUE(client.start_tls());
    client.send(get("/"));
    ASSERT_TRUE(client.reply());
  }
  EXPECT_TRUE(silent.closed_by_server());
  EXPECT_TRUE(halfway.closed_by_server());
  EXPECT_TRUE(eventually([&] { return server_->stats().connections == 0; }));
}

TEST_F(TlsTest, PlainBytesAndGarbageEndTheConnection) {
  start();
  for (const std::string& bytes : {get("/"), std::string(4000, '\0'), std::string("\x16\x03\x01\x00\x05hello", 10)}) {
    Client client(port_);
    client.send(bytes);
    const std::string answer = client.rest();
    EXPECT_EQ(answer.find("HTTP/1.1 200"), std::string::npos);
  }
  EXPECT_EQ(server_->stats().tls_failures, 3u);
  EXPECT_EQ(server_->stats().requests, 0u);
  Client plain(plain_port_);
  plain.send(get("/"));
  EXPECT_TRUE(plain.reply());
}

TEST_F(TlsTest, ALargeAnswerReachesASlowReader) {
  start();
  Client client(port_, 4096);
  ASSERT_TRUE(client.start_tls());
  client.send(get("/large"));
  const auto reply = client.reply();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->body, std::string(5'000'000, 'x'));
}

TEST_F(TlsTest, BytesInAnyPiecesAreTheSameRequests) {
  start();
  Client client(port_);
  ASSERT_TRUE(client.start_tls());
  const std::string three = post("/1", "abc") + get("/2") + post("/3", std::string(40'000, 'z'));
  for (std::size_t piece : {std::size_t{1}, std::size_t{977}, three.size()}) {
    std::string_view bytes = three;
    while (!bytes.empty()) {
      ASSERT_TRUE(client.send(bytes.substr(0, piece)));
      bytes.remove_prefix(std::min(piece, bytes.size()));
      if (piece == 1 && bytes.size() < 39'900) piece = bytes.size();  // single bytes are slow
    }
    EXPECT_EQ(client.reply().value_or(Reply{}).body, "POST /1 abc");
    EXPECT_EQ(client.reply().value_or(Reply{}).body, "GET /2 ");
    EXPECT_EQ(client.reply().value_or(Reply{}).body.size(), 40'008u);
  }
}

TEST_F(TlsTest, ADrainUnderLoadLosesNoAnswer) {
  for (int round = 0; round < 3; ++round) {
    std::atomic<int> executed{0}, answered{0};
    start(ClientCertificates::off, {}, [&](const Request&) -> Response {
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
    for (int i = 0; i < 4; ++i)
      clients.emplace_back([&] {
        for (;;) {
          Client client(port_);
          if (!client.connected()) return;
          if (client.start_tls()) ask_until_closed(client);
        }
      });
    EXPECT_TRUE(eventually([&] { return answered > 100; }));
    EXPECT_TRUE(server_->drain(std::chrono::seconds(20)));
    for (std::thread& client : clients) client.join();
    EXPECT_EQ(executed, answered);
  }
}

TEST(Tls, SpeaksOnAnAdoptedSocketButNotOnAUnixOne) {
  const int listening = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ASSERT_EQ(::listen(listening, 8), 0);
  Server server({Listen::adopted("https", listening).with_tls()}, {}, echo);
  server.set_tls(make_tls(authority().server()));
  server.start();
  EXPECT_TRUE(server.bound().at(0).tls);
  Client client(server.bound().at(0).port);
  ASSERT_TRUE(client.start_tls());
  client.send(get("/"));
  EXPECT_TRUE(client.reply());

  const int local = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un unnamed{};
  unnamed.sun_family = AF_UNIX;
  ASSERT_EQ(::bind(local, reinterpret_cast<sockaddr*>(&unnamed), sizeof(sa_family_t)), 0);
  ASSERT_EQ(::listen(local, 8), 0);
  Server wrong({Listen::adopted("https", local).with_tls()}, {}, echo);
  wrong.set_tls(make_tls(authority().server()));
  EXPECT_THROW(wrong.start(), std::runtime_error);
  ::close(local);
}

TEST(Tls, SaysWhatCannotBeUsed) {
  const Identity good = authority().server();
  const Identity other = authority().server();
  const Identity weak = make_identity({.rsa_bits = 1024});
  const std::string broken = good.certificate.substr(0, 100) + "!" + good.certificate.substr(101);
  const auto on = ClientCertificates::require;
  const std::vector<std::tuple<TlsOptions, TlsError::Part, const char*>> rows = {
      {{"", good.key, {}, ""}, TlsError::Part::certificate, "there is no certificate in PEM form in it"},
      {{good.key, good.key, {}, ""}, TlsError::Part::certificate, "there is no certificate in PEM form in it"},
      {{broken, good.key, {}, ""}, TlsError::Part::certificate, "certificate 1 is damaged: "},
      {{good.certificate + broken, good.key, {}, ""}, TlsError::Part::certificate, "certificate 2 is damaged: "},
      {{weak.certificate, weak.key, {}, ""}, TlsError::Part::certificate, "it cannot be used: ee key too small"},
      {{good.certificate, good.certificate, {}, ""}, TlsError::Part::key, "there is no private key in PEM form in it"},
      {{good.certificate, other.key, {}, ""}, TlsError::Part::key, "does not belong to the certificate"},
      {{good.certificate, good.key, on, ""}, TlsError::Part::client_ca, "there is no certificate in PEM form in it"},
  };
  for (const auto& [options, part, why] : rows) {
    try {
      const Tls made(options);
      ADD_FAILURE() << "accepted: " << why;
    } catch (const TlsError& error) {
      EXPECT_EQ(error.part(), part) << error.what();
      EXPECT_EQ(std::string(error.what()).find(why), 0u) << error.what();
    }
  }
}

TEST(Tls, KnowsItsValidity) {
  const Identity identity = authority().server(std::chrono::hours(48));
  const auto tls = make_tls(identity);
  const auto now = std::chrono::system_clock::now();
  EXPECT_EQ(tls->fingerprint(), identity.fingerprint);
  EXPECT_LT(tls->valid_from(), now);
  EXPECT_GT(tls->valid_until(), now + std::chrono::hours(47));
  EXPECT_LT(tls->valid_until(), now + std::chrono::hours(49));
}

TEST(Tls, AListenerNeedsACertificateAndTcp) {
  Server without({Listen::tcp("public", "127.0.0.1", 0).with_tls()}, {}, echo);
  EXPECT_THROW(without.start(), std::runtime_error);
  Server local({Listen::local("public", ::testing::TempDir() + "tls-door.sock").with_tls()}, {}, echo);
  local.set_tls(make_tls(authority().server()));
  EXPECT_THROW(local.start(), std::runtime_error);
}

}  // namespace
}  // namespace rosterd::http::test
