// SQLite with as little as possible around it, for the limits. Errors: std::runtime_error.
#pragma once

#include <sqlite3.h>

#include <stdexcept>
#include <string>

namespace rosterd::bench {

class Database {
 public:
  explicit Database(const std::string& path) {
    check(
        sqlite3_open_v2(path.c_str(), &db_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr));
  }
  ~Database() {
    while (sqlite3_stmt* statement = sqlite3_next_stmt(db_, nullptr)) sqlite3_finalize(statement);
    sqlite3_close_v2(db_);
  }
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // As the store sets its own writing connection (store/sqlite/connection.cpp).
  void configure() {
    execute(
        "PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
        "PRAGMA cache_size = -16000; PRAGMA wal_autocheckpoint = 4000;");
  }
  void execute(const std::string& sql) { check(sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr)); }
  // Belongs to the database; who wants it gone earlier finalizes it.
  sqlite3_stmt* prepare(const std::string& sql) {
    sqlite3_stmt* statement = nullptr;
    check(sqlite3_prepare_v3(db_, sql.c_str(), -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr));
    return statement;
  }
  void check(int code) const {
    if (code != SQLITE_OK && code != SQLITE_DONE && code != SQLITE_ROW) throw std::runtime_error(sqlite3_errmsg(db_));
  }
  sqlite3* native() { return db_; }

 private:
  sqlite3* db_ = nullptr;
};

}  // namespace rosterd::bench
