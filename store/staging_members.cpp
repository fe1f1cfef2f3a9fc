// What the directory's groups say about members against what we hold, as two sorted streams. Members are written as DNs
// or login names; here they become keys.
#include <string_view>
#include <unordered_set>

#include "store/sqlite/connection.h"
#include "store/staging.h"

namespace rosterd::store {
namespace {

constexpr std::string_view kWantedByDn =
    "SELECT m.group_key AS group_key, 0 AS is_group, p.key AS member_key "
    "FROM staged_members m JOIN staged_people p ON p.dn = m.member WHERE m.is_login = 0 "
    "UNION SELECT m.group_key, 1, g.key "
    "FROM staged_members m JOIN staged_groups g ON g.dn = m.member WHERE m.is_login = 0 ";
// Two people with one login name: giving either the other's access would be a guess.
constexpr std::string_view kWantedByLogin =
    "UNION SELECT m.group_key, 0, p.key "
    "FROM staged_members m JOIN (SELECT login, MIN(key) AS key FROM staged_people WHERE login <> '' "
    "GROUP BY login HAVING COUNT(DISTINCT key) = 1) p ON p.login = m.member WHERE m.is_login = 1 ";
constexpr std::string_view kInOrder = "ORDER BY group_key, is_group, member_key";

// A hidden group's rows count when it is about to come back, that is when it is staged and no visible one has its key.
constexpr std::string_view kHeldGroup =
    "WHERE g.source_id = ? AND m.source_id = ? AND g.source_key IN (SELECT key FROM staged_groups) "
    "AND (g.hidden = 0 OR NOT EXISTS (SELECT 1 FROM groups v WHERE v.source_id = g.source_id "
    "AND v.source_key = g.source_key AND v.source_key IS NOT NULL AND v.hidden = 0)) ";
constexpr std::string_view kHeldPeople =
    "SELECT g.source_key AS group_key, 0 AS is_group, c.source_key AS member_key "
    "FROM groups g JOIN memberships m ON m.group_key = g.key AND m.member_kind = 'u' "
    "JOIN claims c ON c.user_key = m.member_key AND c.source_id = m.source_id AND c.source_key IS NOT NULL ";
constexpr std::string_view kHeldSubgroups =
    "UNION SELECT g.source_key, 1, sub.source_key "
    "FROM groups g JOIN memberships m ON m.group_key = g.key AND m.member_kind = 'g' "
    "JOIN groups sub ON sub.key = m.member_key AND sub.source_id = m.source_id AND sub.source_key IS NOT NULL ";

constexpr std::string_view kSetAsidePeople =
    "SELECT key FROM staged_people WHERE set_aside = 1 UNION "
    "SELECT key FROM staged_people WHERE key IN "
    "(SELECT key FROM staged_people GROUP BY key HAVING COUNT(*) > 1) GROUP BY key HAVING MIN(dn) <> MAX(dn)";
constexpr std::string_view kSetAsideGroups =
    "SELECT key FROM staged_groups WHERE set_aside = 1 UNION "
    "SELECT key FROM staged_groups WHERE key IN "
    "(SELECT key FROM staged_groups GROUP BY key HAVING COUNT(*) > 1) GROUP BY key HAVING MIN(dn) <> MAX(dn)";

constexpr std::string_view kUnresolvedDns =
    "SELECT COUNT(*) FROM staged_members m WHERE m.is_login = 0 "
    "AND NOT EXISTS (SELECT 1 FROM staged_people p WHERE p.dn = m.member) "
    "AND NOT EXISTS (SELECT 1 FROM staged_groups g WHERE g.dn = m.member)";
constexpr std::string_view kUnresolvedLogins =
    "SELECT COUNT(*) FROM staged_members WHERE is_login = 1 "
    "AND member NOT IN (SELECT login FROM staged_people WHERE login <> '' "
    "GROUP BY login HAVING COUNT(DISTINCT key) = 1)";

constexpr std::string_view kKeep =
    "INSERT INTO member_changes (group_key, is_group, member_key, is_added) VALUES (?, ?, ?, ?)";
constexpr std::string_view kKept =
    "SELECT id, group_key, is_group, member_key, is_added FROM member_changes WHERE id > ? ORDER BY id";

// One stream of (group, kind, member), in order.
class Memberships {
 public:
  explicit Memberships(Statement rows) : rows_(std::move(rows)) {}

  bool advance() { return has_row_ = rows_.step(); }
  bool has_row() const { return has_row_; }
  std::string_view group() const { return rows_.view(0); }
  bool is_group() const { return rows_.integer(1) != 0; }
  std::string_view member() const { return rows_.view(2); }

  int compare(const Memberships& other) const {
    if (!has_row_ || !other.has_row_) return static_cast<int>(other.has_row_) - static_cast<int>(has_row_);
    if (const int order = group().compare(other.group()); order != 0) return order;
    if (is_group() != other.is_group()) return is_group() ? 1 : -1;
    return member().compare(other.member());
  }

 private:
  Statement rows_;
  bool has_row_ = false;
};

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
};
using Keys = std::unordered_set<std::string, TextHash, std::equal_to<>>;

Keys read_keys(const View& view, std::string_view sql) {
  Keys keys;
  auto select = view.db().prepare(sql);
  while (select.step()) keys.insert(select.text(0));
  return keys;
}

struct SetAside {
  Keys people;
  Keys groups;
  bool has(const Memberships& row) const {
    return groups.contains(row.group()) || (row.is_group() ? groups : people).contains(row.member());
  }
};

bool has_logins(const View& view) {
  return view.db().prepare("SELECT 1 FROM staged_members WHERE is_login = 1 LIMIT 1").step();
}

Memberships wanted_members(const View& view) {
  std::string sql(kWantedByDn);
  if (has_logins(view)) sql += kWantedByLogin;
  return Memberships(view.db().prepare(sql.append(kInOrder)));
}

Memberships held_members(const View& view, SourceId source) {
  std::string sql(kHeldPeople);
  sql.append(kHeldGroup).append(kHeldSubgroups).append(kHeldGroup).append(kInOrder);
  auto rows = view.db().prepare(sql);
  rows.bind(source, source, source, source);
  return Memberships(std::move(rows));
}

std::size_t count(Statement select) {
  select.step();
  return static_cast<std::size_t>(select.integer(0));
}

}  // namespace

void compare_members(const StagedView& view) {
  const SetAside set_aside{read_keys(view, kSetAsidePeople), read_keys(view, kSetAsideGroups)};
  view.db().prepare("DELETE FROM member_changes").run();
  Memberships wanted = wanted_members(view);
  Memberships held = held_members(view, view.source());
  wanted.advance();
  held.advance();
  while (wanted.has_row() || held.has_row()) {
    const int order = wanted.compare(held);
    if (order != 0) {
      const Memberships& only = order < 0 ? wanted : held;
      if (!set_aside.has(only))
        view.db().prepare(kKeep).bind(only.group(), only.is_group(), only.member(), order < 0).run();
    }
    if (order <= 0) wanted.advance();
    if (order >= 0) held.advance();
  }
}

void member_differences(const StagedView& view, const std::function<bool(const MemberDifference&)>& row,
                        std::int64_t after) {
  auto kept = view.db().prepare(kKept);
  kept.bind(after);
  MemberDifference difference;
  while (kept.step()) {
    difference.number = kept.integer(0);
    difference.group_key.assign(kept.view(1));
    difference.is_group = kept.integer(2) != 0;
    difference.member_key.assign(kept.view(3));
    difference.add = kept.integer(4) != 0;
    if (!row(difference)) return;
  }
}

std::size_t unresolved_members(const StagedView& view) {
  return count(view.db().prepare(kUnresolvedDns)) + count(view.db().prepare(kUnresolvedLogins));
}

}  // namespace rosterd::store
