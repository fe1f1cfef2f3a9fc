#include "store/sqlite/errors.h"

#include <sqlite3.h>

#include <cerrno>
#include <string>

#include "store/outcome.h"

namespace rosterd::store {
namespace {

StoreError::Kind kind_of(sqlite3* db, int code) {
  const int system_error = db ? sqlite3_system_errno(db) : 0;
  switch (code & 0xff) {
    case SQLITE_FULL:
      return StoreError::Kind::full;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
      if (system_error == ENOSPC || system_error == EDQUOT) return StoreError::Kind::full;
      return StoreError::Kind::io;
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return StoreError::Kind::io;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return StoreError::Kind::busy;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return StoreError::Kind::corrupt;
    default:
      return StoreError::Kind::internal;
  }
}

}  // namespace

void fail(sqlite3* db, int code, std::string_view doing) {
  std::string what = "store: ";
  what.append(doing).append(": ").append(db ? sqlite3_errmsg(db) : sqlite3_errstr(code));
  throw StoreError(kind_of(db, code), what);
}

}  // namespace rosterd::store
