#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

namespace rosterd::http {

// Non-blocking bytes over a connected socket that it owns and closes. The seam between a connection and its transport.
class ByteChannel {
 public:
  enum class Status { ok, again, end, broken };
  struct Result {
    Status status;
    std::size_t count = 0;
  };

  virtual ~ByteChannel() = default;
  virtual Result read(char* buffer, std::size_t size) = 0;
  virtual Result write(std::string_view bytes) = 0;  // may take only a part
  virtual void finish() = 0;                         // no more bytes from us; reading goes on
  virtual int descriptor() const = 0;                // for epoll only
};

std::unique_ptr<ByteChannel> make_plain_channel(int descriptor);

}  // namespace rosterd::http
