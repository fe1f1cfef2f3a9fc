// Files beside the database, made durable. A link in place of one is refused. Errors: StoreError (full, io) with the
// path. Inside store/ only.
#pragma once

#include <sys/types.h>

#include <cerrno>
#include <string>

namespace rosterd::store {

[[noreturn]] void fail_with_errno(const std::string& doing, int error = errno);

class File {
 public:
  File(const std::string& path, int flags, mode_t mode = 0);
  ~File();
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int fd() const { return fd_; }  // -1: see errno

 private:
  int fd_;
};

// A new file with exactly this mode, whatever the umask says, holding `bytes`, synced.
void create_file(const std::string& path, mode_t mode, const std::string& bytes = {});
// All bytes of the open file `from` to the open file `to`, which is called `name` in errors.
void copy_bytes(int from, int to, const std::string& name);
// The same into the existing `to`, synced.
void copy_file(int from, const std::string& to);
void sync_file(const std::string& path);
void sync_directory(const std::string& directory);

}  // namespace rosterd::store
