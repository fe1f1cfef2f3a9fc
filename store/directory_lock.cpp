#include "store/directory_lock.h"

#include <fcntl.h>
#include <sodium.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

#include "store/outcome.h"

namespace rosterd::store {
namespace {

constexpr std::size_t kKeyBytes = 32;

[[noreturn]] void fail(const std::string& doing, int error = errno) {
  const auto kind = error == ENOSPC || error == EDQUOT ? StoreError::Kind::full : StoreError::Kind::io;
  const std::string why = error == ELOOP ? "it is a symbolic link" : std::generic_category().message(error);
  throw StoreError(kind, "store: " + doing + ": " + why);
}

class File {
 public:
  File(const std::string& path, int flags, mode_t mode = 0) : fd_(::open(path.c_str(), flags | O_CLOEXEC, mode)) {}
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

std::string read_key(int fd, const std::string& path) {
  std::string key(kKeyBytes + 1, '\0');
  const ssize_t got = ::read(fd, key.data(), key.size());
  if (got < 0) fail("read " + path);
  if (got != static_cast<ssize_t>(kKeyBytes))
    throw StoreError(StoreError::Kind::corrupt, "store: " + path + " does not hold 32 bytes; restore it from a backup");
  key.resize(kKeyBytes);
  if (::fchmod(fd, 0600) != 0) fail("protect " + path);
  return key;
}

std::string make_key(const std::string& directory, const std::string& path) {
  if (sodium_init() < 0) throw StoreError(StoreError::Kind::internal, "store: no random numbers");
  std::string key(kKeyBytes, '\0');
  randombytes_buf(key.data(), key.size());
  const std::string draft = path + ".new";
  ::unlink(draft.c_str());
  File file(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
  if (file.fd() < 0) fail("create " + draft);
  if (::write(file.fd(), key.data(), key.size()) != static_cast<ssize_t>(key.size())) fail("write " + draft);
  if (::fsync(file.fd()) != 0) fail("sync " + draft);
  if (std::rename(draft.c_str(), path.c_str()) != 0) fail("rename " + draft);
  sync_directory(directory);
  return key;
}

}  // namespace

DirectoryLock::DirectoryLock(const std::string& directory) {
  const std::string path = directory + "/rosterd.lock";
  file_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (file_ < 0) fail("open " + path);
  if (::flock(file_, LOCK_EX | LOCK_NB) == 0) return;
  const int error = errno;
  ::close(file_);
  if (error != EWOULDBLOCK) fail("lock " + path, error);
  throw StoreError(StoreError::Kind::locked_by_other, "store: " + directory + " is in use by another rosterd process");
}

DirectoryLock::~DirectoryLock() {
  ::close(file_);
}

std::string load_secret_key(const std::string& directory) {
  const std::string path = directory + "/secret.key";
  File file(path, O_RDONLY | O_NOFOLLOW);
  if (file.fd() >= 0) return read_key(file.fd(), path);
  if (errno != ENOENT) fail("open " + path);
  return make_key(directory, path);
}

void prepare_database_file(const std::string& path) {
  File file(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0640);
  if (file.fd() < 0) {
    if (errno != EEXIST) fail("create " + path);
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) fail("look at " + path);
    if (!S_ISREG(status.st_mode)) throw StoreError(StoreError::Kind::io, "store: " + path + " is not a regular file");
    return;
  }
  if (::fchmod(file.fd(), 0640) != 0) fail("protect " + path);  // whatever the umask says
}

void sync_directory(const std::string& directory) {
  File file(directory, O_RDONLY | O_DIRECTORY);
  if (file.fd() < 0) fail("open " + directory);
  if (::fsync(file.fd()) != 0) fail("sync " + directory);
}

}  // namespace rosterd::store
