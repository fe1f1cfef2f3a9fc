#include "store/directory_lock.h"

#include <fcntl.h>
#include <sodium.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "store/file.h"
#include "store/outcome.h"

namespace rosterd::store {
namespace {

constexpr std::size_t kKeyBytes = 32;

// A key that others could read may be known to them: links and the audit trail hang on it, so nothing is healed
// quietly.
void require_secret(int fd, const std::string& path) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) fail_with_errno("examine " + path);
  const bool own = status.st_uid == ::geteuid() || status.st_uid == 0;
  if (!S_ISREG(status.st_mode)) throw StoreError(StoreError::Kind::io, "store: " + path + " is not a regular file");
  if (!own || (status.st_mode & 077) != 0)
    throw StoreError(StoreError::Kind::io, "store: " + path +
                                               (own ? " can be read by others" : " belongs to another user") +
                                               "; make it this user's with mode 0600, or remove it: links that were "
                                               "mailed then end, and the audit trail cannot be verified any more");
}

std::string read_key(int fd, const std::string& path) {
  require_secret(fd, path);
  std::string key(kKeyBytes + 1, '\0');
  const ssize_t got = ::read(fd, key.data(), key.size());
  if (got < 0) fail_with_errno("read " + path);
  if (got != static_cast<ssize_t>(kKeyBytes))
    throw StoreError(StoreError::Kind::corrupt, "store: " + path + " does not hold 32 bytes; restore it from a backup");
  key.resize(kKeyBytes);
  return key;
}

std::string make_key(const std::string& directory) {
  if (sodium_init() < 0) throw StoreError(StoreError::Kind::internal, "store: no random numbers");
  std::string key(kKeyBytes, '\0');
  randombytes_buf(key.data(), key.size());
  write_secret_key(directory, key);
  return key;
}

}  // namespace

DirectoryLock::DirectoryLock(const std::string& directory) {
  const std::string path = directory + "/rosterd.lock";
  file_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (file_ < 0) fail_with_errno("open " + path);
  if (::flock(file_, LOCK_EX | LOCK_NB) == 0) return;
  const int error = errno;
  ::close(file_);
  if (error != EWOULDBLOCK) fail_with_errno("lock " + path, error);
  throw StoreError(StoreError::Kind::locked_by_other, "store: " + directory + " is in use by another rosterd process");
}

DirectoryLock::~DirectoryLock() {
  ::close(file_);
}

std::string load_secret_key(const std::string& directory) {
  const std::string path = directory + "/secret.key";
  const File file(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  if (file.fd() >= 0) return read_key(file.fd(), path);
  if (errno != ENOENT) fail_with_errno("open " + path);
  return make_key(directory);
}

std::string read_secret_key(const std::string& directory) {
  const std::string path = directory + "/secret.key";
  const File file(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  if (file.fd() < 0) fail_with_errno("open " + path);
  return read_key(file.fd(), path);
}

void write_secret_key(const std::string& directory, const std::string& key) {
  const std::string path = directory + "/secret.key";
  const std::string draft = path + ".new";
  ::unlink(draft.c_str());
  create_file(draft, 0600, key);
  if (std::rename(draft.c_str(), path.c_str()) != 0) fail_with_errno("rename " + draft);
  sync_directory(directory);
}

void prepare_database_file(const std::string& path) {
  const File file(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0640);
  if (file.fd() < 0) {
    if (errno != EEXIST) fail_with_errno("create " + path);
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) fail_with_errno("look at " + path);
    if (!S_ISREG(status.st_mode)) throw StoreError(StoreError::Kind::io, "store: " + path + " is not a regular file");
    return;
  }
  if (::fchmod(file.fd(), 0640) != 0) fail_with_errno("protect " + path);  // whatever the umask says
}

}  // namespace rosterd::store
