#include "store/remembered.h"

#include <algorithm>
#include <set>
#include <utility>

#include "store/audit.h"
#include "store/claims.h"
#include "store/fold.h"
#include "store/remembered_join.h"
#include "store/sqlite/connection.h"

namespace rosterd::store {
namespace {

constexpr std::size_t kLongestName = 1024;

Outcome<Group> open_group(const View& view, GroupId key) {
  auto group = find_group(view, key);
  if (!group || group->hidden) return Refused{Refusal::not_found, "no such group"};
  return std::move(*group);
}

std::optional<Refused> check_names(std::span<const std::string> names) {
  for (const std::string& name : names)
    if (name.empty() || name.size() > kLongestName)
      return Refused{Refusal::invalid, "the name of a member has 1 to 1,024 bytes", "members"};
  return std::nullopt;
}

bool add_name(Unit& unit, const Group& group, const std::string& name) {
  unit.db()
      .prepare(
          "INSERT INTO remembered_members (group_key, named, folded, source_id, since) VALUES (?, ?, ?, ?, ?) "
          "ON CONFLICT (group_key, named) DO NOTHING")
      .bind(group.key, name, fold(name), group.source, unit.now())
      .run();
  return unit.db().changes() > 0;
}

bool drop_name(Unit& unit, GroupId group, const std::string& name) {
  unit.db().prepare("DELETE FROM remembered_members WHERE group_key = ? AND named = ?").bind(group, name).run();
  return unit.db().changes() > 0;
}

// Names of members are for the table, not for the trail: they may be addresses of people.
void note(Unit& unit, const Group& group, std::size_t added, std::size_t dropped) {
  if (added > 0) audit(unit, "group.remember", group.id, std::to_string(added) + " members that are not there yet");
  if (dropped > 0) audit(unit, "group.forget", group.id, std::to_string(dropped) + " members that were not there yet");
}

// Refuses before the limit is passed; counts only when something new is named.
Outcome<std::size_t> add_names(Unit& unit, const Group& group, std::span<const std::string> names) {
  std::size_t added = 0;
  for (const std::string& name : names)
    if (add_name(unit, group, name)) ++added;
  if (added > 0 && count_remembered(unit, group.source) > kMostRemembered)
    return Refused{Refusal::invalid,
                   "more than 10,000 members of this connection's groups are not there yet: no more are remembered",
                   "members"};
  return added;
}

std::vector<std::string> names_of(const View& view, GroupId group) {
  std::vector<std::string> all;
  Statement row = view.db().prepare("SELECT named FROM remembered_members WHERE group_key = ? ORDER BY named");
  row.bind(group);
  while (row.step()) all.push_back(row.text(0));
  return all;
}

// What a newcomer is called: names that must be the same, and one that compares folded.
struct Names {
  std::vector<std::string> exact;
  std::string folded;

  bool has(std::string_view named, const std::string& folded_name) const {
    return (!folded.empty() && folded_name == folded) || std::find(exact.begin(), exact.end(), named) != exact.end();
  }
};

struct Waiting {
  GroupId group;
  std::string named;
};

std::vector<Waiting> waiting_for(const View& view, SourceId source, const Names& names) {
  std::vector<Waiting> all;
  std::set<std::string> keys;
  for (const std::string& name : names.exact) keys.insert(fold(name));
  if (!names.folded.empty()) keys.insert(names.folded);
  for (const std::string& key : keys) {
    Statement row =
        view.db().prepare("SELECT group_key, named FROM remembered_members WHERE source_id = ? AND folded = ?");
    row.bind(source, key);
    while (row.step())
      if (names.has(row.view(1), key)) all.push_back({GroupId{row.integer(0)}, row.text(1)});
  }
  return all;
}

void join(Unit& unit, SourceId source, const Names& names, Member member) {
  for (const Waiting& waiting : waiting_for(unit, source, names)) {
    drop_name(unit, waiting.group, waiting.named);
    // A group that has ended took its names with it; a newcomer is no reason to fail.
    (void)add_members(unit, waiting.group, std::span<const Member>(&member, 1));
  }
}

Names names_of(const View& view, SourceId source, UserId key) {
  Names names;
  const auto user = find_user(view, key);
  const auto claim = find_claim(view, source, key);
  if (!user || user->hidden || !claim || claim->ended) return names;
  names.exact.push_back(user->id);
  if (claim->key) names.exact.push_back(*claim->key);
  names.folded = fold(essentials_of(claim->profile).user_name);
  return names;
}

bool nobody_is_remembered(const View& view, SourceId source) {
  return !view.db().prepare("SELECT 1 FROM remembered_members WHERE source_id = ? LIMIT 1").bind(source).step();
}

RememberedMember read_row(const Statement& row) {
  return {SourceId{row.integer(0)}, row.text(1), row.text(2), row.text(3), from_millis(row.integer(4))};
}

#define ROSTERD_REMEMBERED                                                                  \
  "SELECT r.source_id, s.name, g.display_name, r.named, r.since FROM remembered_members r " \
  "JOIN groups g ON g.key = r.group_key JOIN sources s ON s.id = r.source_id WHERE r.source_id "

}  // namespace

std::optional<Member> find_named_member(const View& view, SourceId source, std::string_view name) {
  if (const auto claim = find_claim(view, source, name); claim && !claim->ended) return Member(claim->user);
  const std::string folded = fold(name);
  Statement row = view.db().prepare(
      "SELECT key FROM users WHERE user_name_folded = ? AND hidden = 0 "
      "UNION ALL SELECT user_key FROM names WHERE field = 'u' AND folded = ?");
  row.bind(folded, folded);
  while (row.step())
    if (const UserId user{row.integer(0)}; !folded.empty() && names_of(view, source, user).folded == folded)
      return Member(user);
  if (const auto group = find_group_by_key(view, source, name); group && !group->hidden) return Member(group->key);
  return std::nullopt;
}

Outcome<std::size_t> remember_members(Unit& unit, GroupId key, std::span<const std::string> names) {
  const auto group = open_group(unit, key);
  if (!group) return group.refused();
  if (auto refused = check_names(names)) return *refused;
  auto added = add_names(unit, *group, names);
  if (added) note(unit, *group, *added, 0);
  return added;
}

std::size_t forget_members(Unit& unit, GroupId key, std::span<const std::string> names) {
  std::size_t dropped = 0;
  for (const std::string& name : names)
    if (drop_name(unit, key, name)) ++dropped;
  if (dropped > 0)
    if (const auto group = find_group(unit, key)) note(unit, *group, 0, dropped);
  return dropped;
}

Outcome<std::size_t> replace_remembered(Unit& unit, GroupId key, std::span<const std::string> names) {
  const auto group = open_group(unit, key);
  if (!group) return group.refused();
  if (auto refused = check_names(names)) return *refused;
  const std::set<std::string> wanted(names.begin(), names.end());
  std::size_t dropped = 0;
  for (const std::string& name : names_of(unit, key))
    if (!wanted.contains(name) && drop_name(unit, key, name)) ++dropped;
  const auto added = add_names(unit, *group, names);
  if (!added) return added.refused();
  note(unit, *group, *added, dropped);
  return *added + dropped;
}

std::size_t count_remembered(const View& view, SourceId source) {
  Statement row = view.db().prepare(
      "SELECT COUNT(*) FROM (SELECT 1 FROM remembered_members WHERE source_id = ? LIMIT ?) AS bounded");
  row.bind(source, static_cast<std::int64_t>(kMostRemembered) + 1).step();
  return static_cast<std::size_t>(row.integer(0));
}

std::vector<RememberedMember> remembered_of(const View& view, SourceId source, std::size_t limit) {
  std::vector<RememberedMember> all;
  Statement row = view.db().prepare(ROSTERD_REMEMBERED "= ? ORDER BY r.since, g.display_name, r.named LIMIT ?");
  row.bind(source, static_cast<std::int64_t>(limit));
  while (row.step()) all.push_back(read_row(row));
  return all;
}

std::vector<RememberedMember> remembered_as(const View& view, std::string_view name) {
  std::vector<RememberedMember> all;
  Statement row = view.db().prepare(ROSTERD_REMEMBERED
                                    "IN (SELECT id FROM sources) AND r.folded = ? ORDER BY s.name, g.display_name");
  row.bind(fold(name));
  while (row.step()) all.push_back(read_row(row));
  return all;
}

std::vector<RememberedMember> remembered_for(const View& view, UserId who) {
  std::vector<RememberedMember> all;
  const auto user = find_user(view, who);
  if (!user) return all;
  for (const Claim& claim : claims_of(view, who)) {
    std::set<std::string> keys{fold(user->id), fold(essentials_of(claim.profile).user_name)};
    if (claim.key) keys.insert(fold(*claim.key));
    for (const std::string& key : keys) {
      Statement row = view.db().prepare(ROSTERD_REMEMBERED "= ? AND r.folded = ? ORDER BY g.display_name");
      row.bind(claim.source, key);
      while (row.step()) all.push_back(read_row(row));
    }
  }
  return all;
}

void join_remembered(Unit& unit, SourceId source, UserId user) {
  if (nobody_is_remembered(unit, source)) return;
  join(unit, source, names_of(unit, source, user), user);
}

void join_remembered(Unit& unit, SourceId source, const Group& group) {
  if (nobody_is_remembered(unit, source)) return;
  Names names{{group.id}, {}};
  if (group.source_key) names.exact.push_back(*group.source_key);
  join(unit, source, names, group.key);
}

void forget_members_of(Unit& unit, GroupId group) {
  unit.db().prepare("DELETE FROM remembered_members WHERE group_key = ?").bind(group).run();
}

}  // namespace rosterd::store
