// Migration 1. Instants are integer milliseconds since 1970 UTC, 0/1 are booleans, "none" ids are 0. Names ending in
// _folded are NFKC case-folded (store/fold.h). Views v_* are the documented contract for an application on the same
// machine.
#include "store/sqlite/schema.h"

namespace rosterd::store {

const char* const kSchema0001 = R"sql(
CREATE TABLE sources (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  first_complete_at INTEGER,
  state TEXT NOT NULL DEFAULT '',
  last_success_at INTEGER,
  last_error TEXT NOT NULL DEFAULT ''
);
INSERT INTO sources (id, name, first_complete_at) VALUES (1, 'local', 0);

CREATE TABLE users (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL CHECK (kind IN ('staff', 'client')),
  user_name TEXT NOT NULL,
  user_name_folded TEXT NOT NULL,
  email TEXT NOT NULL DEFAULT '',
  email_folded TEXT NOT NULL DEFAULT '',
  display_name TEXT NOT NULL DEFAULT '',
  display_name_folded TEXT NOT NULL DEFAULT '',
  company TEXT NOT NULL DEFAULT '',
  notes TEXT NOT NULL DEFAULT '',
  profile TEXT NOT NULL,
  active INTEGER NOT NULL DEFAULT 1,
  hidden INTEGER NOT NULL DEFAULT 0,
  joined_at INTEGER,
  password_hash TEXT NOT NULL DEFAULT '',
  mail_problem TEXT NOT NULL DEFAULT '',
  version INTEGER NOT NULL DEFAULT 1,
  created_at INTEGER NOT NULL,
  modified_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX users_user_name ON users (user_name_folded) WHERE hidden = 0;
CREATE UNIQUE INDEX users_email ON users (email_folded) WHERE hidden = 0 AND email_folded <> '';
CREATE INDEX users_hidden_name ON users (user_name_folded) WHERE hidden = 1;
CREATE INDEX users_display_name ON users (display_name_folded);
CREATE INDEX users_created ON users (created_at, key);
CREATE INDEX users_modified ON users (modified_at);

-- expiry_due: expires_at until the expiry has blocked the person or the claim has ended; what is over is not looked at.
CREATE TABLE claims (
  user_key INTEGER NOT NULL REFERENCES users (key),
  source_id INTEGER NOT NULL REFERENCES sources (id),
  source_key TEXT,
  profile TEXT NOT NULL,
  digest TEXT NOT NULL DEFAULT '',
  origin TEXT NOT NULL DEFAULT '',
  expires_at INTEGER,
  expiry_due INTEGER,
  ended_at INTEGER,
  created_at INTEGER NOT NULL,
  modified_at INTEGER NOT NULL,
  PRIMARY KEY (user_key, source_id)
);
CREATE UNIQUE INDEX claims_key ON claims (source_id, source_key) WHERE source_key IS NOT NULL;
CREATE INDEX claims_source ON claims (source_id, user_key) WHERE ended_at IS NULL;
CREATE INDEX claims_expiry ON claims (expiry_due) WHERE expiry_due IS NOT NULL;

-- How many people have a live claim of each source: a page of a list tells the total without counting a million.
CREATE TABLE live_claims (
  source_id INTEGER PRIMARY KEY REFERENCES sources (id),
  people INTEGER NOT NULL
);

-- Further names under which a person is found: field 'e' every address, 'u' and 'd' userName and displayName of a claim
-- where they differ from the effective ones. A connection finds what it wrote.
CREATE TABLE names (
  user_key INTEGER NOT NULL REFERENCES users (key),
  field TEXT NOT NULL CHECK (field IN ('e', 'u', 'd')),
  folded TEXT NOT NULL,
  PRIMARY KEY (user_key, field, folded)
);
CREATE INDEX names_folded ON names (field, folded, user_key);

CREATE TABLE blocks (
  user_key INTEGER NOT NULL REFERENCES users (key),
  source_id INTEGER NOT NULL REFERENCES sources (id),
  reason TEXT NOT NULL,
  detail TEXT NOT NULL DEFAULT '',
  since INTEGER NOT NULL,
  PRIMARY KEY (user_key, source_id, reason)
);

CREATE TABLE groups (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  source_id INTEGER NOT NULL REFERENCES sources (id),
  source_key TEXT,
  display_name TEXT NOT NULL,
  display_name_folded TEXT NOT NULL,
  dn TEXT NOT NULL DEFAULT '',
  document TEXT NOT NULL DEFAULT '{}',
  digest TEXT NOT NULL DEFAULT '',
  hidden INTEGER NOT NULL DEFAULT 0,
  version INTEGER NOT NULL DEFAULT 1,
  created_at INTEGER NOT NULL,
  modified_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX groups_key ON groups (source_id, source_key) WHERE source_key IS NOT NULL AND hidden = 0;
CREATE INDEX groups_source_key ON groups (source_id, source_key, hidden, key DESC);
CREATE INDEX groups_name ON groups (source_id, display_name_folded);
CREATE INDEX groups_order ON groups (source_id, created_at, key) WHERE hidden = 0;

-- A member is a user (member_kind 'u') or a group ('g').
CREATE TABLE memberships (
  group_key INTEGER NOT NULL REFERENCES groups (key),
  member_kind TEXT NOT NULL CHECK (member_kind IN ('u', 'g')),
  member_key INTEGER NOT NULL,
  source_id INTEGER NOT NULL,
  since INTEGER NOT NULL,
  PRIMARY KEY (group_key, member_kind, member_key)
);
CREATE INDEX memberships_member ON memberships (member_kind, member_key, group_key);

CREATE TABLE roles (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  name_folded TEXT NOT NULL UNIQUE,
  rank INTEGER NOT NULL DEFAULT 0,
  privileged INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE role_permissions (
  role_id INTEGER NOT NULL REFERENCES roles (id),
  permission TEXT NOT NULL,
  PRIMARY KEY (role_id, permission)
);
INSERT INTO roles (id, name, name_folded, rank, privileged) VALUES
  (1, 'Admin', 'admin', 100, 1), (2, 'Staff', 'staff', 50, 0), (3, 'Client', 'client', 10, 0);

CREATE TABLE projects (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  name_folded TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL
);

-- Exactly one of role_id, project_id and permission is set.
-- inviting: given after the first complete run of its source; a person with such a grant is invited.
CREATE TABLE grants (
  user_key INTEGER NOT NULL REFERENCES users (key),
  source_id INTEGER NOT NULL REFERENCES sources (id),
  rule TEXT NOT NULL DEFAULT '',
  group_key INTEGER NOT NULL DEFAULT 0,
  role_id INTEGER NOT NULL DEFAULT 0,
  project_id INTEGER NOT NULL DEFAULT 0,
  permission TEXT NOT NULL DEFAULT '',
  reason TEXT NOT NULL,
  inviting INTEGER NOT NULL DEFAULT 1,
  since INTEGER NOT NULL,
  PRIMARY KEY (user_key, source_id, rule, group_key, role_id, project_id, permission)
);
CREATE INDEX grants_role ON grants (role_id, user_key) WHERE role_id <> 0;
CREATE INDEX grants_project ON grants (project_id, user_key) WHERE project_id <> 0;
CREATE INDEX grants_group ON grants (group_key, user_key) WHERE group_key <> 0;

-- What a person who came back by userName alone had before: out of force until an admin gives it back.
CREATE TABLE withheld (
  user_key INTEGER PRIMARY KEY REFERENCES users (key),
  password_hash TEXT NOT NULL,
  joined_at INTEGER,
  since INTEGER NOT NULL
);
CREATE TABLE withheld_grants (
  user_key INTEGER NOT NULL REFERENCES users (key),
  role_id INTEGER NOT NULL,
  project_id INTEGER NOT NULL,
  permission TEXT NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (user_key, role_id, project_id, permission)
);

CREATE TABLE invitations (
  id INTEGER PRIMARY KEY,
  user_key INTEGER NOT NULL REFERENCES users (key),
  nonce TEXT NOT NULL,
  token_hash TEXT NOT NULL UNIQUE,
  state TEXT NOT NULL CHECK (state IN ('open', 'accepted', 'replaced', 'revoked', 'expired')),
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  ended_at INTEGER
);
CREATE UNIQUE INDEX invitations_open ON invitations (user_key) WHERE state = 'open';
CREATE INDEX invitations_user ON invitations (user_key);
CREATE INDEX invitations_expiry ON invitations (expires_at) WHERE state = 'open';

CREATE TABLE outbox (
  id INTEGER PRIMARY KEY,
  user_key INTEGER NOT NULL DEFAULT 0,
  kind TEXT NOT NULL,
  recipient TEXT NOT NULL,
  recipient_name TEXT NOT NULL DEFAULT '',
  invitation_id INTEGER NOT NULL DEFAULT 0,
  data TEXT NOT NULL DEFAULT '{}',
  message_id TEXT NOT NULL UNIQUE,
  state TEXT NOT NULL CHECK (state IN ('queued', 'leased', 'sent', 'refused', 'cancelled', 'given_up')),
  attempts INTEGER NOT NULL DEFAULT 0,
  unfinished INTEGER NOT NULL DEFAULT 0,  -- attempts in a row without an outcome: who ends its sender is set aside
  created_at INTEGER NOT NULL,
  due_at INTEGER,
  leased_until INTEGER NOT NULL DEFAULT 0,
  sent_at INTEGER,
  last_error TEXT NOT NULL DEFAULT ''
);
CREATE INDEX outbox_due ON outbox (due_at, id) WHERE due_at IS NOT NULL;
CREATE INDEX outbox_user ON outbox (user_key, id);
CREATE INDEX outbox_state ON outbox (state, id);

-- link and audit_head: see audit_chain.h.
CREATE TABLE audit (
  sequence INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  source_id INTEGER NOT NULL,
  action TEXT NOT NULL,
  target TEXT NOT NULL,
  detail TEXT NOT NULL DEFAULT '',
  request_id TEXT NOT NULL DEFAULT '',
  link TEXT NOT NULL
);
CREATE INDEX audit_target ON audit (target, sequence);
CREATE TABLE audit_head (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  sequence INTEGER NOT NULL,
  link TEXT NOT NULL,
  seal TEXT NOT NULL
);

CREATE TABLE changes (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('user', 'group', 'access', 'project')),
  id TEXT NOT NULL
);

CREATE TABLE tokens (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  source_id INTEGER NOT NULL REFERENCES sources (id),
  hash TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  revoked_at INTEGER,
  last_used_at INTEGER
);

CREATE TABLE sessions (
  id INTEGER PRIMARY KEY,
  user_key INTEGER NOT NULL REFERENCES users (key),
  hash TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
);
CREATE INDEX sessions_user ON sessions (user_key);
CREATE INDEX sessions_expiry ON sessions (expires_at);

-- subject is a hash of the account name or address.
CREATE TABLE attempts (
  subject TEXT PRIMARY KEY,
  failures INTEGER NOT NULL,
  locked_until INTEGER NOT NULL,
  forget_at INTEGER NOT NULL
);
CREATE INDEX attempts_forget ON attempts (forget_at);

CREATE TABLE holds (
  id INTEGER PRIMARY KEY,
  source_id INTEGER NOT NULL REFERENCES sources (id),
  state TEXT NOT NULL CHECK (state IN ('draft', 'held', 'released', 'discarded', 'replaced')),
  summary TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  ended_at INTEGER
);
CREATE UNIQUE INDEX holds_open ON holds (source_id) WHERE state = 'held';
CREATE TABLE hold_items (
  hold_id INTEGER NOT NULL REFERENCES holds (id),
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  source_id INTEGER NOT NULL,
  digest TEXT NOT NULL,
  detail TEXT NOT NULL,
  text TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('held', 'released', 'skipped', 'discarded')),
  PRIMARY KEY (hold_id, kind, subject)
);
CREATE INDEX hold_items_held ON hold_items (hold_id, kind, subject) WHERE state = 'held';
CREATE INDEX hold_items_discarded ON hold_items (source_id, kind, subject) WHERE state = 'discarded';

CREATE TABLE work_queue (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  group_key INTEGER NOT NULL DEFAULT 0,
  quiet INTEGER NOT NULL DEFAULT 0,
  cursor INTEGER NOT NULL DEFAULT 0,
  queued_at INTEGER NOT NULL,
  UNIQUE (kind, group_key, quiet)
);
CREATE TABLE work_people (user_key INTEGER PRIMARY KEY REFERENCES users (key), quiet INTEGER NOT NULL);
-- Small facts of the store itself, such as the digest of the access rules that all grants were computed with.
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);

CREATE VIEW v_users AS
  SELECT u.id AS id, u.kind AS kind, u.user_name AS user_name, u.email AS email, u.display_name AS display_name,
         u.company AS company, u.active AS active,
         CASE WHEN u.active = 0 THEN 'Inactive' WHEN u.joined_at IS NULL THEN 'Pending' ELSE 'Participating' END AS status,
         u.profile AS profile, u.created_at AS created_at, u.modified_at AS modified_at
  FROM users u WHERE u.hidden = 0;
CREATE VIEW v_grants AS
  SELECT u.id AS user_id, s.name AS source, g.rule AS rule, gr.display_name AS group_name,
         r.name AS role, p.name AS project, g.permission AS permission, g.reason AS reason, g.since AS since
  FROM grants g JOIN users u ON u.key = g.user_key JOIN sources s ON s.id = g.source_id
  LEFT JOIN groups gr ON gr.key = g.group_key LEFT JOIN roles r ON r.id = g.role_id LEFT JOIN projects p ON p.id = g.project_id
  WHERE u.hidden = 0 AND (g.group_key = 0 OR gr.hidden = 0);
CREATE VIEW v_roles AS
  SELECT DISTINCT u.id AS user_id, r.name AS role, r.rank AS rank, r.privileged AS privileged
  FROM grants g JOIN users u ON u.key = g.user_key JOIN roles r ON r.id = g.role_id LEFT JOIN groups gr ON gr.key = g.group_key
  WHERE u.active = 1 AND u.hidden = 0 AND (g.group_key = 0 OR gr.hidden = 0);
CREATE VIEW v_access AS
  SELECT DISTINCT u.id AS user_id, u.user_name AS user_name, p.name AS project
  FROM grants g JOIN users u ON u.key = g.user_key JOIN projects p ON p.id = g.project_id LEFT JOIN groups gr ON gr.key = g.group_key
  WHERE u.active = 1 AND u.hidden = 0 AND (g.group_key = 0 OR gr.hidden = 0);
CREATE VIEW v_permissions AS
  SELECT u.id AS user_id, g.permission AS permission
  FROM grants g JOIN users u ON u.key = g.user_key LEFT JOIN groups gr ON gr.key = g.group_key
  WHERE u.active = 1 AND u.hidden = 0 AND g.permission <> '' AND (g.group_key = 0 OR gr.hidden = 0)
  UNION
  SELECT u.id, rp.permission
  FROM grants g JOIN users u ON u.key = g.user_key JOIN role_permissions rp ON rp.role_id = g.role_id LEFT JOIN groups gr ON gr.key = g.group_key
  WHERE u.active = 1 AND u.hidden = 0 AND (g.group_key = 0 OR gr.hidden = 0);
CREATE VIEW v_projects AS SELECT id, name, created_at FROM projects;
CREATE VIEW v_groups AS
  SELECT g.id AS id, s.name AS source, g.display_name AS display_name, g.dn AS dn FROM groups g JOIN sources s ON s.id = g.source_id WHERE g.hidden = 0;
CREATE VIEW v_members AS
  SELECT g.id AS group_id, m.member_kind AS member_kind, COALESCE(u.id, sub.id) AS member_id
  FROM memberships m JOIN groups g ON g.key = m.group_key
  LEFT JOIN users u ON m.member_kind = 'u' AND u.key = m.member_key LEFT JOIN groups sub ON m.member_kind = 'g' AND sub.key = m.member_key
  WHERE g.hidden = 0 AND COALESCE(u.hidden, sub.hidden) = 0;
CREATE VIEW v_changes AS SELECT sequence, at, kind, id FROM changes;
CREATE VIEW v_audit AS
  SELECT a.sequence AS sequence, a.at AS at, a.actor AS actor, s.name AS source, a.action AS action, a.target AS target, a.detail AS detail, a.request_id AS request_id
  FROM audit a LEFT JOIN sources s ON s.id = a.source_id;
)sql";

}  // namespace rosterd::store
