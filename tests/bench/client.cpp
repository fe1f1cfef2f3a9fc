// A small HTTP client for load: one thread, many connections, one request in flight on each, answers checked by status.
// Prints what it saw as JSON. Placeholders in --path and --body: {n} a number (see --first, --modulo), {id} a line of
// --ids, {page} the start index of the next page, {cursor} where the answer before said that the next page begins
// (--pages of them, then from the start). Bodies alternate between --body and --other-body, when both are given;
// --body-file is sent as it is.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>
#include <vector>

#include "tests/bench/options.h"
#include "tests/bench/person.h"

namespace {

using rosterd::bench::Options;
using Time = std::chrono::steady_clock;

constexpr std::size_t kStride = 7919;  // a prime: numbers are visited in no order that a cache would like

struct Connection {
  int socket = -1;
  std::string in = {};
  Time::time_point sent = {};
};

class Client {
 public:
  explicit Client(const Options& options) : options_(options), requests_(options.number("--requests")) {
    std::ifstream file(options.text("--ids"));
    for (std::string line; std::getline(file, line);) ids_.push_back(line);
    if (!options.text("--body-file").empty()) {
      std::ifstream given(options.text("--body-file"));
      file_body_.assign(std::istreambuf_iterator<char>(given), {});
    }
    latencies_.reserve(requests_);
    epoll_ = ::epoll_create1(0);
  }

  void run() {
    connections_.resize(std::min(options_.number("--connections"), requests_));
    for (std::size_t i = 0; i < connections_.size(); ++i) open(i);
    const auto begin = Time::now();
    for (auto& connection : connections_) send_next(connection);
    epoll_event events[64];
    while (latencies_.size() < requests_) {
      const int ready = ::epoll_wait(epoll_, events, 64, 60'000);
      if (ready <= 0) throw std::runtime_error("no answer within 60 s");
      for (int i = 0; i < ready; ++i) read(connections_[events[i].data.u64]);
    }
    seconds_ = std::chrono::duration<double>(Time::now() - begin).count();
  }

  void print() {
    std::sort(latencies_.begin(), latencies_.end());
    const auto at = [&](double share) {
      return latencies_[static_cast<std::size_t>(share * static_cast<double>(latencies_.size() - 1))];
    };
    std::printf(
        "{\"requests\":%zu,\"seconds\":%.6f,\"per_second\":%.1f,\"p50_us\":%.1f,\"p99_us\":%.1f,\"wrong\":%zu,"
        "\"bytes\":%zu}\n",
        requests_, seconds_, static_cast<double>(requests_) / seconds_, at(0.5), at(0.99), wrong_, bytes_ / requests_);
  }

 private:
  void open(std::size_t index) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(options_.number("--port")));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
    if (socket < 0 || ::connect(socket, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0)
      throw std::runtime_error(std::string("connect: ") + std::strerror(errno));
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    connections_[index].socket = socket;
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = index;
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, socket, &event);
  }

  std::string filled(std::string text) const {
    const auto put = [&](const char* name, const auto& value) {
      for (std::size_t at = 0; (at = text.find(name, at)) != std::string::npos;)
        text.replace(at, std::strlen(name), value());
    };
    const std::size_t modulo = options_.number("--modulo");
    const std::size_t number = options_.number("--first") + (modulo ? next_ * kStride % modulo : next_);
    put("{n}", [&] { return rosterd::bench::person_number(number); });
    put("{id}", [&] { return ids_.empty() ? std::string("none") : ids_[next_ * kStride % ids_.size()]; });
    put("{page}", [&] { return std::to_string(1 + next_ % options_.number("--pages") * 100); });
    put("{cursor}", [&] { return next_ % options_.number("--pages") == 0 ? std::string() : cursor_; });
    return text;
  }

  void send_next(Connection& connection) {
    if (next_ == requests_) return;
    const bool other = next_ % 2 == 1 && !options_.text("--other-body").empty();
    const std::string body = file_body_.empty() ? filled(options_.text(other ? "--other-body" : "--body")) : file_body_;
    std::string request = options_.text("--method") + " " + filled(options_.text("--path")) +
                          " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + options_.text("--token") + "\r\n";
    if (!body.empty())
      request += "Content-Type: application/scim+json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
    request += "\r\n" + body;
    ++next_;
    connection.sent = Time::now();
    if (::send(connection.socket, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size()))
      throw std::runtime_error("the server took only a part of a request");
  }

  void read(Connection& connection) {
    char bytes[65536];
    const ssize_t count = ::recv(connection.socket, bytes, sizeof bytes, 0);
    if (count <= 0) throw std::runtime_error("the server closed a connection");
    connection.in.append(bytes, static_cast<std::size_t>(count));
    const std::size_t end = connection.in.find("\r\n\r\n");
    if (end == std::string::npos) return;
    const std::size_t field = connection.in.find("Content-Length: ");
    const std::size_t length = field < end ? std::strtoul(connection.in.c_str() + field + 16, nullptr, 10) : 0;
    if (connection.in.size() < end + 4 + length) return;
    latencies_.push_back(std::chrono::duration<double, std::micro>(Time::now() - connection.sent).count());
    bytes_ += length;
    if (connection.in.compare(9, 3, options_.text("--expect")) != 0 && wrong_++ == 0)
      std::cerr << "unexpected answer: " << connection.in.substr(0, 600) << "\n";
    note_cursor(connection.in);
    connection.in.clear();
    send_next(connection);
  }

  void note_cursor(const std::string& answer) {
    static constexpr std::string_view kName = "\"nextCursor\":\"";
    const std::size_t at = answer.rfind(kName);
    cursor_ = at == std::string::npos
                  ? ""
                  : answer.substr(at + kName.size(), answer.find('"', at + kName.size()) - at - kName.size());
  }

  const Options& options_;
  const std::size_t requests_;
  std::string cursor_;
  std::vector<std::string> ids_;
  std::string file_body_;
  std::vector<Connection> connections_;
  std::vector<double> latencies_;
  int epoll_ = -1;
  std::size_t next_ = 0;
  std::size_t wrong_ = 0;
  std::size_t bytes_ = 0;
  double seconds_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  try {
    const Options options(argc, argv,
                          {{"--port", "0"},
                           {"--connections", "1"},
                           {"--requests", "1000"},
                           {"--method", "GET"},
                           {"--path", "/"},
                           {"--body", ""},
                           {"--body-file", ""},
                           {"--other-body", ""},
                           {"--token", ""},
                           {"--expect", "200"},
                           {"--ids", "/dev/null"},
                           {"--first", "0"},
                           {"--modulo", "0"},
                           {"--pages", "1"}});
    Client client(options);
    client.run();
    client.print();
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "client: " << error.what() << "\n";
    return 1;
  }
}
