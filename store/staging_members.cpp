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
    "FROM staged_members m JOIN staged_people p ON p.source_id = m.source_id AND p.dn = m.member "
    "WHERE m.source_id = ? AND m.is_login = 0 "
    "UNION SELECT m.group_key, 1, g.key "
    "FROM staged_members m JOIN staged_groups g ON g.source_id = m.source_id AND g.dn = m.member "
    "WHERE m.source_id = ? AND m.is_login = 0 ";
// Two people with one login name: giving either the other's access would be a guess.
constexpr std::string_view kWantedByLogin =
    "UNION SELECT m.group_key, 0, p.key "
    "FROM staged_members m JOIN (SELECT login, MIN(key) AS key FROM staged_people WHERE source_id = ? AND login <> '' "
    "GROUP BY login HAVING COUNT(DISTINCT key) = 1) p ON p.login = m.member "
    "WHERE m.source_id = ? AND m.is_login = 1 ";
constexpr std::string_view kInOrder = "ORDER BY group_key, is_group, member_key";

// A hidden group's rows count when it is about to come back, that is when it is staged and no visible one has its key.
constexpr std::string_view kHeldGroup =
    "WHERE g.source_id = ? AND m.source_id = ? AND g.source_key IN (SELECT key FROM staged_groups WHERE source_id = ?) "
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
    "SELECT key FROM staged_people WHERE source_id = ? GROUP BY key "
    "HAVING MAX(set_aside) = 1 OR (COUNT(*) > 1 AND MIN(dn) <> MAX(dn))";
constexpr std::string_view kSetAsideGroups =
    "SELECT key FROM staged_groups WHERE source_id = ? GROUP BY key "
    "HAVING MAX(set_aside) = 1 OR (COUNT(*) > 1 AND MIN(dn) <> MAX(dn))";

constexpr std::string_view kUnresolvedDns =
    "SELECT COUNT(*) FROM staged_members WHERE source_id = ? AND is_login = 0 "
    "AND member NOT IN (SELECT dn FROM staged_people WHERE source_id = ?) "
    "AND member NOT IN (SELECT dn FROM staged_groups WHERE source_id = ?)";
constexpr std::string_view kUnresolvedLogins =
    "SELECT COUNT(*) FROM staged_members WHERE source_id = ? AND is_login = 1 "
    "AND member NOT IN (SELECT login FROM staged_people WHERE source_id = ? AND login <> '' "
    "GROUP BY login HAVING COUNT(DISTINCT key) = 1)";

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

using Keys = std::unordered_set<std::string>;

Keys read_keys(const View& view, std::string_view sql, SourceId source) {
  Keys keys;
  auto select = view.db().prepare(sql);
  select.bind(source);
  while (select.step()) keys.insert(select.text(0));
  return keys;
}

struct SetAside {
  Keys people;
  Keys groups;
  bool has(const MemberDifference& difference) const {
    return groups.contains(difference.group_key) ||
           (difference.is_group ? groups : people).contains(difference.member_key);
  }
};

bool has_logins(const View& view, SourceId source) {
  auto select = view.db().prepare("SELECT 1 FROM staged_members WHERE source_id = ? AND is_login = 1 LIMIT 1");
  select.bind(source);
  return select.step();
}

Memberships wanted_members(const View& view, SourceId source) {
  std::string sql(kWantedByDn);
  const bool logins = has_logins(view, source);
  if (logins) sql += kWantedByLogin;
  auto rows = view.db().prepare(sql.append(kInOrder));
  rows.bind(source, source);
  if (logins) rows.bind(source, source);
  return Memberships(std::move(rows));
}

Memberships held_members(const View& view, SourceId source) {
  std::string sql(kHeldPeople);
  sql.append(kHeldGroup).append(kHeldSubgroups).append(kHeldGroup).append(kInOrder);
  auto rows = view.db().prepare(sql);
  rows.bind(source, source, source, source, source, source);
  return Memberships(std::move(rows));
}

std::size_t count(Statement select) {
  select.step();
  return static_cast<std::size_t>(select.integer(0));
}

}  // namespace

void member_differences(const View& view, SourceId source, const std::function<bool(const MemberDifference&)>& row) {
  const SetAside set_aside{read_keys(view, kSetAsidePeople, source), read_keys(view, kSetAsideGroups, source)};
  Memberships wanted = wanted_members(view, source);
  Memberships held = held_members(view, source);
  wanted.advance();
  held.advance();
  MemberDifference difference;
  while (wanted.has_row() || held.has_row()) {
    const int order = wanted.compare(held);
    if (order != 0) {
      Memberships& only = order < 0 ? wanted : held;
      difference.group_key.assign(only.group());
      difference.member_key.assign(only.member());
      difference.is_group = only.is_group();
      difference.add = order < 0;
      if (!set_aside.has(difference) && !row(difference)) return;
    }
    if (order <= 0) wanted.advance();
    if (order >= 0) held.advance();
  }
}

std::size_t unresolved_members(const View& view, SourceId source) {
  auto dns = view.db().prepare(kUnresolvedDns);
  dns.bind(source, source, source);
  auto logins = view.db().prepare(kUnresolvedLogins);
  logins.bind(source, source);
  return count(std::move(dns)) + count(std::move(logins));
}

}  // namespace rosterd::store
