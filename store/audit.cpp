#include "store/audit.h"

#include <algorithm>

#include "store/sqlite/connection.h"

namespace rosterd::store {
namespace {

constexpr std::string_view kInsertAudit =
    "INSERT INTO audit (at, actor, source_id, action, target, detail, request_id) VALUES (?, ?, ?, ?, ?, ?, ?)";

constexpr std::string_view kSelectAudit =
    "SELECT a.sequence, a.at, a.actor, COALESCE(s.name, ''), a.action, a.target, a.detail, a.request_id "
    "FROM audit a LEFT JOIN sources s ON s.id = a.source_id "
    "WHERE a.target = ? ORDER BY a.sequence DESC LIMIT ?";

constexpr std::string_view word_of(Changed kind) {
  switch (kind) {
    case Changed::user:
      return "user";
    case Changed::group:
      return "group";
    case Changed::access:
      return "access";
    case Changed::project:
      return "project";
  }
  return "user";
}

}  // namespace

void audit(Unit& unit, std::string_view action, std::string_view target, std::string_view detail) {
  const Actor& actor = unit.actor();
  unit.db()
      .prepare(kInsertAudit)
      .bind(unit.now(), actor.name, actor.source, action, target, detail, actor.request_id)
      .run();
}

std::vector<AuditRow> audit_of(const View& view, std::string_view target, std::size_t limit) {
  std::vector<AuditRow> rows;
  auto select = view.db().prepare(kSelectAudit);
  select.bind(target, static_cast<std::int64_t>(limit));
  while (select.step()) {
    rows.push_back({select.integer(0), from_millis(select.integer(1)), select.text(2), select.text(3), select.text(4),
                    select.text(5), select.text(6), select.text(7)});
  }
  std::reverse(rows.begin(), rows.end());
  return rows;
}

void note_change(Unit& unit, Changed kind, std::string_view id) {
  unit.db().prepare("INSERT INTO changes (at, kind, id) VALUES (?, ?, ?)").bind(unit.now(), word_of(kind), id).run();
}

}  // namespace rosterd::store
