// Private to secret.cpp: a secret's file, opened and checked. Refused: a link, anything but a regular file, one that
// others may read or change, one of another user, and one in whose place others could put another.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace rosterd::config {

class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor();
  int get() const { return fd_; }

 private:
  int fd_;
};

struct SecretFileRules {
  mode_t forbidden = 077;                           // permission bits that must not be there
  std::string_view who = "its group or by others";  // for the message
  std::optional<uid_t> service = {};                // an owner who is trusted beside root and the caller
};

struct OpenedSecret {
  Descriptor file;
  std::string problem;  // empty: good
};
OpenedSecret open_secret_file(const std::filesystem::path& path, const SecretFileRules& rules);

}  // namespace rosterd::config
