#include "ldap/connection.h"

#include <gtest/gtest.h>

#include <chrono>

#include "ldap/reader.h"
#include "slapd_server.h"

namespace rosterd::ldap {
namespace {

using std::chrono::milliseconds;
using testing::Certificate;
using testing::SilentHost;
using testing::SlapdServer;

// The kind of failure; nothing when a search for the suffix entry succeeds on the connection.
std::optional<ErrorKind> failure_of(const ServerOptions& options) {
  auto opened = Connection::open(options);
  if (const auto* error = std::get_if<DirectoryError>(&opened)) {
    EXPECT_EQ(describe(*error).find("secret"), std::string::npos);
    return error->kind;
  }
  const Search what{testing::kSuffix, Scope::base};
  const auto outcome = search(*std::get<0>(opened), what, 0, [](const EntryView&) {});
  if (const auto* error = std::get_if<DirectoryError>(&outcome)) return error->kind;
  EXPECT_EQ(std::get<SearchEnd>(outcome).entries, 1U);
  return std::nullopt;
}

class Bind : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { slapd_ = new SlapdServer(""); }
  static void TearDownTestSuite() {
    delete slapd_;
    slapd_ = nullptr;
  }
  static SlapdServer* slapd_;
};
SlapdServer* Bind::slapd_ = nullptr;

TEST_F(Bind, PlainStartTlsAndLdaps) {
  ServerOptions options = slapd_->options();
  EXPECT_EQ(failure_of(options), std::nullopt);
  options.start_tls = true;
  EXPECT_EQ(failure_of(options), std::nullopt);
  options.start_tls = false;
  options.uris = {slapd_->tls_uri()};
  EXPECT_EQ(failure_of(options), std::nullopt);
  options.bind_dn.clear();
  EXPECT_EQ(failure_of(options), ErrorKind::access);  // anonymous sees nothing here
}

TEST_F(Bind, AnUnknownAuthorityEndsTheHandshake) {
  for (const bool start_tls : {true, false}) {
    ServerOptions options = slapd_->options();
    options.start_tls = start_tls;
    if (!start_tls) options.uris = {slapd_->tls_uri()};
    options.ca_file = slapd_->other_ca_file();
    EXPECT_EQ(failure_of(options), ErrorKind::tls) << start_tls;
    options.ca_file = "";  // the system's do not know it either
    EXPECT_EQ(failure_of(options), ErrorKind::tls) << start_tls;
    options.ca_file = "/nowhere/ca.pem";
    EXPECT_EQ(failure_of(options), ErrorKind::configuration) << start_tls;
  }
}

TEST(BindElsewhere, AWrongHostNameEndsTheHandshake) {
  const SlapdServer slapd("", Certificate::wrong_host);
  ServerOptions options = slapd.options();
  options.start_tls = true;
  EXPECT_EQ(failure_of(options), ErrorKind::tls);
  options.start_tls = false;
  options.uris = {slapd.tls_uri()};
  EXPECT_EQ(failure_of(options), ErrorKind::tls);
}

TEST_F(Bind, AWrongPasswordIsSaidAndAsksNoOtherServer) {
  ServerOptions options = slapd_->options();
  options.password = Secret("secret-but-wrong");
  options.uris = {slapd_->uri(), "ldap://127.0.0.1:1"};
  EXPECT_EQ(failure_of(options), ErrorKind::credentials);
  options.bind_dn = "cn=nobody,dc=example,dc=org";
  EXPECT_EQ(failure_of(options), ErrorKind::credentials);
}

TEST_F(Bind, SilentHostsEndInTime) {
  const SilentHost silent;
  const std::string port = std::to_string(silent.port());
  struct Row {
    std::string uri;
    bool start_tls;
  };
  for (const Row& row : {Row{"ldap://127.0.0.1:" + port, false}, Row{"ldap://127.0.0.1:" + port, true},
                         Row{"ldaps://127.0.0.1:" + port, false}}) {
    ServerOptions options = slapd_->options();
    options.uris = {row.uri};
    options.start_tls = row.start_tls;
    options.connect_timeout = milliseconds(200);
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(failure_of(options), ErrorKind::timeout) << row.uri << row.start_tls;
    EXPECT_LT(std::chrono::steady_clock::now() - start, milliseconds(5000)) << row.uri;
    options.uris.push_back(row.uri.starts_with("ldaps") ? slapd_->tls_uri() : slapd_->uri());
    options.connect_timeout = milliseconds(1000);
    EXPECT_EQ(failure_of(options), std::nullopt) << "the next server is asked after " << row.uri;
  }
}

TEST_F(Bind, ARefusedPortIsLeftForTheNextServer) {
  int closed = 0;
  {
    const SilentHost gone;
    closed = gone.port();
  }
  ServerOptions options = slapd_->options();
  options.uris = {"ldap://127.0.0.1:" + std::to_string(closed)};
  EXPECT_EQ(failure_of(options), ErrorKind::unreachable);
  options.uris.push_back(slapd_->uri());
  EXPECT_EQ(failure_of(options), std::nullopt);
}

TEST_F(Bind, AStopEndsAHangingConnection) {
  const SilentHost silent;
  ServerOptions options = slapd_->options();
  options.uris = {"ldaps://127.0.0.1:" + std::to_string(silent.port())};
  options.connect_timeout = std::chrono::minutes(1);
  std::stop_source stop;
  std::atomic<bool> ended = false;
  std::thread opening([&] {
    const auto opened = Connection::open(options, stop.get_token());
    EXPECT_EQ(std::get<DirectoryError>(opened).kind, ErrorKind::cancelled);
    ended = true;
  });
  stop.request_stop();
  EXPECT_TRUE(testing::eventually([&] { return ended.load(); }));
  opening.join();
}

TEST(ServerOptionsCheck, RefusesWhatCannotBeMeant) {
  struct Row {
    const char* says;
    std::function<void(ServerOptions&)> change;
  };
  const Row rows[] = {
      {"no server", [](auto& o) { o.uris.clear(); }},
      {"no single", [](auto& o) { o.uris = {"http://x"}; }},
      {"no single", [](auto& o) { o.uris = {"ldaps://a ldaps://b"}; }},
      {"in the clear", [](auto& o) { o.uris = {"ldap://dc1.example.org"}; }},
      {"in the clear", [](auto& o) { o.uris = {"ldap://127.example.org"}; }},
      {"in the clear", [](auto& o) { o.uris = {"LDAP://[2001:db8::1]:389"}; }},
      {"exclude", [](auto& o) { o.start_tls = true; }},
      {"no password", [](auto& o) { o.password = Secret(); }},
      {"timeouts", [](auto& o) { o.connect_timeout = milliseconds(0); }},
  };
  ServerOptions good;
  good.uris = {"ldaps://dc1.example.org"};
  good.bind_dn = "cn=x";
  good.password = Secret("p");
  EXPECT_EQ(check(good), nullptr);
  for (const Row& row : rows) {
    ServerOptions options = good;
    row.change(options);
    const auto error = check(options);
    ASSERT_NE(error, nullptr) << row.says;
    EXPECT_NE(error->message.find(row.says), std::string::npos) << error->message;
  }
  for (const char* local : {"ldap://127.0.0.1:389", "ldap://localhost", "ldap://[::1]", "ldapi://%2Frun%2Fldapi"}) {
    ServerOptions options = good;
    options.uris = {local};
    EXPECT_EQ(check(options), nullptr) << local;
  }
  ServerOptions allowed = good;
  allowed.uris = {"ldap://dc1.example.org"};
  allowed.allow_plaintext = true;
  EXPECT_EQ(check(allowed), nullptr);
}

}  // namespace
}  // namespace rosterd::ldap
