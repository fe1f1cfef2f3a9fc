#include "tests/bench/door/servers.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "daemon/http/server.h"

namespace rosterd::bench {

ServerProcess::ServerProcess(const std::function<void(const std::function<void(std::uint16_t)>&)>& serve) {
  int channel[2];
  if (::pipe(channel) != 0) throw std::runtime_error("pipe");
  pid_ = ::fork();
  if (pid_ < 0) throw std::runtime_error("fork");
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::close(channel[0]);
    try {
      serve([&](std::uint16_t port) {
        if (::write(channel[1], &port, sizeof port) != sizeof port) ::_exit(1);
      });
    } catch (const std::exception& failure) {
      std::fprintf(stderr, "server: %s\n", failure.what());
    }
    ::_exit(1);
  }
  ::close(channel[1]);
  const bool told = ::read(channel[0], &port_, sizeof port_) == sizeof port_;
  ::close(channel[0]);
  if (!told) throw std::runtime_error("a server did not start");
}

ServerProcess::~ServerProcess() {
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

double ServerProcess::cpu_seconds() const {
  std::ifstream file("/proc/" + std::to_string(pid_) + "/stat");
  std::string text((std::istreambuf_iterator<char>(file)), {});
  std::istringstream rest(text.substr(text.rfind(')') + 2));
  std::string skipped;
  for (int i = 0; i < 11; ++i) rest >> skipped;
  double user = 0, system = 0;
  rest >> user >> system;
  return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

void serve_echo(const std::string& answer, const std::function<void(std::uint16_t)>& ready) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(listener, reinterpret_cast<const sockaddr*>(&address), size) != 0 || ::listen(listener, 1024) != 0)
    throw std::runtime_error("echo: cannot listen");
  ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
  const auto watch = [epoll](int descriptor) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = descriptor;
    ::epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event);
  };
  watch(listener);
  ready(ntohs(address.sin_port));
  std::array<epoll_event, 256> events;
  std::array<char, 64 * 1024> bytes;
  for (;;) {
    const int count = ::epoll_wait(epoll, events.data(), events.size(), -1);
    for (int i = 0; i < count; ++i) {
      const int from = events[static_cast<std::size_t>(i)].data.fd;
      if (from == listener) {
        const int accepted = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        const int on = 1;
        ::setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        watch(accepted);
      } else if (::recv(from, bytes.data(), bytes.size(), 0) <= 0 ||
                 ::send(from, answer.data(), answer.size(), MSG_NOSIGNAL) < 0) {
        ::close(from);
      }
    }
  }
}

void serve_door(const std::function<void(std::uint16_t)>& ready) {
  http::Limits limits;
  limits.connections = limits.connections_per_address = 4096;
  http::Server server({http::Listen::tcp("public", "127.0.0.1", 0)}, limits,
                      [](const http::Request&) -> http::Response {
                        return {200, {{"Content-Type", "application/scim+json"}}, std::string(kBodySize, 'b')};
                      });
  server.start();
  ready(server.bound().at(0).port);
  for (;;) ::pause();
}

}  // namespace rosterd::bench
