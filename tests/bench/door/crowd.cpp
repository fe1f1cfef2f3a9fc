#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <stdexcept>
#include <string>

#include "tests/bench/door/figures.h"
#include "tests/bench/door/load.h"
#include "tests/bench/door/servers.h"

namespace rosterd::bench {

namespace {

const std::string kRequest = "GET /probe HTTP/1.1\r\nHost: h\r\n\r\n";

void allow_descriptors(rlim_t wanted) {
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = std::min<rlim_t>(files.rlim_max, wanted);
  if (files.rlim_cur < wanted || ::setrlimit(RLIMIT_NOFILE, &files) != 0)
    throw std::runtime_error("too few descriptors are allowed: " + std::to_string(files.rlim_max));
}

// Connections that have asked once and wait, and connections whose head never ends.
class Crowd {
 public:
  Crowd(std::uint16_t port, int slow, int idle) : port_(port) {
    for (int i = 0; i < idle; ++i) idle_.push_back(ask_once());
    for (int i = 0; i < slow; ++i) slow_.push_back(begin_slowly());
  }
  ~Crowd() {
    for (const int descriptor : idle_) ::close(descriptor);
    for (const int descriptor : slow_) ::close(descriptor);
  }
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;

  // One byte more from each slow one; who was cut by its deadline begins anew.
  void drip() {
    for (int& descriptor : slow_) {
      if (::send(descriptor, "x", 1, MSG_NOSIGNAL | MSG_DONTWAIT) == 1) continue;
      ::close(descriptor);
      descriptor = begin_slowly();
    }
  }

 private:
  int begin_slowly() const {
    const int descriptor = connect_to(port_);
    const std::string head = "GET / HTTP/1.1\r\nHost: h\r\nX: ";
    ::send(descriptor, head.data(), head.size(), MSG_NOSIGNAL);
    return descriptor;
  }

  int ask_once() const {
    const int descriptor = connect_to(port_);
    ::send(descriptor, kRequest.data(), kRequest.size(), MSG_NOSIGNAL);
    char bytes[4096];
    if (::recv(descriptor, bytes, sizeof bytes, 0) <= 0)
      throw std::runtime_error("an idle connection was not answered");
    return descriptor;
  }

  const std::uint16_t port_;
  std::vector<int> idle_;
  std::vector<int> slow_;
};

}  // namespace

std::vector<Figure> measure_crowd(const Effort& effort) {
  allow_descriptors(static_cast<rlim_t>(effort.slow + effort.idle + 200));
  const ServerProcess quiet([](const auto& ready) { serve_door(ready); });
  const ServerProcess full([](const auto& ready) { serve_door(ready); });
  Crowd crowd(full.port(), effort.slow, effort.idle);
  std::vector<double> alone, among;
  std::size_t wrong = 0;
  const auto slice = effort.each / 10;  // the crowd moves between the slices, and while they run its bytes arrive
  for (int round = 0; round < effort.rounds; ++round) {
    std::vector<double> quiet_times, full_times;
    for (int i = 0; i < 10; ++i) {
      const Measured one = run_load({quiet.port(), 8, slice, kRequest, 0});
      crowd.drip();
      const Measured two = run_load({full.port(), 8, slice, kRequest, 0});
      quiet_times.insert(quiet_times.end(), one.microseconds.begin(), one.microseconds.end());
      full_times.insert(full_times.end(), two.microseconds.begin(), two.microseconds.end());
      wrong += one.wrong + two.wrong;
    }
    alone.push_back(quantile(quiet_times, 0.99));
    among.push_back(quantile(full_times, 0.99));
  }
  char note[200];
  std::snprintf(note, sizeof note, "8 clients; limit: the same door without them; medians of %d rounds; %zu wrong",
                effort.rounds, wrong);
  return {
      {"p99 beside " + std::to_string(effort.slow) + " slow and " + std::to_string(effort.idle) + " idle connections",
       median(among), median(alone), 2.0, false, "us", note}};
}

}  // namespace rosterd::bench
