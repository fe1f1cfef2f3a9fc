// Migration 3: members that a client has named before they are there (store/remembered.h).
#include "store/sqlite/schema.h"

namespace rosterd::store {

const char* const kSchema0003 = R"sql(
CREATE TABLE remembered_members (
  group_key INTEGER NOT NULL REFERENCES groups (key),
  named TEXT NOT NULL,
  folded TEXT NOT NULL,
  source_id INTEGER NOT NULL REFERENCES sources (id),
  since INTEGER NOT NULL,
  PRIMARY KEY (group_key, named)
);
CREATE INDEX remembered_members_source ON remembered_members (source_id, folded);
)sql";

}  // namespace rosterd::store
