// argon2id (RFC 9106) by libsodium: 19 MiB, two passes (OWASP). Slow and hungry on purpose, hence bounded: at most
// `parallel` at once, at most `waiting` callers behind them. Thread-safe.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace rosterd::api {

std::string hash_password(std::string_view password);  // unbounded: for commands
bool verify_password(std::string_view encoded_hash,
                     std::string_view password);  // false too for an empty or broken hash

class PasswordHasher {
 public:
  PasswordHasher(std::size_t parallel, std::size_t waiting) : parallel_(parallel), waiting_(waiting) {}

  // Nothing when the queue is full: answer 429.
  std::optional<std::string> hash(std::string_view password);
  // Takes the same time when there is no hash to compare with (no such person, no password yet).
  std::optional<bool> verify(const std::optional<std::string>& encoded_hash, std::string_view password);

 private:
  class Turn;
  const std::size_t parallel_, waiting_;
  std::mutex mutex_;
  std::condition_variable condition_;
  std::size_t running_ = 0, queued_ = 0;
};

}  // namespace rosterd::api
