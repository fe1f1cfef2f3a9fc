// Text forms of configuration values: pure parsing, no I/O. A failed parse is nullopt; the caller words the message.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rosterd::config {

// Where to accept connections.
struct Listen {
  enum class Kind { tcp, unix_socket };
  Kind kind = Kind::tcp;
  std::string host = {};   // an address: 127.0.0.1, ::1
  std::uint16_t port = 0;  // 0: any free port
  std::string path = {};   // unix_socket
  bool tls = false;        // tcp only
  bool operator==(const Listen&) const = default;
};

// "250ms", "2s", "15m", "8h", "7d" and sums in falling order such as "1h30m".
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
std::string print_duration(std::chrono::milliseconds value);

// "512", "64KiB", "10MiB", "2GiB": bytes.
std::optional<std::int64_t> parse_size(std::string_view text);
std::string print_size(std::int64_t bytes);

// "127.0.0.1:8380", "[::1]:8380", "tls:0.0.0.0:8443", "unix:/run/rosterd/http.sock".
std::optional<Listen> parse_listen(std::string_view text);
std::string print_listen(const Listen& listen);
bool is_loopback(const Listen& listen);

// "http://host[:port][/path]" or https; no user info, query or fragment. Returned without trailing slashes.
std::optional<std::string> parse_http_url(std::string_view text);

// The candidate nearest to `word` by edit distance (swaps count once), when it is near enough to be a slip of the keys.
std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace rosterd::config
