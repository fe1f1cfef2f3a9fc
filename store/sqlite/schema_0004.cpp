// Migration 4: look-up tables for further attributes of people (store/attribute_index.h).
#include "store/sqlite/schema.h"

namespace rosterd::store {

const char* const kSchema0004 = R"sql(
-- state 'building': rows are being made for people up to `cursor`; 'ready': complete; 'leaving': rows are taken away.
CREATE TABLE indexed_attributes (
  id INTEGER PRIMARY KEY,
  address TEXT NOT NULL,
  case_exact INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('building', 'ready', 'leaving')),
  cursor INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX indexed_attributes_address ON indexed_attributes (address) WHERE state <> 'leaving';

-- One row for each value that any live claim of the person says.
CREATE TABLE attribute_values (
  attribute_id INTEGER NOT NULL REFERENCES indexed_attributes (id),
  user_key INTEGER NOT NULL REFERENCES users (key),
  value TEXT NOT NULL,
  PRIMARY KEY (user_key, attribute_id, value)
);
CREATE INDEX attribute_values_value ON attribute_values (attribute_id, value, user_key);
)sql";

}  // namespace rosterd::store
