#include "store/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <system_error>

#include "store/outcome.h"

namespace rosterd::store {
namespace {

void write_all(int to, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(to, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) fail_with_errno("write " + path);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace

void fail_with_errno(const std::string& doing, int error) {
  const auto kind = error == ENOSPC || error == EDQUOT ? StoreError::Kind::full : StoreError::Kind::io;
  const std::string why = error == ELOOP ? "it is a symbolic link" : std::generic_category().message(error);
  throw StoreError(kind, "store: " + doing + ": " + why);
}

File::File(const std::string& path, int flags, mode_t mode) : fd_(::open(path.c_str(), flags | O_CLOEXEC, mode)) {}

File::~File() {
  if (fd_ >= 0) ::close(fd_);
}

void create_file(const std::string& path, mode_t mode, const std::string& bytes) {
  const File file(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
  if (file.fd() < 0) fail_with_errno("create " + path);
  if (::fchmod(file.fd(), mode) != 0) fail_with_errno("protect " + path);
  write_all(file.fd(), bytes, path);
  if (::fsync(file.fd()) != 0) fail_with_errno("sync " + path);
}

void copy_bytes(int from, int to, const std::string& name) {
  std::array<char, 65536> buffer;
  off_t at = 0;
  while (true) {
    const ssize_t got = ::pread(from, buffer.data(), buffer.size(), at);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail_with_errno("read what is copied to " + name);
    if (got == 0) return;
    write_all(to, {buffer.data(), static_cast<std::size_t>(got)}, name);
    at += got;
  }
}

void copy_file(int from, const std::string& to) {
  const File file(to, O_WRONLY | O_NOFOLLOW);
  if (file.fd() < 0) fail_with_errno("open " + to);
  copy_bytes(from, file.fd(), to);
  if (::fsync(file.fd()) != 0) fail_with_errno("sync " + to);
}

void sync_file(const std::string& path) {
  const File file(path, O_RDONLY | O_NOFOLLOW);
  if (file.fd() < 0) fail_with_errno("open " + path);
  if (::fsync(file.fd()) != 0) fail_with_errno("sync " + path);
}

void sync_directory(const std::string& directory) {
  const File file(directory, O_RDONLY | O_DIRECTORY);
  if (file.fd() < 0) fail_with_errno("open " + directory);
  if (::fsync(file.fd()) != 0) fail_with_errno("sync " + directory);
}

}  // namespace rosterd::store
