// The limit of a page of a list: bare SQLite reading the rows that the page speaks of, their texts put one after
// another. No JSON, no HTTP. Prints the bytes, and CPU time for each page.
#include <cstdio>
#include <ctime>
#include <iostream>

#include "tests/bench/options.h"
#include "tests/bench/sqlite.h"

namespace {

using rosterd::bench::Database;
using rosterd::bench::Options;

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

// Every column of every row, and the first column of the last one.
sqlite3_int64 read_all(sqlite3_stmt* rows, std::string& out, sqlite3_stmt* each = nullptr) {
  sqlite3_int64 last = 0;
  while (sqlite3_step(rows) == SQLITE_ROW) {
    last = sqlite3_column_int64(rows, 0);
    for (int i = 0; i < sqlite3_column_count(rows); ++i)
      if (const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(rows, i)))
        out.append(text, static_cast<std::size_t>(sqlite3_column_bytes(rows, i)));
    if (each == nullptr) continue;
    sqlite3_bind_int64(each, 1, last);
    read_all(each, out);
  }
  sqlite3_reset(rows);
  return last;
}

int run(const Options& options) {
  Database db(options.text("--database"));
  db.configure();
  sqlite3_stmt* total = db.prepare("SELECT people FROM live_claims WHERE source_id = ?");
  sqlite3_stmt* page = db.prepare(
      "SELECT u.key, u.id, u.kind, u.active, u.joined_at, u.version, u.created_at, u.modified_at, c.source_key, "
      "c.profile "
      "FROM claims c JOIN users u ON u.key = c.user_key WHERE c.source_id = ? AND c.ended_at IS NULL AND c.user_key > "
      "? "
      "ORDER BY c.user_key LIMIT 100");
  sqlite3_stmt* grants = db.prepare(
      "SELECT r.name, p.name FROM grants g LEFT JOIN roles r ON r.id = g.role_id LEFT JOIN projects p "
      "ON p.id = g.project_id WHERE g.user_key = ?");
  sqlite3_stmt* source = db.prepare("SELECT source_id FROM live_claims ORDER BY people DESC LIMIT 1");
  sqlite3_step(source);
  const sqlite3_int64 id = sqlite3_column_int64(source, 0);
  const std::size_t pages = options.number("--pages");
  sqlite3_int64 after = 0;
  std::size_t bytes = 0;
  const double begin = cpu_seconds();
  for (std::size_t i = 0; i < pages; ++i) {
    std::string out;
    db.execute("BEGIN");
    sqlite3_bind_int64(total, 1, id);
    read_all(total, out);
    sqlite3_bind_int64(page, 1, id);
    sqlite3_bind_int64(page, 2, after);
    after = read_all(page, out, grants);
    db.execute("COMMIT");
    bytes += out.size();
  }
  std::printf("{\"bytes\":%zu,\"cpu\":%.9f}\n", bytes / pages, (cpu_seconds() - begin) / static_cast<double>(pages));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run({argc, argv, {{"--database", ""}, {"--pages", "40"}}});
  } catch (const std::exception& error) {
    std::cerr << "limit_page: " << error.what() << "\n";
    return 1;
  }
}
