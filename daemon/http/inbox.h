#pragma once

#include <cstdint>
#include <list>
#include <mutex>
#include <optional>

#include "daemon/http/message.h"
#include "daemon/http/outgoing.h"
#include "daemon/http/outlet.h"

namespace rosterd::http {

// An answer on its way back, or the note that it was written. Connection ids are never used twice, nor numbers of one
// connection's requests, so it reaches its own connection or nobody.
struct Answer {
  std::uint64_t connection = 0;
  std::uint64_t request = 0;
  Response response;
  std::optional<Outgoing> written;  // by the request thread; what it could not send is left in it
};

// Where request threads leave answers for one reactor thread. An eventfd wakes it when it rests; while it works, it
// looks at the end of its turn. A note that nobody waits for wakes nobody: a turn takes it before anything else, and
// the client's next bytes or the next tick begin one. Safe from any thread.
class Inbox {
 public:
  Inbox();  // throws std::system_error
  ~Inbox();
  Inbox(const Inbox&) = delete;
  Inbox& operator=(const Inbox&) = delete;

  // Takes the one answer of the list; allocates nothing, so it cannot fail. `outlet` when the answer was written there.
  void put(std::list<Answer> answer, const Outlet* outlet) noexcept;
  void wake();
  int descriptor() const { return descriptor_; }

  // The reactor thread's part: a turn begins; the eventfd was readable; the answers so far; a turn ends, and answers
  // that came since take() wake it again.
  void begin_turn();
  void quiet();
  std::list<Answer> take();
  void end_turn();

 private:
  int descriptor_;
  std::mutex mutex_;
  std::list<Answer> answers_;
  bool wanted_ = false;  // one of them does not wait for a turn that begins by itself
  bool resting_ = true;
};

}  // namespace rosterd::http
