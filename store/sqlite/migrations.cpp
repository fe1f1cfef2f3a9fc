#include "store/sqlite/migrations.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "store/clean_text.h"
#include "store/outcome.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/schema.h"

namespace rosterd::store {
namespace {

const char* const kMigrations[] = {kSchema0001, kSchema0002, kSchema0003, kSchema0004};

void refuse_newer(int found) {
  if (found <= newest_schema()) return;
  throw StoreError(StoreError::Kind::newer_schema, "the store has schema " + std::to_string(found) +
                                                       ", this rosterd knows up to " + std::to_string(newest_schema()) +
                                                       ": install a newer rosterd or restore an older backup");
}

// Type and name, and what was said to make it.
using Object = std::pair<std::string, std::string>;

// Without the tables of ANALYZE, which an administrator may run.
std::vector<Object> objects_of(Connection& db) {
  Statement row = db.prepare(
      "SELECT type || ' ' || name, tbl_name || ' ' || COALESCE(sql, '') FROM sqlite_schema "
      "WHERE NOT (type = 'table' AND name IN ('sqlite_stat1', 'sqlite_stat4')) ORDER BY 1, 2");
  std::vector<Object> all;
  while (row.step()) all.emplace_back(row.text(0), row.text(1));
  return all;
}

}  // namespace

int newest_schema() {
  return static_cast<int>(std::size(kMigrations));
}

int schema_of(Connection& db) {
  Statement version = db.prepare("PRAGMA user_version");
  return version.step() ? static_cast<int>(version.integer(0)) : 0;
}

void migrate(Connection& db, const std::function<void()>& first) {
  const int found = schema_of(db);
  refuse_newer(found);
  for (int number = found; number < newest_schema(); ++number) {
    db.execute("BEGIN IMMEDIATE");
    try {
      db.execute(kMigrations[number]);
      if (number == 0 && first) first();
      db.execute("PRAGMA user_version = " + std::to_string(number + 1));
      db.execute("COMMIT");
    } catch (...) {
      if (db.in_transaction()) db.execute("ROLLBACK");
      throw;
    }
  }
}

std::string schema_problem(Connection& db) {
  Connection fresh(":memory:", Connection::Mode::read_write);
  migrate(fresh);
  const auto wanted = objects_of(fresh);
  const auto found = objects_of(db);
  std::vector<Object> other;
  std::set_symmetric_difference(found.begin(), found.end(), wanted.begin(), wanted.end(), std::back_inserter(other));
  if (other.empty()) return {};
  const std::string& name = other.front().first;
  const auto is = [&](const Object& object) { return object.first == name; };
  const std::string what = without_controls(name).substr(0, 100);
  if (std::none_of(wanted.begin(), wanted.end(), is)) return "the database holds a foreign " + what;
  return "the " + what + (std::none_of(found.begin(), found.end(), is) ? " is missing" : " is not rosterd's");
}

}  // namespace rosterd::store
