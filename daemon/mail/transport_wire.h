// A TCP connection that can turn into TLS, with absolute deadlines: no read, write, connect or handshake outlives its
// deadline, however slowly the peer drips. Used by the SMTP dialogue only. One thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace rosterd::mail {

using Deadline = std::chrono::steady_clock::time_point;

// Why the wire cannot go on; what() is a sentence for a person.
class WireError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Wire {
 public:
  // `keep_going` is asked at least every 250 ms of waiting; false ends the wait with a WireError.
  explicit Wire(std::function<bool()> keep_going);
  ~Wire();
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  // A numeric host asks no name server. A lookup that outlives the deadline ends by itself, unheard.
  void resolve(const std::string& host, Deadline deadline);
  // Tries every resolved address in turn, each for at most `each`.
  void connect(std::uint16_t port, std::chrono::milliseconds each, Deadline deadline);
  // Handshake (TLS 1.2 or later), chain against `ca_file` (empty: the system's CAs), then the name against `host`.
  void start_tls(const std::string& host, const std::string& ca_file, Deadline deadline);

  // A line without its line end (LF, optional CR). Throws when it is longer than `max_bytes`.
  std::string read_line(std::size_t max_bytes, Deadline deadline);
  void write(std::string_view bytes, Deadline deadline);

  bool has_unread() const;  // bytes arrived that no read_line has taken
  bool is_secure() const;
  bool is_loopback() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rosterd::mail
