#include "daemon/http/admission.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <utility>

namespace rosterd::http {

namespace {

// Commands on the control socket must get in while the public door is full.
constexpr std::size_t kLocalConnections = 32;

// One IPv6 customer owns a whole /64, so that is what is counted.
std::string limit_key(const Peer& peer) {
  if (peer.local_socket) return {};
  in6_addr address{};
  if (::inet_pton(AF_INET6, peer.address.c_str(), &address) != 1) return peer.address;
  return {reinterpret_cast<const char*>(address.s6_addr), 8};
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
  if (peer.local_socket) {
    if (local_ >= kLocalConnections) return {};
    ++local_;
  } else {
    if (open_ - local_ >= connections_) return {};
    std::size_t& count = addresses_[key];
    if (count >= per_address_) return {};
    ++count;
  }
  ++open_;
  return {this, std::move(key)};
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
  if (key.empty()) {
    --local_;
  } else if (auto found = addresses_.find(key); found != addresses_.end() && --found->second == 0) {
    addresses_.erase(found);
  }
  if (--open_ == 0) empty_.notify_all();
}

}  // namespace rosterd::http
