#include <sys/socket.h>

#include <functional>

#include "tests/http/door_fixture.h"

namespace rosterd::http::test {
namespace {

using std::chrono::milliseconds;

// Below TLS: bytes that are no TLS, and TLS that stops in the middle. Nothing of it is answered with HTTP.
struct BelowTls {
  const char* name;
  std::function<void(Client&)> act;
};

void raw_send(const Client& client, const std::string& bytes) {
  ::send(client.descriptor(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
}

std::vector<BelowTls> below_tls() {
  const std::string hello = std::string("\x16\x03\x01\x00\xc8\x01\x00\x00\xc4\x03\x03", 11) + std::string(32, 'r');
  const auto after_handshake = [](const std::string& bytes) {
    return [bytes](Client& client) {
      EXPECT_TRUE(client.start_tls());
      raw_send(client, bytes);
    };
  };
  const auto half_close = [](Client& client) { ::shutdown(client.descriptor(), SHUT_WR); };
  return {
      {"a plain request", [](Client& client) { raw_send(client, get("/")); }},
      {"a plain request byte by byte",
       [](Client& client) {
         for (const char c : get("/")) raw_send(client, std::string(1, c));
       }},
      {"zeros", [](Client& client) { raw_send(client, std::string(70'000, '\0')); }},
      {"a record of no known type",
       [](Client& client) { raw_send(client, std::string("\x63\x03\x01\x00\x05hello", 10)); }},
      {"a record that is too long",
       [](Client& client) { raw_send(client, "\x16\x03\x01\xff\xff" + std::string(70'000, 'x')); }},
      {"a record without content", [](Client& client) { raw_send(client, std::string("\x16\x03\x01\x00\x00", 5)); }},
      {"an alert first", [](Client& client) { raw_send(client, std::string("\x15\x03\x01\x00\x02\x02\x28", 7)); }},
      {"data before the handshake",
       [](Client& client) { raw_send(client, std::string("\x17\x03\x03\x00\x05hello", 10)); }},
      {"an SSLv2 greeting",
       [](Client& client) { raw_send(client, std::string("\x80\x2e\x01\x00\x02\x00\x15\x00\x00\x00\x10", 11)); }},
      {"a greeting that is cut, and silence", [=](Client& client) { raw_send(client, hello); }},
      {"a greeting that is cut, and half-close",
       [=](Client& client) {
         raw_send(client, hello);
         half_close(client);
       }},
      {"one byte, and silence", [](Client& client) { raw_send(client, "\x16"); }},
      {"nothing at all", [](Client&) {}},
      {"half-close at once", [=](Client& client) { half_close(client); }},
      {"an old version",
       [](Client& client) { EXPECT_FALSE(client.start_tls({.max_version = 0x0302, .ciphers = "ALL:@SECLEVEL=0"})); }},
      {"a handshake, and silence", [](Client& client) { EXPECT_TRUE(client.start_tls()); }},
      {"a handshake, and half-close",
       [=](Client& client) {
         EXPECT_TRUE(client.start_tls());
         half_close(client);
       }},
      {"a plain request after the handshake", after_handshake(get("/"))},
      {"a forged record after the handshake",
       after_handshake(std::string("\x17\x03\x03\x00\x20", 5) + std::string(32, 'f'))},
      {"a second greeting after the handshake", after_handshake(hello)},
      {"half a record after the handshake",
       after_handshake(std::string("\x17\x03\x03\x40\x00", 5) + std::string(100, 'h'))},
      {"a flood of empty records after the handshake",
       [=](Client& client) {
         std::string flood;
         for (int i = 0; i < 2'000; ++i) flood += std::string("\x17\x03\x03\x00\x00", 5);
         after_handshake(flood)(client);
       }},
      {"a renegotiation",
       [](Client& client) {
         EXPECT_TRUE(client.start_tls({.max_version = 0x0303}));
         EXPECT_FALSE(const_cast<TlsLayer*>(client.tls())->renegotiate(2'000));
       }},
      {"close_notify, then data",
       [=](Client& client) {
         EXPECT_TRUE(client.start_tls());
         const_cast<TlsLayer*>(client.tls())->close_notify();
         raw_send(client, std::string("\x17\x03\x03\x00\x20", 5) + std::string(32, 'f'));
       }},
      {"half a request, cut off without close_notify",
       [=](Client& client) {
         EXPECT_TRUE(client.start_tls());
         client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n12345");
         half_close(client);
       }},
      {"half a request, cut off by a reset",
       [](Client& client) {
         EXPECT_TRUE(client.start_tls());
         client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n12345");
         client.reset();
       }},
  };
}

TEST(HostileTls, WhatIsNoTlsEndsAndHarmsNobody) {
  Limits limits;
  limits.head_timeout = limits.body_timeout = limits.body_grace = milliseconds(1'000);
  Door door(Transport::tls, limits);
  int number = 0;
  std::vector<std::unique_ptr<Client>> clients;
  for (const BelowTls& row : below_tls()) {
    clients.push_back(std::make_unique<Client>(door.port()));
    row.act(*clients.back());
    expect_fresh_client_served(door, row.name);
    ++number;
  }
  EXPECT_TRUE(eventually([&] { return door.stats().connections == 0; })) << "somebody is still there";
  clients.clear();
  EXPECT_EQ(door.handled(), 2 * number);
}

}  // namespace
}  // namespace rosterd::http::test
