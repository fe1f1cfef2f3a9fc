#include "daemon/http/byte_channel.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace rosterd::http {

namespace {

class PlainChannel final : public ByteChannel {
 public:
  explicit PlainChannel(int descriptor) : descriptor_(descriptor) {}
  ~PlainChannel() override { ::close(descriptor_); }
  PlainChannel(const PlainChannel&) = delete;
  PlainChannel& operator=(const PlainChannel&) = delete;

  Result read(char* buffer, std::size_t size) override {
    const ssize_t count = ::recv(descriptor_, buffer, size, MSG_DONTWAIT);
    if (count > 0) return {Status::ok, static_cast<std::size_t>(count)};
    return {count == 0 ? Status::end : status_of_error()};
  }

  Result write(std::string_view bytes) override {
    const ssize_t count = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count >= 0) return {Status::ok, static_cast<std::size_t>(count)};
    return {status_of_error()};
  }

  void finish() override { ::shutdown(descriptor_, SHUT_WR); }
  int descriptor() const override { return descriptor_; }

 private:
  static Status status_of_error() {
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? Status::again : Status::broken;
  }

  int descriptor_;
};

}  // namespace

std::unique_ptr<ByteChannel> make_plain_channel(int descriptor) {
  return std::make_unique<PlainChannel>(descriptor);
}

}  // namespace rosterd::http
