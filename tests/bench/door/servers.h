#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>

// Servers to measure, each in a process of its own, so that the client's thread and theirs share nothing.
namespace rosterd::bench {

class ServerProcess {
 public:
  // `serve` opens its listener, tells the port through its argument, and serves until the process is killed.
  explicit ServerProcess(const std::function<void(const std::function<void(std::uint16_t)>&)>& serve);
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  std::uint16_t port() const { return port_; }
  double cpu_seconds() const;  // of all its threads up to now

 private:
  pid_t pid_ = -1;
  std::uint16_t port_ = 0;
};

// The limit: epoll, recv and send of a constant. It looks at no byte of the request.
void serve_echo(const std::string& answer, const std::function<void(std::uint16_t)>& ready);

inline constexpr std::size_t kBodySize = 1024;

// Our door with a handler that answers a constant of kBodySize bytes. Takes 4,096 connections.
void serve_door(const std::function<void(std::uint16_t)>& ready);

}  // namespace rosterd::bench
