// The limit of a first sync's writing: bare SQLite inserting the rows and indexes that the sync has left, in commits of
// the same size, with the same durability. Reading the rows is not counted.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <iostream>
#include <vector>

#include "tests/bench/options.h"
#include "tests/bench/sqlite.h"

namespace {

using rosterd::bench::Database;
using rosterd::bench::Options;

double cpu_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

using Row = std::vector<sqlite3_value*>;

// One table's rows in the order of their making.
class Table {
 public:
  Table(Database& from, Database& to, const std::string& name, const std::string& order, double per_step)
      : per_step_(per_step) {
    from_ = from.prepare("SELECT * FROM " + name + " ORDER BY " + order);
    std::string sql = "INSERT INTO " + name + " VALUES (?";
    for (int i = 1; i < sqlite3_column_count(from_); ++i) sql += ", ?";
    to_ = to.prepare(sql + ")");
  }

  void load() {
    wanted_ += per_step_;
    while (taken_ + 1 <= wanted_ && more_) {
      more_ = sqlite3_step(from_) == SQLITE_ROW;
      if (!more_) break;
      Row& row = rows_.emplace_back();
      for (int i = 0; i < sqlite3_column_count(from_); ++i)
        row.push_back(sqlite3_value_dup(sqlite3_column_value(from_, i)));
      taken_ += 1;
    }
  }

  std::size_t insert(Database& to) {
    for (const Row& row : rows_) {
      for (std::size_t i = 0; i < row.size(); ++i) sqlite3_bind_value(to_, static_cast<int>(i) + 1, row[i]);
      to.check(sqlite3_step(to_));
      sqlite3_reset(to_);
    }
    return rows_.size();
  }

  void forget() {
    for (Row& row : rows_)
      for (sqlite3_value* value : row) sqlite3_value_free(value);
    rows_.clear();
  }

 private:
  double per_step_;
  sqlite3_stmt* from_ = nullptr;
  sqlite3_stmt* to_ = nullptr;
  std::vector<Row> rows_;
  double wanted_ = 0;
  double taken_ = 0;
  bool more_ = true;
};

void copy_schema(Database& from, Database& to) {
  sqlite3_stmt* schema = from.prepare(
      "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' AND type IN ('table', 'index') "
      "ORDER BY type DESC");
  while (sqlite3_step(schema) == SQLITE_ROW) to.execute(reinterpret_cast<const char*>(sqlite3_column_text(schema, 0)));
  sqlite3_finalize(schema);
}

double count(Database& from, const std::string& table) {
  sqlite3_stmt* rows = from.prepare("SELECT COUNT(*) FROM " + table);
  sqlite3_step(rows);
  const double found = sqlite3_column_double(rows, 0);
  sqlite3_finalize(rows);
  return found;
}

int run(const Options& options) {
  Database from(options.text("--from"));
  Database to(options.text("--to"));
  to.configure();
  copy_schema(from, to);
  to.execute("PRAGMA foreign_keys = OFF");  // the tables grow side by side, in steps
  for (const char* small : {"sources", "roles", "projects"}) {
    Table table(from, to, small, "1", 1e9);
    table.load();
    table.insert(to);
    table.forget();
  }
  const double steps = std::max(1.0, count(from, "users") / static_cast<double>(options.number("--people-per-step")));
  std::vector<Table> tables;
  tables.reserve(9);
  const std::pair<const char*, const char*> names[] = {
      {"users", "key"},       {"claims", "user_key"}, {"names", "user_key"},
      {"blocks", "user_key"}, {"groups", "key"},      {"memberships", "group_key, member_kind, member_key"},
      {"grants", "user_key"}, {"audit", "sequence"},  {"changes", "sequence"}};
  for (const auto& [name, order] : names) tables.emplace_back(from, to, name, order, count(from, name) / steps);
  double wall = 0;
  double cpu = 0;
  std::size_t rows = 0;
  for (double step = 0; step < steps + 1; ++step) {
    for (Table& table : tables) table.load();
    const auto begin = std::chrono::steady_clock::now();
    const double cpu_begin = cpu_seconds();
    to.execute("BEGIN IMMEDIATE");
    for (Table& table : tables) rows += table.insert(to);
    to.execute("COMMIT");
    cpu += cpu_seconds() - cpu_begin;
    wall += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    for (Table& table : tables) table.forget();
  }
  std::printf("{\"rows\":%zu,\"seconds\":%.6f,\"cpu\":%.6f}\n", rows, wall, cpu);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run({argc, argv, {{"--from", ""}, {"--to", ""}, {"--people-per-step", "100"}}});
  } catch (const std::exception& error) {
    std::cerr << "limit_insert: " << error.what() << "\n";
    return 1;
  }
}
