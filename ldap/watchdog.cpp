#include "ldap/watchdog.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace rosterd::ldap {

Watchdog::Watchdog(std::stop_token stop) : thread_([this](const std::stop_token& end) { run(end); }) {
  on_stop_.emplace(std::move(stop), [this] { cancel(); });
}

Watchdog::~Watchdog() {
  on_stop_.reset();
  thread_.request_stop();
  thread_.join();
  if (fd_ >= 0) ::close(fd_);
}

void Watchdog::watch(int fd) {
  const std::lock_guard lock(mutex_);
  if (fd_ >= 0) ::close(fd_);
  fd_ = ::fcntl(fd, F_DUPFD_CLOEXEC, 0);
  if (timed_out_ || cancelled_) shut_down();
}

bool Watchdog::watching() const {
  const std::lock_guard lock(mutex_);
  return fd_ >= 0;
}

void Watchdog::expect_within(std::chrono::milliseconds time) {
  const std::lock_guard lock(mutex_);
  deadline_ = std::chrono::steady_clock::now() + time;
  if (*deadline_ < wakes_at_) changed_.notify_one();  // a later deadline is seen when the thread wakes for the earlier
}

void Watchdog::rest() {
  const std::lock_guard lock(mutex_);
  deadline_.reset();
}

bool Watchdog::timed_out() const {
  const std::lock_guard lock(mutex_);
  return timed_out_;
}

bool Watchdog::cancelled() const {
  const std::lock_guard lock(mutex_);
  return cancelled_;
}

void Watchdog::run(const std::stop_token& end) {
  std::unique_lock lock(mutex_);
  while (!end.stop_requested()) {
    if (deadline_ && std::chrono::steady_clock::now() >= *deadline_) {
      timed_out_ = true;
      deadline_.reset();
      shut_down();
    }
    wakes_at_ = deadline_.value_or(Time::max());
    const auto earlier = [this] { return deadline_ && *deadline_ < wakes_at_; };
    if (deadline_) {
      changed_.wait_until(lock, end, wakes_at_, earlier);
    } else {
      changed_.wait(lock, end, earlier);
    }
  }
}

void Watchdog::shut_down() {
  if (fd_ >= 0) ::shutdown(fd_, SHUT_RDWR);
}

void Watchdog::cancel() {
  const std::lock_guard lock(mutex_);
  cancelled_ = true;
  shut_down();
}

}  // namespace rosterd::ldap
