// Memberships: single rows, and what follows from them for the people below.
#include <algorithm>
#include <set>

#include "store/access_refresh.h"
#include "store/audit.h"
#include "store/brake_checks.h"
#include "store/group_row.h"
#include "store/groups.h"
#include "store/removal_counts.h"

namespace rosterd::store {
namespace {

const char* kind_of(const Member& member) {
  return std::holds_alternative<UserId>(member) ? "u" : "g";
}

std::int64_t key_of(const Member& member) {
  return std::visit([](const auto id) { return id.value; }, member);
}

bool exists(const View& view, const Member& member) {
  Statement row =
      view.db().prepare(std::holds_alternative<UserId>(member) ? "SELECT 1 FROM users WHERE key = ? AND hidden = 0"
                                                               : "SELECT 1 FROM groups WHERE key = ? AND hidden = 0");
  return row.bind(key_of(member)).step();
}

// Before anything is written: a refusal leaves nothing behind.
std::optional<Refused> unknown_member(const View& view, std::span<const Member> members) {
  for (const Member& member : members)
    if (!exists(view, member)) return Refused{Refusal::not_found, "no such member", "members"};
  return std::nullopt;
}

bool add_row(Unit& unit, const Group& group, const Member& member) {
  unit.db()
      .prepare(
          "INSERT INTO memberships (group_key, member_kind, member_key, source_id, since) VALUES (?, ?, ?, ?, ?) "
          "ON CONFLICT (group_key, member_kind, member_key) DO NOTHING")
      .bind(group.key, kind_of(member), key_of(member), group.source, unit.now())
      .run();
  return unit.db().changes() > 0;
}

bool remove_row(Unit& unit, const Group& group, const Member& member) {
  unit.db()
      .prepare("DELETE FROM memberships WHERE group_key = ? AND member_kind = ? AND member_key = ?")
      .bind(group.key, kind_of(member), key_of(member))
      .run();
  return unit.db().changes() > 0;
}

Outcome<Group> changeable(const View& view, GroupId key) {
  auto group = find_group(view, key);
  if (!group || group->hidden) return Refused{Refusal::not_found, "no such group"};
  return std::move(*group);
}

// Rows that really came or went, and what they mean.
void follow(Unit& unit, const Group& group, std::span<const Member> changed, std::size_t added) {
  if (changed.empty()) return;
  count_members(unit, group.source, static_cast<std::int64_t>(2 * added) - static_cast<std::int64_t>(changed.size()));
  unit.db()
      .prepare("UPDATE groups SET version = version + 1, modified_at = ? WHERE key = ?")
      .bind(unit.now(), group.key)
      .run();
  audit(unit, "group.members", group.id,
        std::to_string(added) + " added, " + std::to_string(changed.size() - added) + " removed");
  note_change(unit, Changed::group, group.id);
  const bool quiet = is_quiet(unit, group.source);
  const auto is_user = [](const Member& member) { return std::holds_alternative<UserId>(member); };
  const auto users = static_cast<std::size_t>(std::count_if(changed.begin(), changed.end(), is_user));
  const bool later = users > unit.settings().members_at_once;
  for (const Member& member : changed) {
    if (const auto* below = std::get_if<GroupId>(&member))
      refresh_below(unit, *below, quiet);
    else if (later)
      queue_person(unit, std::get<UserId>(member), quiet);
    else
      refresh_access(unit, std::get<UserId>(member), quiet);
  }
}

std::vector<Member> members_of(const View& view, GroupId group) {
  std::vector<Member> all;
  Statement row = view.db().prepare(
      "SELECT member_kind, member_key FROM memberships WHERE group_key = ? ORDER BY member_kind, member_key");
  row.bind(group);
  while (row.step()) {
    if (row.view(0) == "u")
      all.emplace_back(UserId{row.integer(1)});
    else
      all.emplace_back(GroupId{row.integer(1)});
  }
  return all;
}

// `open`: groups that were added and are themselves in a group.
void add_groups_of(const View& view, const Member& member, std::vector<GroupAbove>& all, std::vector<GroupId>& open) {
  Statement row = view.db().prepare(
      "SELECT g.key, g.id, g.source_id, s.name, g.display_name, g.dn, EXISTS (SELECT 1 FROM memberships above "
      "WHERE above.member_kind = 'g' AND above.member_key = m.group_key) FROM memberships m "
      "JOIN groups g ON g.key = m.group_key JOIN sources s ON s.id = g.source_id "
      "WHERE m.member_kind = ? AND m.member_key = ? AND g.hidden = 0");
  row.bind(kind_of(member), key_of(member));
  const bool direct = std::holds_alternative<UserId>(member);
  while (row.step()) {
    const GroupId key{row.integer(0)};
    if (std::any_of(all.begin(), all.end(), [&](const GroupAbove& known) { return known.key == key; })) continue;
    all.push_back({key, row.text(1), SourceId{row.integer(2)}, row.text(3), row.text(4), row.text(5), direct});
    if (row.integer(6) != 0) open.push_back(key);
  }
}

}  // namespace

// Look-ups instead of one recursive statement: most people are in few groups that are in no other, and setting the
// recursion up cost more than all of them.
std::vector<GroupAbove> groups_above(const View& view, UserId user) {
  std::vector<GroupAbove> all;
  std::vector<GroupId> open;
  add_groups_of(view, user, all, open);
  for (std::size_t i = 0; i < open.size(); ++i) add_groups_of(view, GroupId(open[i]), all, open);
  std::sort(all.begin(), all.end(), [](const GroupAbove& a, const GroupAbove& b) { return a.key.value < b.key.value; });
  return all;
}

Outcome<std::size_t> add_members(Unit& unit, GroupId key, std::span<const Member> members) {
  auto group = changeable(unit, key);
  if (!group) return group.refused();
  if (auto refused = unknown_member(unit, members)) return *refused;
  members_stay(unit, *group, members);
  std::vector<Member> added;
  for (const Member& member : members)
    if (add_row(unit, *group, member)) added.push_back(member);
  follow(unit, *group, added, added.size());
  return added.size();
}

Outcome<std::size_t> remove_members(Unit& unit, GroupId key, std::span<const Member> members) {
  auto group = changeable(unit, key);
  if (!group) return group.refused();
  std::vector<Member> leaving;
  for (const Member& member : std::set<Member>(members.begin(), members.end()))
    if (is_member(unit, key, member)) leaving.push_back(member);
  if (auto may = brake_members(unit, *group, leaving); !may) return may.refused();
  std::vector<Member> removed;
  for (const Member& member : leaving)
    if (remove_row(unit, *group, member)) removed.push_back(member);
  follow(unit, *group, removed, 0);
  return removed.size();
}

Outcome<std::size_t> replace_members(Unit& unit, GroupId key, std::span<const Member> members) {
  auto group = changeable(unit, key);
  if (!group) return group.refused();
  if (auto refused = unknown_member(unit, members)) return *refused;
  const std::set<Member> wanted(members.begin(), members.end());
  std::vector<Member> leaving = members_of(unit, key);
  std::erase_if(leaving, [&](const Member& member) { return wanted.contains(member); });
  if (auto may = brake_members(unit, *group, leaving); !may) return may.refused();
  members_stay(unit, *group, members);
  std::vector<Member> changed;
  for (const Member& member : wanted)
    if (add_row(unit, *group, member)) changed.push_back(member);
  const std::size_t added = changed.size();
  for (const Member& member : leaving)
    if (remove_row(unit, *group, member)) changed.push_back(member);
  follow(unit, *group, changed, added);
  return changed.size();
}

bool is_member(const View& view, GroupId group, Member member) {
  return view.db()
      .prepare("SELECT 1 FROM memberships WHERE group_key = ? AND member_kind = ? AND member_key = ?")
      .bind(group, kind_of(member), key_of(member))
      .step();
}

void each_member(const View& view, GroupId group, const std::function<bool(const MemberRow&)>& row) {
  Statement users = view.db().prepare(
      "SELECT u.key, u.id, u.display_name FROM memberships m JOIN users u ON u.key = m.member_key "
      "WHERE m.group_key = ? AND m.member_kind = 'u' AND u.hidden = 0 ORDER BY m.member_key");
  users.bind(group);
  while (users.step())
    if (!row({UserId{users.integer(0)}, users.text(1), users.text(2)})) return;
  Statement groups = view.db().prepare(
      "SELECT g.key, g.id, g.display_name FROM memberships m JOIN groups g ON g.key = m.member_key "
      "WHERE m.group_key = ? AND m.member_kind = 'g' AND g.hidden = 0 ORDER BY m.member_key");
  groups.bind(group);
  while (groups.step())
    if (!row({GroupId{groups.integer(0)}, groups.text(1), groups.text(2)})) return;
}

std::vector<GroupOfUser> groups_of(const View& view, UserId user, SourceId only) {
  std::vector<GroupOfUser> all;
  for (GroupAbove& group : groups_above(view, user))
    if (!only || group.source == only)
      all.push_back({group.key, std::move(group.id), std::move(group.display_name), group.direct});
  return all;
}

}  // namespace rosterd::store
