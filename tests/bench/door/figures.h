#pragma once

#include <chrono>
#include <string>
#include <vector>

// The figures of the HTTP door, as rows for tests/bench/bench.py.
namespace rosterd::bench {

struct Figure {
  std::string what;
  double ours = 0;
  double limit = 0;
  double bar = 0;  // of ours / limit
  bool at_least = false;
  std::string unit;
  std::string note;
};

struct Effort {
  int rounds = 7;
  std::chrono::milliseconds each{1000};  // of each measurement in each round
  int slow = 300;
  int idle = 2000;
};

// The door beside a raw epoll echo: the same client and bytes, interleaved runs, medians.
std::vector<Figure> measure_throughput(const Effort& effort);

// What others feel while many connections are slow or idle, beside the same door without them.
std::vector<Figure> measure_crowd(const Effort& effort);

}  // namespace rosterd::bench
