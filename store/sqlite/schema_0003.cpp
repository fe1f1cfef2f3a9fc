#include "store/sqlite/schema.h"

namespace rosterd::store {

// How many people have a live claim of each source: a page of a list tells the total without counting a million.
const char* const kSchema0003 = R"sql(
CREATE TABLE live_claims (
  source_id INTEGER PRIMARY KEY REFERENCES sources (id),
  people INTEGER NOT NULL
);
INSERT INTO live_claims (source_id, people)
  SELECT source_id, COUNT(*) FROM claims WHERE ended_at IS NULL GROUP BY source_id;
)sql";

}  // namespace rosterd::store
