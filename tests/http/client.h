#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/http/tls_layer.h"

// A client over a plain blocking socket that sends exactly the bytes a test wants, with a deadline on all it waits for.
namespace rosterd::http::test {

struct Reply {
  int status = 0;
  std::string head;  // status line and fields, as received
  std::string body;
  std::string field(std::string_view name) const;  // empty when missing
  bool has(std::string_view name) const;
};

class Client {
 public:
  explicit Client(std::uint16_t port, int receive_buffer = 0, const char* from = nullptr);  // from: own IPv4 address
  explicit Client(const std::string& path);                                                 // unix socket
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  bool connected() const { return descriptor_ >= 0; }
  // Everything after it goes through TLS. False when the handshake fails (tls()->failure()).
  bool start_tls(const TlsClientOptions& options = {});
  const TlsLayer* tls() const { return tls_.get(); }
  bool send(std::string_view bytes);
  void end_sending();  // half-close
  void reset();        // close with RST

  // The next final response; nothing when the server closes or does not answer in time.
  std::optional<Reply> reply(bool to_head = false);
  // The next response head with any status, also 100.
  std::optional<Reply> head();
  bool closed_by_server();  // waits for the end of the stream; false when bytes come or time runs out
  std::string rest();       // everything until the server closes
  int descriptor() const { return descriptor_; }

 private:
  bool fill();
  ssize_t receive(char* buffer, std::size_t size);  // 0: the end; below: nothing came in time, or broken
  int descriptor_ = -1;
  std::unique_ptr<TlsLayer> tls_;
  std::string buffer_;
};

// A complete request with Host.
std::string get(std::string_view target, std::string_view more_fields = {});
std::string post(std::string_view target, std::string_view body);

// Polls until `condition` holds; false after the deadline.
template <typename Condition>
bool eventually(Condition condition, std::chrono::milliseconds within = std::chrono::seconds(10));

void pause_briefly();

template <typename Condition>
bool eventually(Condition condition, std::chrono::milliseconds within) {
  const auto until = std::chrono::steady_clock::now() + within;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > until) return false;
    pause_briefly();
  }
  return true;
}

}  // namespace rosterd::http::test
