#include "store/backup.h"

#include <fcntl.h>
#include <sodium.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "store/audit.h"
#include "store/audit_chain.h"
#include "store/damage.h"
#include "store/directory_lock.h"
#include "store/file.h"
#include "store/outbox_hold.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/copy.h"
#include "store/sqlite/migrations.h"

namespace rosterd::store {
namespace {

namespace fs = std::filesystem;

constexpr const char* kDatabase = "rosterd.db";
constexpr const char* kKey = "secret.key";

std::uint64_t count_people(Connection& db) {
  Statement row = db.prepare("SELECT COUNT(*) FROM users WHERE hidden = 0");
  return row.step() ? static_cast<std::uint64_t>(row.integer(0)) : 0;
}

std::string to_hex(const std::string& bytes) {
  std::string hex(bytes.size() * 2 + 1, '\0');
  sodium_bin2hex(hex.data(), hex.size(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  hex.pop_back();
  return hex;
}

std::string from_hex(const std::string& hex) {
  std::string bytes(hex.size() / 2, '\0');
  std::size_t length = 0;
  if (sodium_hex2bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), hex.data(), hex.size(), nullptr,
                     &length, nullptr) != 0 ||
      length != bytes.size())
    throw StoreError(StoreError::Kind::corrupt, "store: the backup's key is damaged");
  return bytes;
}

std::string parent_of(const std::string& file) {
  const std::string parent = fs::path(file).parent_path().string();
  return parent.empty() ? "." : parent;
}

// `backing-up` in the store's directory; one that was cut off is removed. The lock is on the directory itself, which
// the daemon does not lock.
class PrivateFolder {
 public:
  explicit PrivateFolder(const std::string& directory)
      : lock_(directory, O_RDONLY | O_DIRECTORY), path_(directory + "/backing-up") {
    if (lock_.fd() < 0) fail_with_errno("open " + directory);
    if (::flock(lock_.fd(), LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK) fail_with_errno("lock " + directory);
      throw StoreError(StoreError::Kind::io, "store: another backup is being made");
    }
    fs::remove_all(path_);
    if (::mkdir(path_.c_str(), 0700) != 0) fail_with_errno("make " + path_);
  }
  ~PrivateFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  PrivateFolder(const PrivateFolder&) = delete;
  PrivateFolder& operator=(const PrivateFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  const File lock_;
  const std::string path_;
};

// The backup as a store of its own, ready to be put in place: opened once by the real store, which brings its schema up
// to date and takes the facts of the restore.
Restored prepare_draft(const std::string& draft, int file, const Clock& clock, const Actor& actor) {
  const std::string database = draft + "/" + kDatabase;
  prepare_database_file(database);
  copy_file(file, database);
  const Notes notes = read_notes(database);
  const auto note = [&](const char* name) {
    const auto found = notes.find(name);
    if (found == notes.end()) throw StoreError(StoreError::Kind::corrupt, "store: the backup is not complete");
    return found->second;
  };
  write_secret_key(draft, from_hex(note("secret.key")));
  Restored restored;
  restored.taken = from_millis(std::stoll(note("taken")));
  const auto store = Store::open({.directory = draft, .readers = 1}, clock);
  store->write(actor, [&](Unit& unit) {
    unit.db().execute("PRAGMA secure_delete = ON");  // the notes held the key
    unit.db().execute(kDropNotes);
    if (const auto problem = schema_problem(unit.db()); !problem.empty())
      throw StoreError(StoreError::Kind::corrupt, "store: this backup is not one of rosterd alone: " + problem);
    unit.db().execute("DELETE FROM sessions");
    hold_outbox(unit, "restored from a backup");
    audit(unit, "store.restore", "store", "the backup's instant is " + note("taken"));
    restored.people = count_people(unit.db());
  });
  restored.audit_problem = verify_audit(*store).problem;
  return restored;
}

// The log before the database: without its log a database opens, and lacks the newest commits.
constexpr const char* kOldFiles[] = {"rosterd.db-wal", "rosterd.db-shm", kDatabase, kKey, kDamageFile};

// The folder to which the old store goes; "" when there is none. Its name stands in the mark, so that a restore that
// was cut off goes on with the same one.
std::string begin_restore(const std::string& directory, Instant now) {
  const std::string mark = directory + "/" + kRestoreMark;
  std::string name;
  if (fs::exists(mark)) {
    std::getline(std::ifstream(mark), name);
    return name.empty() ? name : directory + "/" + name;
  }
  const bool any = std::any_of(std::begin(kOldFiles), std::end(kOldFiles), [&](const char* file) {
    return fs::exists(fs::symlink_status(directory + "/" + file));
  });
  if (any) {
    name = "before-restore-" + std::to_string(to_millis(now));
    if (::mkdir((directory + "/" + name).c_str(), 0700) != 0) fail_with_errno("make " + name);
  }
  create_file(mark, 0600, name);
  sync_directory(directory);
  return any ? directory + "/" + name : std::string();
}

// What is in `aside` already was moved before the cut; its namesake here came out of a backup.
void keep_aside(const std::string& directory, const std::string& aside) {
  for (const char* name : kOldFiles) {
    const std::string path = directory + "/" + name;
    if (!fs::exists(fs::symlink_status(path))) continue;
    const bool kept = !aside.empty() && ::renameat2(AT_FDCWD, path.c_str(), AT_FDCWD, (aside + "/" + name).c_str(),
                                                    RENAME_NOREPLACE) == 0;
    if (kept) continue;
    if (!aside.empty() && errno != EEXIST) fail_with_errno("set aside " + path);
    if (::unlink(path.c_str()) != 0) fail_with_errno("remove " + path);
  }
  if (!aside.empty()) sync_directory(aside);
  sync_directory(directory);
}

void move_in(const std::string& draft, const std::string& directory) {
  for (const char* name : {kKey, "rosterd.db-wal", kDatabase}) {
    const std::string from = draft + "/" + name;
    if (fs::exists(from) && std::rename(from.c_str(), (directory + "/" + name).c_str()) != 0)
      fail_with_errno("put in place " + from);
  }
  sync_directory(directory);
}

}  // namespace

std::string schema_problem(const View& view) {
  return schema_problem(view.db());
}

BackupFile::BackupFile(std::string file, bool overwrite)
    : file_(std::move(file)), part_(file_ + ".part"), overwrite_(overwrite) {
  if (!overwrite && fs::exists(fs::symlink_status(file_)))
    throw StoreError(StoreError::Kind::io, "store: " + file_ + " is there already");
  ::unlink(part_.c_str());
  fd_ = ::open(part_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd_ < 0) fail_with_errno("create " + part_);
}

BackupFile::~BackupFile() {
  if (fd_ < 0) return;
  ::close(fd_);
  ::unlink(part_.c_str());
}

void BackupFile::name_it() {
  if (::fsync(fd_) != 0) fail_with_errno("sync " + part_);
  if (::renameat2(AT_FDCWD, part_.c_str(), AT_FDCWD, file_.c_str(), overwrite_ ? 0 : RENAME_NOREPLACE) != 0) {
    if (errno == EEXIST) throw StoreError(StoreError::Kind::io, "store: " + file_ + " is there already");
    fail_with_errno("rename " + part_);
  }
  ::close(fd_);
  fd_ = -1;
  sync_directory(parent_of(file_));
}

BackupReport copy_store(const std::string& directory, int to, Instant now) {
  const std::string database = directory + "/" + kDatabase;
  if (!fs::is_regular_file(fs::symlink_status(database)))
    throw StoreError(StoreError::Kind::io, "store: there is none in " + directory);
  const std::string key = read_secret_key(directory);
  const PrivateFolder folder(directory);
  const std::string copy = folder.path() + "/" + kDatabase;
  create_file(copy, 0600);
  copy_database(database, copy, {{"secret.key", to_hex(key)}, {"taken", std::to_string(to_millis(now))}});
  BackupReport report;
  {
    Connection db(copy, Connection::Mode::read_only);
    report.people = count_people(db);
    report.schema = schema_of(db);
  }
  report.bytes = fs::file_size(copy);
  const File whole(copy, O_RDONLY | O_NOFOLLOW);
  if (whole.fd() < 0) fail_with_errno("open " + copy);
  copy_bytes(whole.fd(), to, "the backup");
  return report;
}

Restored restore(const std::string& directory, int file, const Clock& clock, const Actor& actor) {
  const DirectoryLock lock(directory);
  const std::string draft = directory + "/restoring";
  fs::remove_all(draft);
  if (::mkdir(draft.c_str(), 0700) != 0) fail_with_errno("make " + draft);
  Restored restored;
  try {
    restored = prepare_draft(draft, file, clock, actor);
    restored.kept_aside = begin_restore(directory, clock.now());
  } catch (...) {
    std::error_code ignored;
    fs::remove_all(draft, ignored);
    throw;
  }
  keep_aside(directory, restored.kept_aside);
  move_in(draft, directory);
  const std::string mark = directory + "/" + kRestoreMark;
  if (::unlink(mark.c_str()) != 0) fail_with_errno("remove " + mark);
  sync_directory(directory);
  fs::remove_all(draft);
  return restored;
}

}  // namespace rosterd::store
