#include "daemon/mail/delivered_note.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>

namespace rosterd::mail {

constexpr std::size_t kIdLength = 36;  // a UUID

void note_delivered(const std::string& path, std::string_view message_id) noexcept {
  if (path.empty() || message_id.size() != kIdLength) return;
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) return;
  // Always the same few bytes in the same place: no growth, no room needed on a full disk.
  [[maybe_unused]] const auto written = ::pwrite(file, message_id.data(), message_id.size(), 0);
  ::close(file);
}

std::string delivered_note(const std::string& path) {
  if (path.empty()) return {};
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (file < 0) return {};
  std::array<char, kIdLength> id{};
  const auto got = ::read(file, id.data(), id.size());
  ::close(file);
  return got == static_cast<ssize_t>(kIdLength) ? std::string(id.data(), id.size()) : std::string();
}

}  // namespace rosterd::mail
