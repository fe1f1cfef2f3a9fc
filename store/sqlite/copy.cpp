#include "store/sqlite/copy.h"

#include <sqlite3.h>

#include <memory>

#include "store/outcome.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/errors.h"

namespace rosterd::store {
namespace {

constexpr int kPagesPerStep = 1024;

struct Close {
  void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
};
using Handle = std::unique_ptr<sqlite3, Close>;

Handle open(const std::string& path, int flags) {
  sqlite3* db = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &db, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  Handle handle(db);
  if (code != SQLITE_OK) fail(db, code, "open " + path);
  sqlite3_busy_timeout(db, 5000);
  return handle;
}

void execute(sqlite3* db, const std::string& sql) {
  const int code = sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) fail(db, code, "copy");
}

void copy_pages(sqlite3* from, sqlite3* to) {
  sqlite3_backup* copy = sqlite3_backup_init(to, "main", from, "main");
  if (!copy) fail(to, sqlite3_errcode(to), "copy");
  int code = SQLITE_OK;
  while (code == SQLITE_OK) code = sqlite3_backup_step(copy, kPagesPerStep);
  const int end = sqlite3_backup_finish(copy);
  if (code != SQLITE_DONE) fail(to, code, "copy");
  if (end != SQLITE_OK) fail(to, end, "copy");
}

void check_all(Connection& db) {
  Statement check = db.prepare("PRAGMA integrity_check(1)");
  if (!check.step() || check.view(0) != "ok")
    throw StoreError(StoreError::Kind::corrupt, "store: the copy is damaged: " + check.text(0));
}

}  // namespace

void copy_database(const std::string& from, const std::string& to, const Notes& notes) {
  {
    // Not read-only: after a crash of the daemon somebody has to bring the log in order before it can be read.
    const Handle source = open(from, SQLITE_OPEN_READWRITE);
    int keep = 1;
    sqlite3_file_control(source.get(), nullptr, SQLITE_FCNTL_PERSIST_WAL, &keep);
    const Handle target = open(to, SQLITE_OPEN_READWRITE);
    execute(source.get(), "PRAGMA query_only = ON; BEGIN; SELECT 1 FROM sqlite_schema LIMIT 1;");
    copy_pages(source.get(), target.get());
    execute(source.get(), "ROLLBACK");
    execute(target.get(),
            "PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL;"
            "CREATE TABLE backup_notes (name TEXT PRIMARY KEY, value TEXT NOT NULL);");
    for (const auto& [name, value] : notes) {
      const std::unique_ptr<char, void (*)(void*)> sql(
          sqlite3_mprintf("INSERT INTO backup_notes (name, value) VALUES (%Q, %Q)", name.c_str(), value.c_str()),
          sqlite3_free);
      execute(target.get(), sql.get());
    }
  }
  (void)read_notes(to);
}

Notes read_notes(const std::string& path) {
  Connection db(path, Connection::Mode::read_only);
  Notes notes;
  if (!db.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'backup_notes'").step())
    throw StoreError(StoreError::Kind::corrupt, "store: this file was not made by `rosterd backup`");
  check_all(db);
  Statement row = db.prepare("SELECT name, value FROM backup_notes");
  while (row.step()) notes[row.text(0)] = row.text(1);
  return notes;
}

}  // namespace rosterd::store
