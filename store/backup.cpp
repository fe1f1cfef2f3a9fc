#include "store/backup.h"

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>

#include "store/audit.h"
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

// Removes a draft that did not get its name.
struct Draft {
  std::string path;
  bool keep = false;
  ~Draft() {
    if (keep) return;
    for (const char* end : {"", "-journal"}) ::unlink((path + end).c_str());
  }
};

void name_it(const std::string& draft, const std::string& file, bool overwrite) {
  const unsigned flags = overwrite ? 0 : RENAME_NOREPLACE;
  if (::renameat2(AT_FDCWD, draft.c_str(), AT_FDCWD, file.c_str(), flags) == 0) return;
  if (errno == EEXIST) throw StoreError(StoreError::Kind::io, "store: " + file + " is there already");
  fail_with_errno("rename " + draft);
}

std::string parent_of(const std::string& file) {
  const std::string parent = fs::path(file).parent_path().string();
  return parent.empty() ? "." : parent;
}

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
    unit.db().execute(kDropNotes);
    unit.db().execute("DELETE FROM sessions");
    hold_outbox(unit, "restored from a backup");
    audit(unit, "store.restore", "store", "the backup's instant is " + note("taken"));
    restored.people = count_people(unit.db());
  });
  return restored;
}

std::string keep_aside(const std::string& directory, Instant now) {
  const std::string aside = directory + "/before-restore-" + std::to_string(to_millis(now));
  bool any = false;
  for (const char* name : {kDatabase, "rosterd.db-wal", "rosterd.db-shm", kKey, kDamageFile}) {
    const std::string path = directory + "/" + name;
    if (!fs::exists(fs::symlink_status(path))) continue;
    if (!any && ::mkdir(aside.c_str(), 0700) != 0) fail_with_errno("make " + aside);
    any = true;
    if (std::rename(path.c_str(), (aside + "/" + name).c_str()) != 0) fail_with_errno("set aside " + path);
  }
  if (any) sync_directory(aside);
  return any ? aside : std::string();
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

BackupReport back_up(const std::string& directory, const std::string& file, bool overwrite, Instant now) {
  const std::string database = directory + "/" + kDatabase;
  if (!fs::exists(database)) throw StoreError(StoreError::Kind::io, "store: there is none in " + directory);
  if (!overwrite && fs::exists(fs::symlink_status(file)))
    throw StoreError(StoreError::Kind::io, "store: " + file + " is there already");
  const std::string key = read_secret_key(directory);
  Draft draft{file + ".part"};
  ::unlink(draft.path.c_str());
  create_file(draft.path, 0600);
  copy_database(database, draft.path, {{"secret.key", to_hex(key)}, {"taken", std::to_string(to_millis(now))}});
  sync_file(draft.path);
  BackupReport report;
  {
    Connection copy(draft.path, Connection::Mode::read_only);
    report.people = count_people(copy);
    report.schema = schema_of(copy);
  }
  report.bytes = fs::file_size(draft.path);
  name_it(draft.path, file, overwrite);
  draft.keep = true;
  sync_directory(parent_of(file));
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
  } catch (...) {
    std::error_code ignored;
    fs::remove_all(draft, ignored);
    throw;
  }
  const std::string mark = directory + "/" + kRestoreMark;
  if (!fs::exists(mark)) create_file(mark, 0600);  // it is there when an earlier one was cut off
  sync_directory(directory);
  restored.kept_aside = keep_aside(directory, clock.now());
  move_in(draft, directory);
  if (::unlink(mark.c_str()) != 0) fail_with_errno("remove " + mark);
  sync_directory(directory);
  fs::remove_all(draft);
  return restored;
}

}  // namespace rosterd::store
