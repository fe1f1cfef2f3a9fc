#include "store/query.h"

#include <algorithm>
#include <limits>
#include <variant>

#include "store/attribute_index.h"
#include "store/clean_text.h"
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

void append(std::vector<Value>& values, const std::vector<Value>& more) {
  for (const Value& value : more) values.push_back(value);
}

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

// A person is also found by what a claim says where it differs from the effective name: wider, never narrower. Two
// look-ups side by side, because an OR of them would not use the partial index of the first.
Sql name_condition(const std::string& column, const std::string& field, const Query& query) {
  // A userName is kept trimmed, and a client asks for it as it wrote it.
  const bool trimmed = query.field == Field::user_name && query.compare == Compare::equal;
  const std::string folded = fold(trimmed ? trim(query.text) : std::string_view(query.text));
  if (query.compare == Compare::present) return text_condition("u." + column, query.compare, folded);
  Sql sql = text_condition("x." + column, query.compare, folded);
  const Sql other = text_condition("n.folded", query.compare, folded);
  sql.text = "u.key IN (SELECT x.key FROM users x WHERE x.hidden = 0 AND " + sql.text +
             " UNION ALL SELECT n.user_key FROM names n WHERE n.field = '" + field + "' AND " + other.text + ")";
  append(sql.values, other.values);
  return sql;
}

Sql email_condition(const Query& query) {
  if (query.compare == Compare::present)
    return {"EXISTS (SELECT 1 FROM names n WHERE n.user_key = u.key AND n.field = 'e')"};
  Sql sql = text_condition("n.folded", query.compare, fold(query.text));
  sql.text = "u.key IN (SELECT n.user_key FROM names n WHERE n.field = 'e' AND " + sql.text + ")";
  return sql;
}

Sql group_key_condition(const Query& query) {
  if (query.compare == Compare::present) return {"g.source_key IS NOT NULL"};
  return text_condition("g.source_key", query.compare, query.text);
}

// Without a connection any source's key counts.
Sql user_key_condition(SourceId source, const Query& query) {
  const Sql key = query.compare == Compare::present ? Sql{"k.source_key IS NOT NULL"}
                                                    : text_condition("k.source_key", query.compare, query.text);
  Sql sql{"u.key IN (SELECT k.user_key FROM claims k WHERE k.source_id "};
  sql.text += source ? "= ?" : "IN (SELECT id FROM sources)";
  sql.text += " AND k.ended_at IS NULL AND " + key.text + ")";
  if (source) sql.values.emplace_back(source.value);
  append(sql.values, key.values);
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

// `number` is the index by now: see served().
Sql attribute_condition(const Query& query) {
  return {"u.key IN (SELECT v.user_key FROM attribute_values v WHERE v.attribute_id = ? AND v.value = ?)",
          {query.number, query.text}};
}

Sql user_condition(SourceId source, const Query& query) {
  switch (query.field) {
    case Field::id:
      return text_condition("u.id", query.compare, query.text);
    case Field::key:
      return user_key_condition(source, query);
    case Field::user_name:
      return name_condition("user_name_folded", "u", query);
    case Field::email:
      return email_condition(query);
    case Field::display_name:
      return name_condition("display_name_folded", "d", query);
    case Field::active:
      return number_condition("u.active", query);
    case Field::created:
      return number_condition("u.created_at", query);
    case Field::modified:
      return number_condition("u.modified_at", query);
    case Field::member:
      return member_of(query);
    case Field::attribute:
      return attribute_condition(query);
  }
  return {std::string(kEverything)};
}

Sql group_condition(const Query& query) {
  switch (query.field) {
    case Field::id:
      return text_condition("g.id", query.compare, query.text);
    case Field::key:
      return group_key_condition(query);
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
    append(sql.values, one.values);
  }
  sql.text += ")";
  return sql;
}

// The claim is asked per person, so that the people's own indexes lead, or their order.
Sql from_users(SourceId source, const Query& query) {
  Sql sql = translate(query, [&](const Query& one) { return user_condition(source, one); });
  sql.text.insert(0, "FROM users u WHERE u.hidden = 0 AND ");
  if (source) {
    sql.text +=
        " AND EXISTS (SELECT 1 FROM claims c WHERE c.user_key = u.key AND c.source_id = ? AND c.ended_at IS NULL)";
    sql.values.emplace_back(source.value);
  }
  return sql;
}

// With the indexes of further attributes looked up; wider than asked for where there is none yet.
Query served(const View& view, Query query) {
  for (Query& part : query.parts) part = served(view, std::move(part));
  if (query.type != Query::Type::condition || query.field != Field::attribute) return query;
  const auto index = ready_index(view, query.attribute);
  if (!index || query.compare != Compare::equal) return {};
  query.number = index->id;
  if (!index->case_exact) query.text = fold(query.text);
  return query;
}

// Few rows come from an index of the condition: then sorting them is cheaper than walking everybody in order.
bool is_selective(const Query& query) {
  const auto selective = [](const Query& part) { return is_selective(part); };
  switch (query.type) {
    case Query::Type::all:
      return false;
    case Query::Type::both:
      return std::any_of(query.parts.begin(), query.parts.end(), selective);
    case Query::Type::either:
      return std::all_of(query.parts.begin(), query.parts.end(), selective);
    case Query::Type::condition:
      break;
  }
  if (query.field == Field::active || query.field == Field::created || query.field == Field::modified) return false;
  return query.compare == Compare::equal || query.compare == Compare::starts_with;
}

Sql from_groups(SourceId source, const Query& query) {
  const Sql where = translate(query, group_condition);
  Sql sql{"FROM groups g WHERE g.hidden = 0 AND "};
  if (source) {
    sql.text += "g.source_id = ? AND ";
    sql.values.emplace_back(source.value);
  }
  sql.text += where.text;
  append(sql.values, where.values);
  return sql;
}

std::size_t count(const View& view, const Sql& from) {
  Statement row = view.db().prepare("SELECT COUNT(*) " + from.text);
  from.bind(row);
  return row.step() ? static_cast<std::size_t>(row.integer(0)) : 0;
}

Statement page_of(const View& view, std::string_view columns, Sql from, std::string_view key, std::string_view order,
                  const Page& page, std::string_view rest = {}) {
  from.text.insert(0, columns);
  if (page.after > 0) {
    from.text.append(" AND ").append(key).append(" > ?");
    from.values.emplace_back(page.after);
  }
  from.text.append(" ORDER BY ").append(order).append(" LIMIT ? OFFSET ?").append(rest);
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
    Statement row = view.db().prepare("SELECT people FROM live_claims WHERE source_id = ?");
    return row.bind(source).step() ? static_cast<std::size_t>(row.integer(0)) : 0;
  }
  return count(view, from_users(source, served(view, query)));
}

std::size_t count_groups(const View& view, SourceId source, const Query& query) {
  return count(view, from_groups(source, query));
}

namespace {

// Everybody of a source: the claims' own index finds the page, so that what is passed over costs no look at a person.
// Nobody with a live claim is hidden.
Statement everybody_of(const View& view, SourceId source, const Page& page) {
  return page_of(view, ROSTERD_USER_COLUMNS "FROM (SELECT user_key ",
                 Sql{"FROM claims WHERE source_id = ? AND ended_at IS NULL", {source.value}}, "user_key", "user_key",
                 page, ") p JOIN users u ON u.key = p.user_key ORDER BY u.key");
}

}  // namespace

void scan_users(const View& view, SourceId source, const Query& query, const Page& page,
                const std::function<bool(const User&)>& row) {
  if (query.type == Query::Type::all && source) {
    Statement rows = everybody_of(view, source, page);
    while (rows.step())
      if (!row(read_user(rows))) return;
    return;
  }
  const Query asked = served(view, query);
  Statement rows = page_of(view, ROSTERD_USER_COLUMNS, from_users(source, asked), "u.key",
                           is_selective(asked) ? "+u.key" : "u.key", page);
  while (rows.step())
    if (!row(read_user(rows))) return;
}

void scan_groups(const View& view, SourceId source, const Query& query, const Page& page,
                 const std::function<bool(const Group&)>& row) {
  Statement rows = page_of(view, ROSTERD_GROUP_COLUMNS, from_groups(source, query), "g.key",
                           is_selective(query) ? "+g.key" : "g.key", page);
  while (rows.step())
    if (!row(read_group(rows))) return;
}

}  // namespace rosterd::store
