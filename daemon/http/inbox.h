#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "daemon/http/message.h"

namespace rosterd::http {

// An answer on its way back. Connection ids are never used twice, so it reaches its own connection or nobody.
struct Answer {
  std::uint64_t connection = 0;
  std::string request_id;
  Response response;
};

// Where request threads leave answers for one reactor thread. An eventfd wakes it when it rests; while it works, it
// looks at the end of its turn. Safe from any thread.
class Inbox {
 public:
  Inbox();  // throws std::system_error
  ~Inbox();
  Inbox(const Inbox&) = delete;
  Inbox& operator=(const Inbox&) = delete;

  void put(Answer answer);
  void wake();
  int descriptor() const { return descriptor_; }

  // The reactor thread's part: a turn begins; the eventfd was readable; the answers so far; a turn ends, and answers
  // that came since take() wake it again.
  void begin_turn();
  void quiet();
  std::vector<Answer> take();
  void end_turn();

 private:
  int descriptor_;
  std::mutex mutex_;
  std::vector<Answer> answers_;
  bool resting_ = true;
};

}  // namespace rosterd::http
