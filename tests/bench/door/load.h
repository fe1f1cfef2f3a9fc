#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

// A closed-loop HTTP client on one thread: every connection has one request in flight, all day long.
namespace rosterd::bench {

struct Load {
  std::uint16_t port = 0;
  int connections = 32;
  std::chrono::milliseconds duration{1000};
  std::string request;     // complete bytes
  std::size_t answer = 0;  // bytes of one answer; 0: learned from the first answer by its Content-Length
};

struct Measured {
  double per_second = 0;
  std::vector<double> microseconds;  // of each answer
  std::size_t wrong = 0;             // answers that are no 200, and connections that broke
};

// A connected socket. Throws std::runtime_error.
int connect_to(std::uint16_t port);

// Throws std::runtime_error when it cannot connect.
Measured run_load(const Load& load);

double quantile(std::vector<double> values, double q);
double median(std::vector<double> values);

}  // namespace rosterd::bench
