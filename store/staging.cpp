#include "store/staging.h"

#include "store/sqlite/connection.h"

namespace rosterd::store {
namespace {

constexpr std::string_view kStagePerson =
    "INSERT INTO staged_people (source_id, key, digest, set_aside, dn, login, document) VALUES (?, ?, ?, ?, ?, ?, ?)";
constexpr std::string_view kStageGroup =
    "INSERT INTO staged_groups (source_id, key, digest, set_aside, dn, document) VALUES (?, ?, ?, ?, ?, ?)";
constexpr std::string_view kStageMember =
    "INSERT INTO staged_members (source_id, group_key, is_login, member) VALUES (?, ?, ?, ?)";

constexpr std::string_view kDropSome[] = {
    "DELETE FROM staged_members WHERE id IN (SELECT id FROM staged_members WHERE source_id = ? LIMIT ?)",
    "DELETE FROM staged_groups WHERE id IN (SELECT id FROM staged_groups WHERE source_id = ? LIMIT ?)",
    "DELETE FROM staged_people WHERE id IN (SELECT id FROM staged_people WHERE source_id = ? LIMIT ?)",
};

// One key on several DNs. The scan by group needs no index and runs once a sync.
constexpr std::string_view kDuplicatePeople =
    "SELECT key, MIN(dn), MAX(dn) FROM staged_people WHERE source_id = ? "
    "GROUP BY key HAVING COUNT(*) > 1 AND MIN(dn) <> MAX(dn) ORDER BY key";
constexpr std::string_view kDuplicateGroups =
    "SELECT key, MIN(dn), MAX(dn) FROM staged_groups WHERE source_id = ? "
    "GROUP BY key HAVING COUNT(*) > 1 AND MIN(dn) <> MAX(dn) ORDER BY key";

Refused no_key(std::string_view dn) {
  return {Refusal::invalid, std::string(dn) + " has no unique key."};
}

void find_duplicates(const View& view, SourceId source, bool is_group, std::vector<DuplicateKey>& found) {
  auto select = view.db().prepare(is_group ? kDuplicateGroups : kDuplicatePeople);
  select.bind(source);
  while (select.step()) found.push_back({select.text(0), is_group, {select.text(1), select.text(2)}});
}

}  // namespace

void begin_staging(Unit& unit, SourceId source) {
  drop_staging(unit, source);
}

Outcome<> stage_person(Unit& unit, SourceId source, const StagedPerson& person) {
  if (person.key.empty()) return no_key(person.dn);
  unit.db()
      .prepare(kStagePerson)
      .bind(source, person.key, person.digest, person.set_aside, person.dn, person.login, person.document)
      .run();
  return Done{};
}

Outcome<> stage_group(Unit& unit, SourceId source, const StagedGroup& group) {
  if (group.key.empty()) return no_key(group.dn);
  unit.db().prepare(kStageGroup).bind(source, group.key, group.digest, group.set_aside, group.dn, group.document).run();
  return Done{};
}

void stage_member(Unit& unit, SourceId source, std::string_view group_key, std::string_view member, bool is_login) {
  unit.db().prepare(kStageMember).bind(source, group_key, is_login, member).run();
}

void drop_staging(Unit& unit, SourceId source) {
  unit.db().prepare("DELETE FROM staged_members WHERE source_id = ?").bind(source).run();
  unit.db().prepare("DELETE FROM staged_groups WHERE source_id = ?").bind(source).run();
  unit.db().prepare("DELETE FROM staged_people WHERE source_id = ?").bind(source).run();
}

std::size_t drop_staging(Unit& unit, SourceId source, std::size_t limit) {
  std::size_t dropped = 0;
  for (const std::string_view drop : kDropSome) {
    if (dropped == limit) break;
    unit.db().prepare(drop).bind(source, static_cast<std::int64_t>(limit - dropped)).run();
    dropped += static_cast<std::size_t>(unit.db().changes());
  }
  return dropped;
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

std::vector<DuplicateKey> duplicate_keys(const View& view, SourceId source) {
  std::vector<DuplicateKey> found;
  find_duplicates(view, source, false, found);
  find_duplicates(view, source, true, found);
  return found;
}

}  // namespace rosterd::store
