#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace rosterd::http::test {

// The mistake that the churn experiment looks for, made on purpose: answers find back by descriptor number, and the
// number of a client that has left belongs to the next one by then.
class LeakyServer {
 public:
  LeakyServer();
  ~LeakyServer();
  LeakyServer(const LeakyServer&) = delete;
  LeakyServer& operator=(const LeakyServer&) = delete;

  std::uint16_t port() const { return port_; }

 private:
  struct Job {
    int descriptor;
    std::string request;
  };
  void serve();
  void answer();

  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> jobs_;
  std::vector<std::thread> threads_;
};

}  // namespace rosterd::http::test
