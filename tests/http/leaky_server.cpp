#include "tests/http/leaky_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/http/churn.h"

namespace rosterd::http::test {

namespace {

void watch(int epoll, int descriptor) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = descriptor;
  ::epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event);
}

std::string respond(const std::string& bytes) {
  Request request;
  const std::size_t slash = bytes.find('/');
  const std::size_t body = bytes.find("\r\n\r\n");
  if (slash == std::string::npos || body == std::string::npos) return {};
  request.path = bytes.substr(slash, bytes.find(' ', slash) - slash);
  request.body = bytes.substr(body + 4);
  const Response response = churn_answer(request);
  return "HTTP/1.1 200 OK\r\nX-Nonce: " + request.path.substr(1) +
         "\r\nContent-Length: " + std::to_string(response.body.size()) + "\r\n\r\n" + response.body;
}

}  // namespace

LeakyServer::LeakyServer() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ::bind(listener_, reinterpret_cast<const sockaddr*>(&address), size);
  ::listen(listener_, 1024);
  ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  threads_.emplace_back([this] { serve(); });
  for (int i = 0; i < 4; ++i) threads_.emplace_back([this] { answer(); });
}

LeakyServer::~LeakyServer() {
  stopping_ = true;
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  ::close(listener_);
}

void LeakyServer::serve() {
  const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
  watch(epoll, listener_);
  while (!stopping_) {
    epoll_event event{};
    if (::epoll_wait(epoll, &event, 1, 20) != 1) continue;
    if (event.data.fd == listener_) {
      watch(epoll, ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC));
      continue;
    }
    char bytes[4096];
    const ssize_t count = ::recv(event.data.fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (count <= 0) {
      ::close(event.data.fd);
      continue;
    }
    const std::lock_guard lock(mutex_);
    jobs_.push_back({event.data.fd, std::string(bytes, static_cast<std::size_t>(count))});
    changed_.notify_one();
  }
  ::close(epoll);
}

void LeakyServer::answer() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (jobs_.empty()) {
      changed_.wait_for(lock, std::chrono::milliseconds(20));
      continue;
    }
    const Job job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    const std::string text = respond(job.request);
    ::send(job.descriptor, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    lock.lock();
  }
}

}  // namespace rosterd::http::test
