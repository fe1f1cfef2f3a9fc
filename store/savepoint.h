// A refusal inside a longer unit leaves nothing behind: what the call had written is undone, the unit goes on.
// Inside store/ only.
#pragma once

#include "store/outcome.h"
#include "store/sqlite/connection.h"

namespace rosterd::store {

// Returns work()'s Outcome; a refusal or an exception undoes what `work` wrote. Nests.
template <class Work>
auto all_or_nothing(Connection& db, Work&& work) {
  struct Savepoint {
    explicit Savepoint(Connection& connection) : db(connection) { db.prepare("SAVEPOINT attempt").run(); }
    ~Savepoint() {
      if (kept) return;
      try {
        // After a lost transaction there is nothing left to undo.
        if (!db.in_transaction()) return;
        db.prepare("ROLLBACK TO attempt").run();
        db.prepare("RELEASE attempt").run();
      } catch (const StoreError&) {
        // The writer finds the transaction broken and runs its units again.
      }
    }
    void keep() {
      db.prepare("RELEASE attempt").run();
      kept = true;
    }
    Connection& db;
    bool kept = false;
  };
  Savepoint savepoint(db);
  auto outcome = work();
  if (outcome) savepoint.keep();
  return outcome;
}

}  // namespace rosterd::store
