// A backup is one file: a consistent copy of the database, and the secret key without which its invitation links would
// be dead. It holds what both hold: keep it as the store itself. Errors: StoreError.
#pragma once

#include <cstdint>
#include <string>

#include "store/store.h"

namespace rosterd::store {

struct BackupReport {
  std::uint64_t bytes = 0;
  std::uint64_t people = 0;
  int schema = 0;
};

// The file that a backup becomes: made by whoever asked for it, with his rights, filled through fd(), mode 0600.
// Appears under its name only by name_it(), synced; without that nothing stays. Refuses (Kind::io) a name that is
// taken, unless `overwrite`.
class BackupFile {
 public:
  BackupFile(std::string file, bool overwrite);
  ~BackupFile();
  BackupFile(const BackupFile&) = delete;
  BackupFile& operator=(const BackupFile&) = delete;
  int fd() const { return fd_; }
  void name_it();

 private:
  const std::string file_;
  const std::string part_;
  const bool overwrite_;
  int fd_;
};

// Writes the store in `directory`, complete and checked, into the open file `to`, while a daemon goes on writing or
// while none runs. Needs the rights of the store's owner and wants no more: SQLite follows what it finds beside a
// database. Works in a private folder of the store, which for a moment holds the whole copy; one at a time (Kind::io).
BackupReport copy_store(const std::string& directory, int to, Instant now);

struct Restored {
  Instant taken;           // when the backup was made
  std::string kept_aside;  // directory with what was there before; empty: nothing was
  std::uint64_t people = 0;
  std::string audit_problem;  // a sentence when the backup's audit trail does not hold; it is restored all the same
};

// Puts the backup that is open as `file` in place of the store in `directory`. What was there is kept aside. Sessions
// end, and the outbox is on hold (outbox_hold.h): what was queued then may have been sent since. Takes the store's lock
// (Kind::locked_by_other); Kind::newer_schema and Kind::corrupt (damaged, or with a schema_problem) leave everything as
// it was. Cut off at any point it
// leaves the old store, or one that refuses to open until it is run again.
Restored restore(const std::string& directory, int file, const Clock& clock, const Actor& actor);

// A sentence when the database holds what no rosterd put there, as a trigger that swallows changes, or lacks something;
// empty: neither. Cheap.
std::string schema_problem(const View&);

}  // namespace rosterd::store
