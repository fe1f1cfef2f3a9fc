#include "store/work.h"

#include <algorithm>

#include "store/access_refresh.h"
#include "store/attribute_index.h"
#include "store/group_row.h"
#include "store/removal_counts.h"
#include "store/sources.h"

namespace rosterd::store {
namespace {

constexpr std::size_t kPeoplePerStep = 200;
constexpr std::int64_t kRowsAtOnce = 200;

struct Item {
  std::int64_t id = 0;
  Work work = Work::refresh_group;
  GroupId group;
  bool quiet = false;
  UserId cursor;
};

const char* name_of(Work work) {
  return work == Work::refresh_everybody ? "refresh_everybody" : "refresh_group";
}

std::optional<Item> first_item(const View& view) {
  Statement row = view.db().prepare("SELECT id, kind, group_key, quiet, cursor FROM work_queue ORDER BY id LIMIT 1");
  if (!row.step()) return std::nullopt;
  return Item{row.integer(0),
              row.view(1) == name_of(Work::refresh_everybody) ? Work::refresh_everybody : Work::refresh_group,
              GroupId{row.integer(2)}, row.integer(3) != 0, UserId{row.integer(4)}};
}

std::vector<UserId> next_people(const View& view, const Item& item) {
  if (item.work == Work::refresh_group)
    return people_below(view, groups_below(view, item.group), item.cursor, kPeoplePerStep);
  std::vector<UserId> people;
  Statement row = view.db().prepare("SELECT key FROM users WHERE key > ? ORDER BY key LIMIT ?");
  row.bind(item.cursor, static_cast<std::int64_t>(kPeoplePerStep));
  while (row.step()) people.emplace_back(UserId{row.integer(0)});
  return people;
}

// The rows of a group that has ended leave last: until then they say who is below it.
bool clear_members(Unit& unit, GroupId key, const Pace& pace) {
  const auto group = find_group(unit, key);
  if (!group || !group->hidden) return false;
  bool some = false;
  do {
    unit.db()
        .prepare(
            "DELETE FROM memberships WHERE (group_key, member_kind, member_key) IN "
            "(SELECT group_key, member_kind, member_key FROM memberships WHERE group_key = ? LIMIT ?)")
        .bind(key, kRowsAtOnce)
        .run();
    if (unit.db().changes() == 0) return some;
    count_members(unit, group->source, -unit.db().changes());
    some = true;
  } while (!pace.over());
  return some;
}

void step_item(Unit& unit, const Item& item, const Pace& pace) {
  UserId done = item.cursor;
  for (const UserId user : next_people(unit, item)) {
    refresh_access(unit, user, item.quiet);
    done = user;
    if (pace.over()) break;
  }
  if (done != item.cursor) {
    unit.db().prepare("UPDATE work_queue SET cursor = ? WHERE id = ?").bind(done, item.id).run();
    return;
  }
  if (item.work == Work::refresh_group && clear_members(unit, item.group, pace)) return;
  unit.db().prepare("DELETE FROM work_queue WHERE id = ?").bind(item.id).run();
}

bool step_people(Unit& unit, const Pace& pace) {
  std::vector<std::pair<UserId, bool>> people;
  {
    Statement row = unit.db().prepare("SELECT user_key, quiet FROM work_people ORDER BY user_key LIMIT ?");
    row.bind(static_cast<std::int64_t>(kPeoplePerStep));
    while (row.step()) people.emplace_back(UserId{row.integer(0)}, row.integer(1) != 0);
  }
  for (const auto& [user, quiet] : people) {
    refresh_access(unit, user, quiet);
    unit.db().prepare("DELETE FROM work_people WHERE user_key = ?").bind(user).run();
    if (pace.over()) break;
  }
  return !people.empty();
}

}  // namespace

void queue_work(Unit& unit, Work work, GroupId group) {
  const auto known = group ? find_group(unit, group) : std::nullopt;
  queue_work(unit, work, group, known && is_quiet(unit, known->source));
}

void queue_work(Unit& unit, Work work, GroupId group, bool quiet) {
  // Work that is queued already starts again: the people it has passed may be concerned once more.
  unit.db()
      .prepare(
          "INSERT INTO work_queue (kind, group_key, quiet, queued_at) VALUES (?, ?, ?, ?) "
          "ON CONFLICT (kind, group_key, quiet) DO UPDATE SET cursor = 0")
      .bind(name_of(work), group, quiet, unit.now())
      .run();
  unit.work_was_queued();
}

void queue_person(Unit& unit, UserId user, bool quiet) {
  unit.db()
      .prepare(
          "INSERT INTO work_people (user_key, quiet) VALUES (?, ?) "
          "ON CONFLICT (user_key) DO UPDATE SET quiet = work_people.quiet * excluded.quiet")
      .bind(user, quiet)
      .run();
  unit.work_was_queued();
}

bool has_work(const View& view) {
  return view.db().prepare("SELECT 1 FROM work_people LIMIT 1").step() ||
         view.db().prepare("SELECT 1 FROM work_queue LIMIT 1").step() || has_index_work(view);
}

bool step_work(Store& store) {
  Pace pace(1, 1);
  return step_work(store, pace);
}

bool step_work(Store& store, Pace& pace) {
  if (!store.read([](const View& view) { return has_work(view); })) return false;
  return store.write(Actor{kLocal, "work"}, [&](Unit& unit) {
    pace.begin();
    if (!step_people(unit, pace)) {
      if (const auto item = first_item(unit)) {
        step_item(unit, *item, pace);
      } else {
        step_index(unit, pace);
      }
    }
    return has_work(unit);
  });
}

std::vector<GroupId> groups_below(const View& view, GroupId group) {
  std::vector<GroupId> all;
  Statement row = view.db().prepare(
      "WITH RECURSIVE down (key) AS (SELECT key FROM groups WHERE key = ? "
      "UNION SELECT m.member_key FROM down JOIN memberships m ON m.group_key = down.key AND m.member_kind = 'g') "
      "SELECT key FROM down");
  row.bind(group);
  while (row.step()) all.emplace_back(GroupId{row.integer(0)});
  return all;
}

std::vector<UserId> people_below(const View& view, const std::vector<GroupId>& groups, UserId after,
                                 std::size_t limit) {
  std::vector<UserId> people;
  for (const GroupId group : groups) {
    Statement row = view.db().prepare(
        "SELECT member_key FROM memberships WHERE group_key = ? AND member_kind = 'u' AND member_key > ? "
        "ORDER BY member_key LIMIT ?");
    row.bind(group, after, static_cast<std::int64_t>(limit));
    while (row.step()) people.emplace_back(UserId{row.integer(0)});
    std::sort(people.begin(), people.end());
    people.erase(std::unique(people.begin(), people.end()), people.end());
    if (people.size() > limit) people.resize(limit);
  }
  return people;
}

bool refresh_below(Unit& unit, GroupId group, bool quiet) {
  const std::size_t few = unit.settings().members_at_once;
  const auto people = people_below(unit, groups_below(unit, group), {}, few + 1);
  if (people.size() > few) {
    queue_work(unit, Work::refresh_group, group, quiet);
    return false;
  }
  for (const UserId user : people) refresh_access(unit, user, quiet);
  return true;
}

}  // namespace rosterd::store
