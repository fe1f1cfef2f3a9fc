// Migration 2: the brake on removals that come one by one (store/brake.h).
#include "store/sqlite/schema.h"

namespace rosterd::store {

const char* const kSchema0002 = R"sql(
-- How many groups and memberships each source holds: the brake's percentage asks with every removal.
CREATE TABLE live_groups (
  source_id INTEGER PRIMARY KEY REFERENCES sources (id),
  group_count INTEGER NOT NULL,
  member_count INTEGER NOT NULL
);
INSERT INTO live_groups (source_id, group_count, member_count)
  SELECT s.id, (SELECT COUNT(*) FROM groups g WHERE g.source_id = s.id AND g.hidden = 0),
         (SELECT COUNT(*) FROM memberships m WHERE m.source_id = s.id)
  FROM sources s;

-- What a source has removed lately, so that a return gives back what the removal had taken of the limit. subject: the
-- rows' keys ("u:5", "g:7", "g:7 u:5"). gone: how much less the source holds since.
CREATE TABLE removals (
  source_id INTEGER NOT NULL REFERENCES sources (id),
  kind TEXT NOT NULL CHECK (kind IN ('people', 'groups', 'members')),
  subject TEXT NOT NULL,
  minute INTEGER NOT NULL,
  number INTEGER NOT NULL,
  gone INTEGER NOT NULL,
  PRIMARY KEY (source_id, kind, subject)
);
CREATE INDEX removals_minute ON removals (minute);
-- The same by minute: a window is a sum of few rows, however many were removed in it.
CREATE TABLE removal_counts (
  source_id INTEGER NOT NULL REFERENCES sources (id),
  kind TEXT NOT NULL CHECK (kind IN ('people', 'groups', 'members')),
  minute INTEGER NOT NULL,
  number INTEGER NOT NULL,
  gone INTEGER NOT NULL,
  PRIMARY KEY (source_id, kind, minute)
);
CREATE INDEX removal_counts_minute ON removal_counts (minute);

CREATE INDEX hold_items_released ON hold_items (source_id, kind, subject) WHERE state = 'released';
)sql";

}  // namespace rosterd::store
