#include "daemon/http/admission.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <utility>

namespace rosterd::http {

namespace {

constexpr std::string_view kUser = "uid:";
constexpr std::chrono::seconds kWindow{2};
constexpr std::size_t kHandshakesPerWindow = 40;

// One IPv6 customer owns a whole /64, so that is what is counted.
std::string limit_key(const Peer& peer) {
  if (peer.local_socket) return std::string(kUser) + (peer.uid ? std::to_string(*peer.uid) : "?");
  in6_addr address{};
  if (::inet_pton(AF_INET6, peer.address.c_str(), &address) != 1) return peer.address;
  return "[" + std::string(reinterpret_cast<const char*>(address.s6_addr), 8);
}

}  // namespace

Admission::Admission(std::size_t connections, std::size_t per_address)
    : connections_(connections), per_address_(per_address) {}

Admission::Ticket::Ticket(Ticket&& other) noexcept
    : owner_(std::exchange(other.owner_, nullptr)), key_(std::move(other.key_)) {}

Admission::Ticket::~Ticket() {
  if (owner_) owner_->leave(key_);
}

Admission::Ticket Admission::enter(const Peer& peer) {
  std::string key = limit_key(peer);
  const std::lock_guard lock(mutex_);
  if ((peer.local_socket ? local_ : open_ - local_) >= connections_) return {};
  const auto held = keys_.find(key);
  if ((held == keys_.end() ? 0 : held->second) >= per_address_) return {};
  ++keys_[key];
  if (peer.local_socket) ++local_;
  ++open_;
  return {this, std::move(key)};
}

bool Admission::may_shake_hands(const Peer& peer, std::chrono::steady_clock::time_point now) {
  if (per_address_ >= connections_ || peer.address.starts_with("127.") || peer.address == "::1") return true;
  std::string key = limit_key(peer);
  const std::lock_guard lock(mutex_);
  if (now >= window_end_) {  // all at once: what is remembered is then bounded by what was accepted in one window
    handshakes_.clear();
    window_end_ = now + kWindow;
  }
  return ++handshakes_[std::move(key)] <= kHandshakesPerWindow;
}

std::size_t Admission::open() const {
  const std::lock_guard lock(mutex_);
  return open_;
}

bool Admission::wait_empty(std::chrono::steady_clock::time_point until) {
  std::unique_lock lock(mutex_);
  return empty_.wait_until(lock, until, [this] { return open_ == 0; });
}

void Admission::leave(const std::string& key) {
  const std::lock_guard lock(mutex_);
  if (key.starts_with(kUser)) --local_;
  if (const auto found = keys_.find(key); found != keys_.end() && --found->second == 0) keys_.erase(found);
  if (--open_ == 0) empty_.notify_all();
}

}  // namespace rosterd::http
