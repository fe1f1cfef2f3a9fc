#include "store/groups.h"

#include <algorithm>

#include "store/access_refresh.h"
#include "store/audit.h"
#include "store/brake_checks.h"
#include "store/fold.h"
#include "store/group_row.h"
#include "store/remembered_join.h"
#include "store/removal_counts.h"
#include "store/sources.h"
#include "store/uuid.h"

namespace rosterd::store {
namespace {

constexpr std::size_t kLongestName = 1024;

std::optional<Group> one(Statement& row) {
  if (!row.step()) return std::nullopt;
  return read_group(row);
}

bool has_members(const View& view, GroupId group) {
  return view.db().prepare("SELECT 1 FROM memberships WHERE group_key = ? LIMIT 1").bind(group).step();
}

GroupId insert(Unit& unit, SourceId source, const GroupFacts& facts) {
  const std::string id = random_uuid();
  unit.db()
      .prepare(
          "INSERT INTO groups (id, source_id, source_key, display_name, display_name_folded, dn, document, digest, "
          "created_at, modified_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
      .bind(id, source, facts.key, facts.display_name, fold(facts.display_name), facts.dn, facts.document, facts.digest,
            unit.now(), unit.now())
      .run();
  const GroupId key{unit.db().last_id()};
  count_groups(unit, source, 1);
  audit(unit, "group.create", id, facts.display_name);
  note_change(unit, Changed::group, id);
  return key;
}

bool rules_say_the_same(const Unit& unit, const Group& before, const GroupFacts& after) {
  if (before.display_name == after.display_name && before.dn == after.dn) return true;
  const auto source = find_source(unit, before.source);
  const AccessRules& rules = unit.settings().access;
  const auto same = [](const Access& one, const Access& other) {
    return one.rule == other.rule && one.role == other.role && one.projects == other.projects &&
           one.kind == other.kind && one.company == other.company && one.permissions == other.permissions;
  };
  const auto old_ones = rules.match({source->name, before.display_name, before.dn});
  const auto new_ones = rules.match({source->name, after.display_name, after.dn});
  return std::equal(old_ones.begin(), old_ones.end(), new_ones.begin(), new_ones.end(), same);
}

void update(Unit& unit, const Group& before, const GroupFacts& facts) {
  const bool key_moves = facts.keyless ? before.source_key.has_value() : facts.key && facts.key != before.source_key;
  const bool visible = before.hidden || before.display_name != facts.display_name || before.dn != facts.dn ||
                       before.document != facts.document || key_moves;
  if (!visible && before.digest == facts.digest) return;
  unit.db()
      .prepare(
          "UPDATE groups SET source_key = CASE WHEN ? THEN NULL ELSE COALESCE(?, source_key) END, display_name = ?, "
          "display_name_folded = ?, dn = ?, document = ?, digest = ?, hidden = 0 WHERE key = ?")
      .bind(facts.keyless, facts.key, facts.display_name, fold(facts.display_name), facts.dn, facts.document,
            facts.digest, before.key)
      .run();
  if (!visible) return;
  unit.db()
      .prepare("UPDATE groups SET version = version + 1, modified_at = ? WHERE key = ?")
      .bind(unit.now(), before.key)
      .run();
  audit(unit, before.hidden ? "group.restore" : "group.update", before.id, facts.display_name);
  note_change(unit, Changed::group, before.id);
  if (before.hidden) {
    count_groups(unit, before.source, 1);
    group_is_back(unit, before);
  }
  if (!rules_say_the_same(unit, before, facts)) refresh_below(unit, before.key, is_quiet(unit, before.source));
}

}  // namespace

Group read_group(const Statement& row) {
  Group group;
  group.key = GroupId{row.integer(0)};
  group.id = row.text(1);
  group.source = SourceId{row.integer(2)};
  group.source_key = row.maybe_text(3);
  group.display_name = row.text(4);
  group.dn = row.text(5);
  group.document = row.text(6);
  group.digest = row.text(7);
  group.hidden = row.integer(8) != 0;
  group.version = row.integer(9);
  group.created = from_millis(row.integer(10));
  group.modified = from_millis(row.integer(11));
  return group;
}

Outcome<GroupId> put_group(Unit& unit, SourceId source, const GroupFacts& facts, GroupId existing) {
  if (facts.display_name.find_first_not_of(" \t\r\n") == std::string::npos)
    return Refused{Refusal::invalid, "displayName is required", "displayName"};
  if (facts.display_name.size() > kLongestName)
    return Refused{Refusal::invalid, "displayName is longer than 1,024 bytes", "displayName"};
  auto by_key = facts.key ? find_group_by_key(unit, source, *facts.key) : std::nullopt;
  if (existing) {
    const auto group = find_group(unit, existing);
    if (!group || group->hidden || group->source != source) return Refused{Refusal::not_found, "no such group"};
    if (by_key && !by_key->hidden && by_key->key != existing)
      return Refused{Refusal::uniqueness, "externalId \"" + *facts.key + "\" belongs to another group", "externalId"};
    update(unit, *group, facts);
    if (facts.key && facts.key != group->source_key) join_remembered(unit, source, *find_group(unit, existing));
    return existing;
  }
  // A hidden group whose members are still on their way out is not revived: they would come back with it.
  const bool is_new = !by_key || (by_key->hidden && has_members(unit, by_key->key));
  if (!is_new) update(unit, *by_key, facts);
  const GroupId key = is_new ? insert(unit, source, facts) : by_key->key;
  if (is_new || by_key->hidden) join_remembered(unit, source, *find_group(unit, key));
  return key;
}

Outcome<> hide_group(Unit& unit, GroupId key) {
  const auto group = find_group(unit, key);
  if (!group || group->hidden) return Refused{Refusal::not_found, "no such group"};
  if (auto may = brake_group(unit, *group); !may) return may.refused();
  count_groups(unit, group->source, -1);
  unit.db()
      .prepare("UPDATE groups SET hidden = 1, version = version + 1, modified_at = ? WHERE key = ?")
      .bind(unit.now(), key)
      .run();
  unit.db()
      .prepare(
          "UPDATE groups SET version = version + 1, modified_at = ? WHERE key IN "
          "(SELECT group_key FROM memberships WHERE member_kind = 'g' AND member_key = ?)")
      .bind(unit.now(), key)
      .run();
  unit.db().prepare("DELETE FROM memberships WHERE member_kind = 'g' AND member_key = ?").bind(key).run();
  count_members(unit, group->source, -unit.db().changes());
  forget_members_of(unit, key);
  audit(unit, "group.hide", group->id, group->display_name);
  note_change(unit, Changed::group, group->id);
  if (refresh_below(unit, key, is_quiet(unit, group->source))) {
    unit.db().prepare("DELETE FROM memberships WHERE group_key = ?").bind(key).run();
    count_members(unit, group->source, -unit.db().changes());
  }
  return Done{};
}

std::optional<Group> find_group(const View& view, GroupId key) {
  Statement row = view.db().prepare(ROSTERD_GROUP_COLUMNS "FROM groups g WHERE g.key = ?");
  return one(row.bind(key));
}

std::optional<Group> find_group(const View& view, std::string_view id) {
  Statement row = view.db().prepare(ROSTERD_GROUP_COLUMNS "FROM groups g WHERE g.id = ?");
  return one(row.bind(id));
}

std::optional<Group> find_group_of(const View& view, SourceId source, std::string_view id) {
  Statement row =
      view.db().prepare(ROSTERD_GROUP_COLUMNS "FROM groups g WHERE g.id = ? AND g.source_id = ? AND g.hidden = 0");
  return one(row.bind(id, source));
}

std::optional<Group> find_group_by_name(const View& view, SourceId source, std::string_view display_name) {
  Statement row =
      view.db().prepare(ROSTERD_GROUP_COLUMNS
                        "FROM groups g WHERE g.source_id = ? AND g.display_name_folded = ? AND g.hidden = 0 "
                        "ORDER BY g.key LIMIT 1");
  return one(row.bind(source, fold(display_name)));
}

std::optional<Group> find_group_by_key(const View& view, SourceId source, std::string_view source_key) {
  Statement row = view.db().prepare(
      ROSTERD_GROUP_COLUMNS
      "FROM groups g WHERE g.source_id = ? AND g.source_key = ? ORDER BY g.hidden, g.key DESC LIMIT 1");
  return one(row.bind(source, source_key));
}

}  // namespace rosterd::store
