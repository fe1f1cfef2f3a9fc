#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

#include "daemon/http/byte_channel.h"

namespace rosterd::http {

// A connection's channel. It is the reactor thread's; while a request runs, its request thread may be lent the writing
// side and then sends the answer itself. Reading stays with the reactor thread, so only a channel whose read() and
// write() share nothing may be lent. Exactly one of the two threads writes an answer: who takes the turn first.
class Outlet {
 public:
  explicit Outlet(std::unique_ptr<ByteChannel> channel) : channel_(std::move(channel)) {}

  // The reactor thread's part.
  ByteChannel& channel() const { return *channel_; }
  void lend() { turn_ = Turn::lent; }
  // True when the request thread does not write and will not. Otherwise it writes just now, and its note will wake.
  bool take_back() {
    Turn turn = Turn::lent;
    if (turn_.compare_exchange_strong(turn, Turn::ours) || turn == Turn::ours) return true;
    turn = Turn::writing;
    turn_.compare_exchange_strong(turn, Turn::watched);
    return false;
  }
  void returned() { turn_ = Turn::ours; }  // the note has come
  // Closes now, or when the request thread has written. A descriptor is never closed, and never used again, under it.
  void close() {
    const Turn turn = turn_.exchange(Turn::ours);
    if (turn != Turn::writing && turn != Turn::watched) channel_.reset();
  }

  // The request thread's part. Between take() and the note it may use what take() gave; null: the reactor writes.
  ByteChannel* take() {
    Turn turn = Turn::lent;
    return turn_.compare_exchange_strong(turn, Turn::writing) ? channel_.get() : nullptr;
  }
  void give_back() { turn_ = Turn::watched; }                   // unfinished: the note wakes
  bool is_unwatched() const { return turn_ == Turn::writing; }  // nobody waits for the note

 private:
  enum class Turn : std::uint8_t { ours, lent, writing, watched };

  std::unique_ptr<ByteChannel> channel_;
  std::atomic<Turn> turn_{Turn::ours};
};

}  // namespace rosterd::http
