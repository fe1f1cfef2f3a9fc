#include "store/attribute_index.h"

#include <algorithm>
#include <set>

#include "store/sqlite/connection.h"

namespace rosterd::store {
namespace {

constexpr std::int64_t kPeoplePerStep = 200;
constexpr std::int64_t kRowsAtOnce = 200;

// An attribute of the settings with its row.
struct Live {
  const IndexedAttribute* attribute = nullptr;
  std::int64_t id = 0;
  bool ready = false;
};

const IndexedAttribute* named(const std::vector<IndexedAttribute>& all, std::string_view address) {
  const auto it = std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.address() == address; });
  return it == all.end() ? nullptr : &*it;
}

std::vector<Live> live_attributes(const Unit& unit) {
  std::vector<Live> live;
  const auto& wanted = unit.settings().indexed;
  if (wanted.empty()) return live;
  Statement row = unit.db().prepare("SELECT id, address, state FROM indexed_attributes WHERE state <> 'leaving'");
  while (row.step())
    if (const auto* attribute = named(wanted, row.view(1)))
      live.push_back({attribute, row.integer(0), row.view(2) == "ready"});
  return live;
}

std::set<std::string> wanted_values(const IndexedAttribute& attribute, const std::vector<SourceProfile>& claims) {
  std::set<std::string> values;
  for (const SourceProfile& claim : claims)
    for (std::string& value : values_at(claim.profile, attribute)) values.insert(std::move(value));
  return values;
}

std::set<std::string> held_values(const View& view, std::int64_t attribute, UserId user) {
  std::set<std::string> values;
  Statement row = view.db().prepare("SELECT value FROM attribute_values WHERE user_key = ? AND attribute_id = ?");
  row.bind(user, attribute);
  while (row.step()) values.insert(row.text(0));
  return values;
}

bool is_taken(const View& view, std::int64_t attribute, const std::string& value, UserId self) {
  Statement row = view.db().prepare(
      "SELECT 1 FROM attribute_values v JOIN users u ON u.key = v.user_key "
      "WHERE v.attribute_id = ? AND v.value = ? AND v.user_key <> ? AND u.hidden = 0 LIMIT 1");
  return row.bind(attribute, value, self).step();
}

bool is_hidden(const View& view, UserId user) {
  Statement row = view.db().prepare("SELECT hidden FROM users WHERE key = ?");
  return row.bind(user).step() && row.integer(0) != 0;
}

void write_attribute(Unit& unit, UserId user, std::int64_t attribute, const std::set<std::string>& wanted) {
  const std::set<std::string> held = held_values(unit, attribute, user);
  for (const std::string& value : held) {
    if (wanted.contains(value)) continue;
    unit.db()
        .prepare("DELETE FROM attribute_values WHERE user_key = ? AND attribute_id = ? AND value = ?")
        .bind(user, attribute, value)
        .run();
  }
  for (const std::string& value : wanted) {
    if (held.contains(value)) continue;
    unit.db()
        .prepare("INSERT INTO attribute_values (attribute_id, user_key, value) VALUES (?, ?, ?)")
        .bind(attribute, user, value)
        .run();
  }
}

void set_state(Unit& unit, std::int64_t attribute, const char* state) {
  unit.db().prepare("UPDATE indexed_attributes SET state = ?, cursor = 0 WHERE id = ?").bind(state, attribute).run();
}

std::vector<SourceProfile> profiles_of(const View& view, UserId user) {
  std::vector<SourceProfile> all;
  Statement row = view.db().prepare("SELECT profile FROM claims WHERE user_key = ? AND ended_at IS NULL");
  row.bind(user);
  while (row.step()) all.push_back({{}, row.text(0)});
  return all;
}

std::vector<UserId> people_after(const View& view, UserId after) {
  std::vector<UserId> people;
  Statement row = view.db().prepare("SELECT key FROM users WHERE key > ? ORDER BY key LIMIT ?");
  row.bind(after, kPeoplePerStep);
  while (row.step()) people.emplace_back(UserId{row.integer(0)});
  return people;
}

void step_building(Unit& unit, std::int64_t id, const IndexedAttribute& attribute, UserId after, const Pace& pace) {
  UserId done = after;
  for (const UserId user : people_after(unit, after)) {
    write_attribute(unit, user, id, wanted_values(attribute, profiles_of(unit, user)));
    done = user;
    if (pace.over()) break;
  }
  if (done == after) return set_state(unit, id, "ready");
  unit.db().prepare("UPDATE indexed_attributes SET cursor = ? WHERE id = ?").bind(done, id).run();
}

void step_leaving(Unit& unit, std::int64_t id, const Pace& pace) {
  do {
    unit.db()
        .prepare(
            "DELETE FROM attribute_values WHERE (user_key, attribute_id, value) IN "
            "(SELECT user_key, attribute_id, value FROM attribute_values WHERE attribute_id = ? LIMIT ?)")
        .bind(id, kRowsAtOnce)
        .run();
    if (unit.db().changes() > 0) continue;
    unit.db().prepare("DELETE FROM indexed_attributes WHERE id = ?").bind(id).run();
    return;
  } while (!pace.over());
}

}  // namespace

bool index_attributes(Unit& unit, const std::vector<IndexedAttribute>& wanted) {
  std::set<std::string> known;
  std::vector<std::int64_t> leaving;
  {
    Statement row =
        unit.db().prepare("SELECT id, address, case_exact FROM indexed_attributes WHERE state <> 'leaving'");
    while (row.step()) {
      const IndexedAttribute* attribute = named(wanted, row.view(1));
      if (attribute != nullptr && attribute->case_exact == (row.integer(2) != 0)) {
        known.insert(row.text(1));
      } else {
        leaving.push_back(row.integer(0));
      }
    }
  }
  bool changed = !leaving.empty();
  for (const std::int64_t id : leaving) set_state(unit, id, "leaving");
  const bool nobody = !unit.db().prepare("SELECT 1 FROM users LIMIT 1").step();
  for (const IndexedAttribute& attribute : wanted) {
    if (!known.insert(attribute.address()).second) continue;
    unit.db()
        .prepare("INSERT INTO indexed_attributes (address, case_exact, state) VALUES (?, ?, ?)")
        .bind(attribute.address(), attribute.case_exact, nobody ? "ready" : "building")
        .run();
    changed = true;
  }
  if (has_index_work(unit)) unit.work_was_queued();
  return changed;
}

std::optional<AttributeIndex> ready_index(const View& view, std::string_view address) {
  Statement row =
      view.db().prepare("SELECT id, case_exact FROM indexed_attributes WHERE address = ? AND state = 'ready'");
  if (!row.bind(address).step()) return std::nullopt;
  return AttributeIndex{row.integer(0), row.integer(1) != 0};
}

std::optional<Refused> value_collision(const Unit& unit, UserId self, const std::vector<SourceProfile>& claims) {
  for (const Live& live : live_attributes(unit)) {
    if (!live.attribute->unique || !live.ready) continue;
    const std::set<std::string> held =
        is_hidden(unit, self) ? std::set<std::string>() : held_values(unit, live.id, self);
    for (const std::string& value : wanted_values(*live.attribute, claims)) {
      if (held.contains(value) || !is_taken(unit, live.id, value, self)) continue;
      return Refused{Refusal::uniqueness, live.attribute->address() + " has a value that belongs to somebody else",
                     live.attribute->address()};
    }
  }
  return std::nullopt;
}

void write_values(Unit& unit, UserId user, const std::vector<SourceProfile>& claims) {
  for (const Live& live : live_attributes(unit))
    write_attribute(unit, user, live.id, wanted_values(*live.attribute, claims));
}

bool has_index_work(const View& view) {
  return view.db().prepare("SELECT 1 FROM indexed_attributes WHERE state <> 'ready' LIMIT 1").step();
}

void step_index(Unit& unit, const Pace& pace) {
  std::int64_t id = 0;
  std::string address;
  bool building = false;
  UserId cursor;
  {
    Statement row = unit.db().prepare(
        "SELECT id, address, state, cursor FROM indexed_attributes WHERE state <> 'ready' ORDER BY id LIMIT 1");
    if (!row.step()) return;
    id = row.integer(0);
    address = row.text(1);
    building = row.view(2) == "building";
    cursor = UserId{row.integer(3)};
  }
  const IndexedAttribute* attribute = named(unit.settings().indexed, address);
  if (!building) return step_leaving(unit, id, pace);
  if (attribute != nullptr) return step_building(unit, id, *attribute, cursor, pace);
  set_state(unit, id, "leaving");  // of settings that are not in force
}

}  // namespace rosterd::store
