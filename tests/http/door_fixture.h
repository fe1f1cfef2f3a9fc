#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>

#include "daemon/http/server.h"
#include "tests/http/certificates.h"
#include "tests/http/client.h"

namespace rosterd::http::test {

enum class Transport { plain, tls };

inline std::string transport_name(const ::testing::TestParamInfo<Transport>& info) {
  return info.param == Transport::tls ? "Tls" : "Plain";
}

// A door whose handler sends the request back, and clients that speak its transport.
class Door {
 public:
  Door(Transport transport, Limits limits, Handler handler = echo) : transport_(transport) {
    Listen listen = Listen::tcp("public", "127.0.0.1", 0);
    listen.tls = transport == Transport::tls;
    server_ = std::make_unique<Server>(std::vector{std::move(listen)}, limits,
                                       [this, handler = std::move(handler)](const Request& request) {
                                         ++handled_;
                                         return handler(request);
                                       });
    if (transport == Transport::tls) {
      static const Identity identity = make_identity({});
      server_->set_tls(
          std::make_shared<const Tls>(TlsOptions{identity.certificate, identity.key, ClientCertificates::off, {}}));
    }
    server_->start();
    port_ = server_->bound().at(0).port;
  }

  static Response echo(const Request& request) {
    return {200, {{"X-Nonce", request.path.substr(1)}}, request.method + " " + request.path + " " + request.body};
  }

  std::unique_ptr<Client> connect() const {
    auto client = std::make_unique<Client>(port_);
    if (transport_ == Transport::tls) client->start_tls();
    return client;
  }

  Transport transport() const { return transport_; }
  std::uint16_t port() const { return port_; }
  int handled() const { return handled_; }
  Stats stats() const { return server_->stats(); }

 private:
  const Transport transport_;
  std::atomic<int> handled_{0};
  std::unique_ptr<Server> server_;
  std::uint16_t port_ = 0;
};

inline void expect_harmless(const std::string& text, const std::string& row) {
  EXPECT_EQ(text.find("HTTP/1.1 5"), std::string::npos) << row << ": " << text;
  for (const char* word : {"exception", "std::", "what()", "terminate", "basic_string"})
    EXPECT_EQ(text.find(word), std::string::npos) << row << ": " << text;
}

// A newcomer gets its own answer, and its connection is good for a second one.
inline void expect_fresh_client_served(const Door& door, const std::string& row) {
  static std::atomic<int> next{0};
  const auto client = door.connect();
  for (int i = 0; i < 2; ++i) {
    const std::string nonce = "fresh-" + std::to_string(next++);
    client->send(post("/" + nonce, "body of " + nonce));
    const auto reply = client->reply();
    ASSERT_TRUE(reply) << row << ": nobody answered a fresh client";
    EXPECT_EQ(reply->status, 200) << row;
    EXPECT_EQ(reply->body, "POST /" + nonce + " body of " + nonce) << row;
  }
}

}  // namespace rosterd::http::test
