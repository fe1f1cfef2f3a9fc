#include "store/query.h"

#include <algorithm>
#include <limits>
#include <variant>

#include "store/fold.h"
#include "store/group_row.h"
#include "store/user_row.h"

namespace rosterd::store {
namespace {

using Value = std::variant<std::int64_t, std::string>;

// A condition as text with its parameters in order.
struct Sql {
  std::string text;
  std::vector<Value> values = {};

  void bind(Statement& statement) const {
    for (const Value& value : values) std::visit([&](const auto& each) { statement.bind_next(each); }, value);
  }
};

constexpr std::string_view kNothing = "1 = 0";
constexpr std::string_view kEverything = "1 = 1";
// Sorts behind every text that starts with what stands before it.
constexpr std::string_view kHighest = "\xf4\x8f\xbf\xbf";

const char* operator_of(Compare compare) {
  switch (compare) {
    case Compare::less:
      return " < ?";
    case Compare::less_equal:
      return " <= ?";
    case Compare::greater:
      return " > ?";
    case Compare::greater_equal:
      return " >= ?";
    default:
      return " = ?";
  }
}

Sql text_condition(std::string_view column, Compare compare, std::string text) {
  Sql sql{std::string(column)};
  if (compare == Compare::present) {
    sql.text += " <> ''";
  } else if (compare == Compare::starts_with) {
    sql.text = "(" + sql.text + " >= ? AND " + std::string(column) + " < ?)";
    std::string end = text + std::string(kHighest);
    sql.values = {std::move(text), std::move(end)};
  } else {
    sql.text += operator_of(compare);
    sql.values = {std::move(text)};
  }
  return sql;
}

Sql number_condition(std::string_view column, const Query& query) {
  if (query.compare == Compare::present) return {std::string(kEverything)};
  return {std::string(column) + operator_of(query.compare), {query.number}};
}

// A person is also found by what a claim says where it differs from the effective name: wider, never narrower.
Sql name_condition(std::string_view column, const char* field, const Query& query) {
  const std::string folded = fold(query.text);
  Sql sql = text_condition(column, query.compare, folded);
  if (query.compare == Compare::present) return sql;
  Sql other = text_condition("n.folded", query.compare, folded);
  sql.text = "(" + sql.text + " OR u.key IN (SELECT n.user_key FROM names n WHERE n.field = '" + field + "' AND " +
             other.text + "))";
  sql.values.insert(sql.values.end(), other.values.begin(), other.values.end());
  return sql;
}

Sql email_condition(const Query& query) {
  if (query.compare == Compare::present)
    return {"EXISTS (SELECT 1 FROM names n WHERE n.user_key = u.key AND n.field = 'e')"};
  Sql sql = text_condition("n.folded", query.compare, fold(query.text));
  sql.text = "u.key IN (SELECT n.user_key FROM names n WHERE n.field = 'e' AND " + sql.text + ")";
  return sql;
}

Sql key_condition(SourceId source, const Query& query, std::string_view row) {
  if (query.compare == Compare::present) return {std::string(row) + ".source_key IS NOT NULL"};
  Sql sql = text_condition(std::string(row) + ".source_key", query.compare, query.text);
  if (!source && row == "c") {
    // Without a connection any source's key counts.
    sql = text_condition("k.source_key", query.compare, query.text);
    sql.text =
        "u.key IN (SELECT k.user_key FROM claims k WHERE k.source_id IN (SELECT id FROM sources) AND "
        "k.ended_at IS NULL AND " +
        sql.text + ")";
  }
  return sql;
}

// People below that group, nested too: what a person's `groups` shows.
Sql member_of(const Query& query) {
  return {
      "u.key IN (WITH RECURSIVE down (key) AS (SELECT key FROM groups WHERE id = ? AND hidden = 0 "
      "UNION SELECT m.member_key FROM down JOIN memberships m ON m.group_key = down.key AND m.member_kind = 'g' "
      "JOIN groups sub ON sub.key = m.member_key AND sub.hidden = 0) "
      "SELECT m.member_key FROM down JOIN memberships m ON m.group_key = down.key AND m.member_kind = 'u')",
      {query.text}};
}

Sql has_member(const Query& query) {
  return {
      "g.key IN (SELECT m.group_key FROM memberships m WHERE m.member_kind = 'u' AND m.member_key = "
      "(SELECT key FROM users WHERE id = ? AND hidden = 0) UNION ALL "
      "SELECT m.group_key FROM memberships m WHERE m.member_kind = 'g' AND m.member_key = "
      "(SELECT key FROM groups WHERE id = ? AND hidden = 0))",
      {query.text, query.text}};
}

Sql user_condition(SourceId source, const Query& query) {
  switch (query.field) {
    case Field::id:
      return text_condition("u.id", query.compare, query.text);
    case Field::key:
      return key_condition(source, query, "c");
    case Field::user_name:
      return name_condition("u.user_name_folded", "u", query);
    case Field::email:
      return email_condition(query);
    case Field::display_name:
      return name_condition("u.display_name_folded", "d", query);
    case Field::active:
      return number_condition("u.active", query);
    case Field::created:
      return number_condition("u.created_at", query);
    case Field::modified:
      return number_condition("u.modified_at", query);
    case Field::member:
      return member_of(query);
  }
  return {std::string(kEverything)};
}

Sql group_condition(SourceId source, const Query& query) {
  switch (query.field) {
    case Field::id:
      return text_condition("g.id", query.compare, query.text);
    case Field::key:
      return key_condition(source, query, "g");
    case Field::display_name:
      return text_condition("g.display_name_folded", query.compare, fold(query.text));
    case Field::created:
      return number_condition("g.created_at", query);
    case Field::modified:
      return number_condition("g.modified_at", query);
    case Field::member:
      return has_member(query);
    default:  // a group has no such column: the caller decides on the candidates
      return {std::string(kEverything)};
  }
}

template <class Condition>
Sql translate(const Query& query, const Condition& condition) {
  if (query.type == Query::Type::all) return {std::string(kEverything)};
  if (query.type == Query::Type::condition) return condition(query);
  const bool both = query.type == Query::Type::both;
  if (query.parts.empty()) return {std::string(both ? kEverything : kNothing)};
  Sql sql{"("};
  for (const Query& part : query.parts) {
    const Sql one = translate(part, condition);
    if (sql.text.size() > 1) sql.text += both ? " AND " : " OR ";
    sql.text += one.text;
    sql.values.insert(sql.values.end(), one.values.begin(), one.values.end());
  }
  sql.text += ")";
  return sql;
}

Sql from_users(SourceId source, const Query& query) {
  const Sql where = translate(query, [&](const Query& one) { return user_condition(source, one); });
  Sql sql{"FROM users u "};
  if (source) {
    sql.text += "JOIN claims c ON c.user_key = u.key AND c.source_id = ? AND c.ended_at IS NULL ";
    sql.values.emplace_back(source.value);
  }
  sql.text += "WHERE u.hidden = 0 AND " + where.text;
  sql.values.insert(sql.values.end(), where.values.begin(), where.values.end());
  return sql;
}

Sql from_groups(SourceId source, const Query& query) {
  const Sql where = translate(query, [&](const Query& one) { return group_condition(source, one); });
  Sql sql{"FROM groups g WHERE g.hidden = 0 AND "};
  if (source) {
    sql.text += "g.source_id = ? AND ";
    sql.values.emplace_back(source.value);
  }
  sql.text += where.text;
  sql.values.insert(sql.values.end(), where.values.begin(), where.values.end());
  return sql;
}

std::size_t count(const View& view, const Sql& from) {
  Statement row = view.db().prepare("SELECT COUNT(*) " + from.text);
  from.bind(row);
  return row.step() ? static_cast<std::size_t>(row.integer(0)) : 0;
}

Statement page_of(const View& view, std::string_view columns, Sql from, std::string_view order, const Page& page) {
  from.text.insert(0, columns);
  from.text.append(" ORDER BY ").append(order).append(" LIMIT ? OFFSET ?");
  constexpr std::size_t kMost = std::numeric_limits<std::int64_t>::max();
  from.values.emplace_back(static_cast<std::int64_t>(std::min(page.limit, kMost)));
  from.values.emplace_back(static_cast<std::int64_t>(std::min(page.offset, kMost)));
  Statement row = view.db().prepare(from.text);
  from.bind(row);
  return row;
}

}  // namespace

std::size_t count_users(const View& view, SourceId source, const Query& query) {
  if (query.type == Query::Type::all && source) {
    // Nobody with a live claim is hidden: one index answers.
    return count(view, Sql{"FROM claims WHERE source_id = ? AND ended_at IS NULL", {source.value}});
  }
  return count(view, from_users(source, query));
}

std::size_t count_groups(const View& view, SourceId source, const Query& query) {
  return count(view, from_groups(source, query));
}

void scan_users(const View& view, SourceId source, const Query& query, const Page& page,
                const std::function<bool(const User&)>& row) {
  Statement rows = page_of(view, ROSTERD_USER_COLUMNS, from_users(source, query), "u.created_at, u.key", page);
  while (rows.step())
    if (!row(read_user(rows))) return;
}

void scan_groups(const View& view, SourceId source, const Query& query, const Page& page,
                 const std::function<bool(const Group&)>& row) {
  Statement rows = page_of(view, ROSTERD_GROUP_COLUMNS, from_groups(source, query), "g.created_at, g.key", page);
  while (rows.step())
    if (!row(read_group(rows))) return;
}

}  // namespace rosterd::store
