// Ends a blocking call of the LDAP library by shutting its socket down: libldap's own time limits leave holes (a TLS
// handshake with a silent host, the rest of a half-sent message), a dead socket leaves none.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

namespace rosterd::ldap {

// Thread-safe. One thread of its own, which sleeps until a deadline passes.
class Watchdog {
 public:
  // When `stop` is requested, the socket is shut down at once.
  explicit Watchdog(std::stop_token stop);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  // Keeps a duplicate of `fd`, so that a number that is closed and used again elsewhere is never hit.
  void watch(int fd);
  bool watching() const;

  // The socket dies when neither rest() nor another expect_within() comes in time.
  void expect_within(std::chrono::milliseconds time);
  void rest();

  bool timed_out() const;
  bool cancelled() const;

 private:
  using Time = std::chrono::steady_clock::time_point;

  void run(const std::stop_token& end);
  void shut_down();  // REQUIRES: mutex_ held
  void cancel();

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  int fd_ = -1;
  std::optional<Time> deadline_;
  Time wakes_at_ = Time::max();
  bool timed_out_ = false;
  bool cancelled_ = false;
  std::jthread thread_;
  std::optional<std::stop_callback<std::function<void()>>> on_stop_;
};

}  // namespace rosterd::ldap
