#include "tests/bench/door/load.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <stdexcept>
#include <string_view>

namespace rosterd::bench {

namespace {

using Clock = std::chrono::steady_clock;

struct Caller {
  int descriptor = -1;
  std::size_t received = 0;
  Clock::time_point asked;
};

std::size_t answer_size(std::string_view head) {
  const std::size_t end = head.find("\r\n\r\n");
  const std::size_t length = head.find("Content-Length: ");
  if (end == std::string_view::npos || length == std::string_view::npos) return 0;
  return end + 4 + static_cast<std::size_t>(std::atoll(head.data() + length + 16));
}

class Run {
 public:
  explicit Run(const Load& load) : load_(load), answer_(load.answer), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {}
  ~Run() {
    for (const Caller& caller : callers_) ::close(caller.descriptor);
    ::close(epoll_);
  }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  Measured go() {
    callers_.resize(static_cast<std::size_t>(load_.connections));
    for (std::size_t i = 0; i < callers_.size(); ++i) {
      callers_[i].descriptor = connect_to(load_.port);
      epoll_event event{};
      event.events = EPOLLIN;
      event.data.u64 = i;
      ::epoll_ctl(epoll_, EPOLL_CTL_ADD, callers_[i].descriptor, &event);
    }
    const auto start = Clock::now();
    const auto until = start + load_.duration;
    for (Caller& caller : callers_) ask(caller);
    auto now = start;
    while ((now = Clock::now()) < until && open_ > 0) turn();
    measured_.per_second =
        static_cast<double>(measured_.microseconds.size()) / std::chrono::duration<double>(now - start).count();
    return std::move(measured_);
  }

 private:
  void ask(Caller& caller) {
    caller.asked = Clock::now();
    caller.received = 0;
    ++open_;
    if (::send(caller.descriptor, load_.request.data(), load_.request.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(load_.request.size()))
      give_up(caller);
  }

  void give_up(Caller& caller) {
    ++measured_.wrong;
    --open_;
    ::epoll_ctl(epoll_, EPOLL_CTL_DEL, caller.descriptor, nullptr);
  }

  void turn() {
    std::array<epoll_event, 64> events;
    const int count = ::epoll_wait(epoll_, events.data(), events.size(), 100);
    for (int i = 0; i < count; ++i) take(callers_[events[static_cast<std::size_t>(i)].data.u64]);
  }

  void take(Caller& caller) {
    std::array<char, 64 * 1024> bytes;
    const ssize_t count = ::recv(caller.descriptor, bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (count <= 0) return give_up(caller);
    const std::string_view text(bytes.data(), static_cast<std::size_t>(count));
    if (caller.received == 0 && !text.starts_with("HTTP/1.1 200")) ++measured_.wrong;
    if (answer_ == 0) answer_ = answer_size(text);
    caller.received += text.size();
    if (caller.received < answer_) return;
    const std::chrono::duration<double, std::micro> took = Clock::now() - caller.asked;
    measured_.microseconds.push_back(took.count());
    --open_;
    ask(caller);
  }

  const Load& load_;
  std::size_t answer_;
  const int epoll_;
  std::vector<Caller> callers_;
  int open_ = 0;
  Measured measured_;
};

}  // namespace

int connect_to(std::uint16_t port) {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    ::close(descriptor);
    throw std::runtime_error("cannot connect to port " + std::to_string(port));
  }
  return descriptor;
}

Measured run_load(const Load& load) {
  return Run(load).go();
}

double quantile(std::vector<double> values, double q) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[std::min(values.size() - 1, static_cast<std::size_t>(q * static_cast<double>(values.size())))];
}

double median(std::vector<double> values) {
  return quantile(std::move(values), 0.5);
}

}  // namespace rosterd::bench
