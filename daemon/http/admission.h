#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string>
#include <unordered_map>

#include "daemon/http/message.h"

namespace rosterd::http {

// Counts open connections, all and per address; those of unix sockets apart from the others, all and per user. Safe
// from any thread; must outlive its tickets.
class Admission {
 public:
  Admission(std::size_t connections, std::size_t per_address);

  // The right to one open connection, given back by the destructor.
  class Ticket {
   public:
    Ticket() = default;
    Ticket(Admission* owner, std::string key) : owner_(owner), key_(std::move(key)) {}
    Ticket(Ticket&& other) noexcept;
    Ticket& operator=(Ticket&&) = delete;
    ~Ticket();
    explicit operator bool() const { return owner_ != nullptr; }
    // What limits count as one address: an IPv4 address, an IPv6 /64, or a user of a unix socket.
    const std::string& key() const { return key_; }

   private:
    Admission* owner_ = nullptr;
    std::string key_;
  };

  Ticket enter(const Peer& peer);  // false when over a limit
  // Before enter(), for TLS: false when this address has begun too many in the last two seconds. Free are loopback, as
  // its programs share our processor anyway, and a proxy's address, which may have all connections.
  bool may_shake_hands(const Peer& peer, std::chrono::steady_clock::time_point now);
  std::size_t open() const;
  bool wait_empty(std::chrono::steady_clock::time_point until);

 private:
  void leave(const std::string& key);

  const std::size_t connections_;
  const std::size_t per_address_;
  mutable std::mutex mutex_;
  std::condition_variable empty_;
  std::size_t open_ = 0;
  std::size_t local_ = 0;
  std::unordered_map<std::string, std::size_t> keys_;        // only those that hold something
  std::unordered_map<std::string, std::size_t> handshakes_;  // begun in this window
  std::chrono::steady_clock::time_point window_end_{};
};

}  // namespace rosterd::http
