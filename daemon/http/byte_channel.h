#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/http/message.h"

namespace rosterd::http {

// Non-blocking bytes over a connected socket that it owns and closes. The seam between a connection and its transport.
class ByteChannel {
 public:
  enum class Status { ok, again, end, broken };
  struct Result {
    Status status;
    std::size_t count = 0;
  };
  // What read() needs room for. What it leaves is then still in the socket, where a level-triggered poll sees it.
  static constexpr std::size_t kReadSize = 64 * 1024;

  virtual ~ByteChannel() = default;
  virtual Result read(char* buffer, std::size_t size) = 0;
  // May take only a part. After `again` the next call must begin with the same bytes.
  virtual Result write(std::string_view bytes) = 0;
  virtual void finish() = 0;           // no more bytes from us; reading goes on, what comes may be thrown away
  virtual int descriptor() const = 0;  // for epoll only

  // The transport itself has bytes to send: wait for a write event and flush() before reading on.
  virtual bool has_unsent() const { return false; }
  virtual void flush() {}
  virtual bool is_handshaking() const { return false; }  // reading may cost much and gives nothing yet
  virtual std::optional<PeerCertificate> peer_certificate() const { return {}; }
  virtual std::optional<std::chrono::system_clock::time_point> proven_until() const { return {}; }  // its notAfter
  virtual std::string failure() const { return {}; }  // after `broken`: what was wrong, for the log; may be empty
};

// Owns `descriptor` from the call on.
std::unique_ptr<ByteChannel> make_plain_channel(int descriptor);

}  // namespace rosterd::http
