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

// Where request threads leave answers for one reactor thread; an eventfd wakes it. Safe from any thread.
class Inbox {
 public:
  Inbox();  // throws std::system_error
  ~Inbox();
  Inbox(const Inbox&) = delete;
  Inbox& operator=(const Inbox&) = delete;

  void put(Answer answer);
  void wake();
  std::vector<Answer> take();  // also quiets the eventfd
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
  std::mutex mutex_;
  std::vector<Answer> answers_;
};

}  // namespace rosterd::http
