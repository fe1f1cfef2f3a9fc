// How SQLite's result codes become StoreError. Inside store/sqlite/ only.
#pragma once

#include <string_view>

struct sqlite3;

namespace rosterd::store {

// `db` may be nullptr.
[[noreturn]] void fail(sqlite3* db, int code, std::string_view doing);

}  // namespace rosterd::store
