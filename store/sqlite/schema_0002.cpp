#include "store/sqlite/schema.h"

namespace rosterd::store {

// Attempts in a row that have no outcome: a mail that ends its sender each time is set aside.
const char* const kSchema0002 = R"sql(
ALTER TABLE outbox ADD COLUMN unfinished INTEGER NOT NULL DEFAULT 0;
)sql";

}  // namespace rosterd::store
