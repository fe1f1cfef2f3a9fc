// What the store keeps beside its database in its directory: the exclusive lock of the process and the secret key.
// Errors: StoreError. A link in place of one of these files is refused; the directory itself may be reached by one.
#pragma once

#include <string>

namespace rosterd::store {

// Held from construction to destruction; the kernel frees it when the process dies. Not copyable.
class DirectoryLock {
 public:
  explicit DirectoryLock(const std::string& directory);  // Kind::locked_by_other when another process holds it
  ~DirectoryLock();
  DirectoryLock(const DirectoryLock&) = delete;
  DirectoryLock& operator=(const DirectoryLock&) = delete;

 private:
  int file_;
};

// 32 random bytes, made once (mode 0600) and never changed: links are derived from it. REQUIRES: the lock is held.
std::string load_secret_key(const std::string& directory);
std::string read_secret_key(const std::string& directory);  // for a backup: makes none
void write_secret_key(const std::string& directory, const std::string& key);
// Makes the database file with mode 0640 before SQLite would with another; its log files inherit the mode.
void prepare_database_file(const std::string& path);

}  // namespace rosterd::store
