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
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    first = answers_.empty();
    answers_.push_back(std::move(answer));
  }
  if (first) wake();
}

void Inbox::wake() {
  ::eventfd_write(descriptor_, 1);
}

std::vector<Answer> Inbox::take() {
  // Quiet first, then empty: a put in between leaves at worst one needless wake-up, never a forgotten answer.
  eventfd_t ignored = 0;
  ::eventfd_read(descriptor_, &ignored);
  const std::lock_guard lock(mutex_);
  return std::exchange(answers_, {});
}

}  // namespace rosterd::http
