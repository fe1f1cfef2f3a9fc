#include "store/sqlite/migrations.h"

#include <iterator>
#include <string>

#include "store/outcome.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/schema.h"

namespace rosterd::store {
namespace {

const char* const kMigrations[] = {kSchema0001, kSchema0002, kSchema0003};

void refuse_newer(int found) {
  if (found <= newest_schema()) return;
  throw StoreError(StoreError::Kind::newer_schema, "the store has schema " + std::to_string(found) +
                                                       ", this rosterd knows up to " + std::to_string(newest_schema()) +
                                                       ": install a newer rosterd or restore an older backup");
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

}  // namespace rosterd::store
