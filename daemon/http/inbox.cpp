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

void Inbox::put(std::list<Answer> answer, const Outlet* outlet) noexcept {
  bool rests = false;
  {
    const std::lock_guard lock(mutex_);
    answers_.splice(answers_.end(), answer);
    // Under the lock: once the reactor has the note, the outlet may be lent to the next request.
    if (outlet && outlet->is_unwatched()) return;
    wanted_ = true;
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

std::list<Answer> Inbox::take() {
  const std::lock_guard lock(mutex_);
  wanted_ = false;
  return std::exchange(answers_, {});
}

void Inbox::end_turn() {
  bool more = false;
  {
    const std::lock_guard lock(mutex_);
    more = wanted_;
    resting_ = !more;
  }
  if (more) wake();
}

}  // namespace rosterd::http
