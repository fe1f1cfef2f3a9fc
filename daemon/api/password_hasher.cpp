#include "daemon/api/password_hasher.h"

#include <sodium.h>

#include <stdexcept>

namespace rosterd::api {
namespace {

constexpr unsigned long long kPasses = 2;
constexpr std::size_t kMemory = 19 * 1024 * 1024;

}  // namespace

std::string hash_password(std::string_view password) {
  char encoded[crypto_pwhash_STRBYTES];
  if (crypto_pwhash_str_alg(encoded, password.data(), password.size(), kPasses, kMemory,
                            crypto_pwhash_ALG_ARGON2ID13) != 0) {
    throw std::runtime_error("no memory for hashing a password");
  }
  return encoded;
}

bool verify_password(std::string_view encoded_hash, std::string_view password) {
  if (encoded_hash.empty() || encoded_hash.size() >= crypto_pwhash_STRBYTES) return false;
  char encoded[crypto_pwhash_STRBYTES] = {};
  encoded_hash.copy(encoded, sizeof encoded - 1);
  return crypto_pwhash_str_verify(encoded, password.data(), password.size()) == 0;
}

// A place among the running ones; not taken when too many wait already.
class PasswordHasher::Turn {
 public:
  explicit Turn(PasswordHasher& hasher) : hasher_(hasher) {
    std::unique_lock lock(hasher.mutex_);
    if (hasher.running_ >= hasher.parallel_) {
      if (hasher.queued_ >= hasher.waiting_) return;
      ++hasher.queued_;
      hasher.condition_.wait(lock, [&] { return hasher.running_ < hasher.parallel_; });
      --hasher.queued_;
    }
    ++hasher.running_;
    taken_ = true;
  }
  ~Turn() {
    if (!taken_) return;
    {
      std::lock_guard lock(hasher_.mutex_);
      --hasher_.running_;
    }
    hasher_.condition_.notify_one();
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  explicit operator bool() const { return taken_; }

 private:
  PasswordHasher& hasher_;
  bool taken_ = false;
};

std::optional<std::string> PasswordHasher::hash(std::string_view password) {
  Turn turn(*this);
  if (!turn) return {};
  return hash_password(password);
}

std::optional<bool> PasswordHasher::verify(const std::optional<std::string>& encoded_hash, std::string_view password) {
  Turn turn(*this);
  if (!turn) return {};
  // Of a random password that nobody kept: comparing with it costs what comparing with a real one costs.
  static const std::string kNobody = [] {
    unsigned char random[32];
    randombytes_buf(random, sizeof random);
    return hash_password({reinterpret_cast<const char*>(random), sizeof random});
  }();
  const bool known = encoded_hash && !encoded_hash->empty();
  const bool same = verify_password(known ? *encoded_hash : kNobody, password);
  return known && same;
}

}  // namespace rosterd::api
