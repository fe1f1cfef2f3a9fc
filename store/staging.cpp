#include "store/staging.h"

#include "store/sqlite/connection.h"

namespace rosterd::store {
namespace {

constexpr std::string_view kTables = R"sql(
CREATE TEMPORARY TABLE staged_people (
  id INTEGER PRIMARY KEY, key TEXT NOT NULL, digest TEXT NOT NULL, set_aside INTEGER NOT NULL, dn TEXT NOT NULL,
  login TEXT NOT NULL, document TEXT NOT NULL
);
CREATE TEMPORARY TABLE staged_groups (
  id INTEGER PRIMARY KEY, key TEXT NOT NULL, digest TEXT NOT NULL, set_aside INTEGER NOT NULL, dn TEXT NOT NULL,
  document TEXT NOT NULL
);
CREATE TEMPORARY TABLE staged_members (
  id INTEGER PRIMARY KEY, group_key TEXT NOT NULL, is_login INTEGER NOT NULL, member TEXT NOT NULL
);
CREATE TEMPORARY TABLE member_changes (
  id INTEGER PRIMARY KEY, group_key TEXT NOT NULL, is_group INTEGER NOT NULL, member_key TEXT NOT NULL,
  is_added INTEGER NOT NULL
);
)sql";

// Made after the rows: sorting them all at once is far cheaper than putting each in its place. A merge reads nothing
// but its index until two digests differ.
constexpr std::string_view kIndexes = R"sql(
CREATE INDEX staged_people_key ON staged_people (key, id, digest, set_aside);
CREATE INDEX staged_people_dn ON staged_people (dn, key);
CREATE INDEX staged_groups_key ON staged_groups (key, id, digest, set_aside);
CREATE INDEX staged_groups_dn ON staged_groups (dn, key);
)sql";

constexpr std::string_view kAddPerson =
    "INSERT INTO staged_people (key, digest, set_aside, dn, login, document) VALUES (?, ?, ?, ?, ?, ?)";
constexpr std::string_view kAddGroup =
    "INSERT INTO staged_groups (key, digest, set_aside, dn, document) VALUES (?, ?, ?, ?, ?)";
constexpr std::string_view kAddMember = "INSERT INTO staged_members (group_key, is_login, member) VALUES (?, ?, ?)";

// One key on several DNs.
constexpr std::string_view kDuplicatePeople =
    "SELECT key, MIN(dn), MAX(dn) FROM staged_people WHERE key IN "
    "(SELECT key FROM staged_people GROUP BY key HAVING COUNT(*) > 1) "
    "GROUP BY key HAVING MIN(dn) <> MAX(dn) ORDER BY key";
constexpr std::string_view kDuplicateGroups =
    "SELECT key, MIN(dn), MAX(dn) FROM staged_groups WHERE key IN "
    "(SELECT key FROM staged_groups GROUP BY key HAVING COUNT(*) > 1) "
    "GROUP BY key HAVING MIN(dn) <> MAX(dn) ORDER BY key";

Refused no_key(std::string_view dn) {
  return {Refusal::invalid, std::string(dn) + " has no unique key."};
}

void find_duplicates(const View& view, bool is_group, std::vector<DuplicateKey>& found) {
  auto select = view.db().prepare(is_group ? kDuplicateGroups : kDuplicatePeople);
  while (select.step()) found.push_back({select.text(0), is_group, {select.text(1), select.text(2)}});
}

}  // namespace

Staging::Staging(const Store& store, SourceId source) : store_(store), source_(source), db_(store.open_scratch()) {
  db_->execute(kTables);
}

Staging::~Staging() = default;

Connection& Staging::adding() {
  if (!adding_) db_->prepare("BEGIN").run();
  adding_ = true;
  return *db_;
}

Outcome<> Staging::add(const StagedPerson& person) {
  if (person.key.empty()) return no_key(person.dn);
  adding()
      .prepare(kAddPerson)
      .bind(person.key, person.digest, person.set_aside, person.dn, person.login, person.document)
      .run();
  return Done{};
}

Outcome<> Staging::add(const StagedGroup& group) {
  if (group.key.empty()) return no_key(group.dn);
  adding().prepare(kAddGroup).bind(group.key, group.digest, group.set_aside, group.dn, group.document).run();
  return Done{};
}

void Staging::add_member(std::string_view group_key, std::string_view member, bool is_login) {
  adding().prepare(kAddMember).bind(group_key, is_login, member).run();
}

void Staging::run(const std::function<void(const StagedView&)>& work) {
  if (adding_) {
    db_->prepare("COMMIT").run();
    adding_ = false;
  }
  if (!indexed_) db_->execute(kIndexes);
  indexed_ = true;
  store_.run_view_on(*db_, [&](const View& view) { work(StagedView(view, source_)); });
}

std::int64_t last_change(const View& view) {
  auto select = view.db().prepare("SELECT COALESCE(MAX(sequence), 0) FROM changes");
  select.step();
  return select.integer(0);
}

bool has_changed(const View& view, SourceId source, std::int64_t since) {
  auto select = view.db().prepare(
      "SELECT 1 FROM changes ch WHERE ch.sequence > ? AND "
      "(ch.kind = 'user' AND EXISTS (SELECT 1 FROM users u JOIN claims c ON c.user_key = u.key "
      "WHERE u.id = ch.id AND c.source_id = ?) "
      "OR ch.kind = 'group' AND EXISTS (SELECT 1 FROM groups g WHERE g.id = ch.id AND g.source_id = ?)) LIMIT 1");
  select.bind(since, source, source);
  return select.step();
}

std::string staged_document(const StagedView& view, std::string_view key, bool is_group) {
  auto select =
      view.db().prepare(is_group ? "SELECT document FROM staged_groups WHERE key = ? ORDER BY id DESC LIMIT 1"
                                 : "SELECT document FROM staged_people WHERE key = ? ORDER BY id DESC LIMIT 1");
  return select.bind(key).step() ? select.text(0) : std::string();
}

std::vector<DuplicateKey> duplicate_keys(const StagedView& view) {
  std::vector<DuplicateKey> found;
  find_duplicates(view, false, found);
  find_duplicates(view, true, found);
  return found;
}

}  // namespace rosterd::store
