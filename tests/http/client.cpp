#include "tests/http/client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "daemon/http/message.h"

namespace rosterd::http::test {

namespace {

constexpr int kPatience = 20'000;  // ms; far above what a loaded machine needs

}  // namespace

std::string Reply::field(std::string_view name) const {
  std::string_view rest = head;
  while (!rest.empty()) {
    const std::size_t end = rest.find("\r\n");
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 2);
    const std::size_t colon = line.find(": ");
    if (colon != std::string_view::npos && iequals(line.substr(0, colon), name))
      return std::string(line.substr(colon + 2));
  }
  return {};
}

bool Reply::has(std::string_view name) const {
  return !field(name).empty();
}

Client::Client(std::uint16_t port, int receive_buffer, const char* from) {
  descriptor_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (receive_buffer > 0) ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  const int on = 1;
  ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  if (from) {
    ::inet_pton(AF_INET, from, &address.sin_addr);
    ::bind(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  }
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    ::close(descriptor_);
    descriptor_ = -1;
  }
}

Client::Client(const std::string& path) {
  descriptor_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  if (::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    ::close(descriptor_);
    descriptor_ = -1;
  }
}

Client::~Client() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

bool Client::start_tls(const TlsClientOptions& options) {
  tls_ = std::make_unique<TlsLayer>(descriptor_, options);
  return tls_->handshake(kPatience);
}

bool Client::send(std::string_view bytes) {
  if (tls_) return tls_->send(bytes);
  while (!bytes.empty()) {
    const ssize_t count = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

void Client::end_sending() {
  if (tls_) tls_->close_notify();
  ::shutdown(descriptor_, SHUT_WR);
}

void Client::reset() {
  const linger now{1, 0};
  ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  ::close(descriptor_);
  descriptor_ = -1;
}

ssize_t Client::receive(char* buffer, std::size_t size) {
  if (tls_) return tls_->receive(buffer, size, kPatience);
  pollfd wait{descriptor_, POLLIN, 0};
  if (::poll(&wait, 1, kPatience) <= 0) return -1;
  return ::recv(descriptor_, buffer, size, 0);
}

bool Client::fill() {
  char bytes[65536];
  const ssize_t count = receive(bytes, sizeof bytes);
  if (count <= 0) return false;
  buffer_.append(bytes, static_cast<std::size_t>(count));
  return true;
}

std::optional<Reply> Client::head() {
  std::size_t end;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos)
    if (!fill()) return std::nullopt;
  Reply reply;
  reply.head = buffer_.substr(0, end + 2);
  buffer_.erase(0, end + 4);
  if (!reply.head.starts_with("HTTP/1.1 ")) return std::nullopt;
  reply.status = std::atoi(reply.head.c_str() + 9);
  return reply;
}

std::optional<Reply> Client::reply(bool to_head) {
  std::optional<Reply> reply = head();
  while (reply && reply->status < 200) reply = head();
  if (!reply || to_head) return reply;
  const std::size_t length = static_cast<std::size_t>(std::atoll(reply->field("Content-Length").c_str()));
  while (buffer_.size() < length)
    if (!fill()) return std::nullopt;
  reply->body = buffer_.substr(0, length);
  buffer_.erase(0, length);
  return reply;
}

bool Client::closed_by_server() {
  if (!buffer_.empty()) return false;
  char byte;
  if (tls_) return tls_->receive(&byte, 1, kPatience) <= 0 && !tls_->timed_out();
  pollfd wait{descriptor_, POLLIN, 0};
  if (::poll(&wait, 1, kPatience) <= 0) return false;
  return ::recv(descriptor_, &byte, 1, 0) <= 0;
}

std::string Client::rest() {
  while (fill()) {
  }
  return std::exchange(buffer_, {});
}

std::string get(std::string_view target, std::string_view more_fields) {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: test\r\n" + std::string(more_fields) + "\r\n";
}

std::string post(std::string_view target, std::string_view body) {
  return "POST " + std::string(target) + " HTTP/1.1\r\nHost: test\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + std::string(body);
}

void pause_briefly() {
  ::poll(nullptr, 0, 2);
}

}  // namespace rosterd::http::test
