#include "daemon/config/secret.h"

#include <sodium.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "daemon/config/secret_file.h"

namespace rosterd::config {
namespace {

void wipe(std::string& text) {
  text.resize(text.capacity());
  sodium_memzero(text.data(), text.size());
  text.clear();
}

SecretResult failed(std::string message) {
  return {.secret = Secret{}, .error = std::move(message)};
}

SecretResult read_checked(const std::filesystem::path& path, const SecretFileRules& rules) {
  const std::string name = "\"" + path.string() + "\"";
  const OpenedSecret opened = open_secret_file(path, rules);
  if (!opened.problem.empty()) return failed(opened.problem);
  const int fd = opened.file.get();

  std::string value(kMaxSecretBytes + 1, '\0');
  std::size_t size = 0;
  while (size < value.size()) {
    const ssize_t got = ::read(fd, value.data() + size, value.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed("cannot read " + name + ": " + std::strerror(errno));
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  const bool too_long = size > kMaxSecretBytes;
  if (size > 0 && value[size - 1] == '\n') --size;
  if (size > 0 && value[size - 1] == '\r') --size;
  const bool has_nul = std::memchr(value.data(), 0, size) != nullptr;
  Secret secret{value.substr(0, size)};
  wipe(value);
  if (too_long) return failed(name + " is larger than 16 KiB");
  if (secret.empty()) return failed(name + " is empty");
  if (has_nul) return failed(name + " holds a NUL byte");
  return {.secret = std::move(secret)};
}

}  // namespace

Secret::Secret(Secret&& other) noexcept : value_(other.value_) {
  wipe(other.value_);
}

Secret& Secret::operator=(const Secret& other) {
  if (this != &other) {
    wipe(value_);
    value_ = other.value_;
  }
  return *this;
}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    wipe(value_);
    value_ = other.value_;
    wipe(other.value_);
  }
  return *this;
}

Secret::~Secret() {
  wipe(value_);
}

SecretResult read_secret_file(const std::filesystem::path& path, std::optional<uid_t> service) {
  return read_checked(path, {.service = service});
}

SecretResult read_credential(const std::filesystem::path& directory, std::string_view name) {
  const std::string text{name};
  if (name.empty() || name.find('/') != std::string_view::npos || name == "." || name == "..") {
    return failed("\"" + text + "\" is no credential name");
  }
  if (directory.empty()) {
    return failed("credential \"" + text + "\": no $CREDENTIALS_DIRECTORY here; use LoadCredential=" + text +
                  ":PATH in the unit, or the _file form");
  }
  return read_checked(directory / text, {.forbidden = 07, .who = "others"});
}

}  // namespace rosterd::config
