#include "daemon/http/inbox.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace rosterd::http {

Inbox::Inbox() : descriptor_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  if (descriptor_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

Inbox::~Inbox() {
  ::close(descriptor_);
}

void Inbox::put(Answer answer) {
  bool rests = false;
  {
    const std::lock_guard lock(mutex_);
    answers_.push_back(std::move(answer));
    rests = std::exchange(resting_, false);
  }
  if (rests) wake();
}

void Inbox::wake() {
  ::eventfd_write(descriptor_, 1);
}

void Inbox::begin_turn() {
  const std::lock_guard lock(mutex_);
  resting_ = false;
}

void Inbox::quiet() {
  eventfd_t ignored = 0;
  ::eventfd_read(descriptor_, &ignored);
}

std::vector<Answer> Inbox::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(answers_, {});
}

void Inbox::end_turn() {
  bool more = false;
  {
    const std::lock_guard lock(mutex_);
    more = !answers_.empty();
    resting_ = !more;
  }
  if (more) wake();
}

}  // namespace rosterd::http
