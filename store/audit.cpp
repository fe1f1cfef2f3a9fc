#include "store/audit.h"

#include <algorithm>

#include "store/audit_chain.h"
#include "store/sqlite/connection.h"

namespace rosterd::store {
namespace {

// Single values, so that there is a row also when somebody has removed the head. That, and a number that somebody has
// taken, is for the verifier to find; writing goes on.
constexpr std::string_view kSelectHead =
    "SELECT (SELECT link FROM audit_head), (SELECT seal FROM audit_head), (SELECT sequence FROM audit_head), "
    "(SELECT MAX(sequence) FROM audit), (SELECT name FROM sources WHERE id = ?)";

constexpr std::string_view kInsertAudit =
    "INSERT INTO audit (sequence, at, actor, source_id, action, target, detail, request_id, link) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";

constexpr std::string_view kMoveHead = "UPDATE audit_head SET sequence = ?, link = ?, seal = ?";

constexpr std::string_view kSelectAudit =
    "SELECT a.sequence, a.at, a.actor, COALESCE(s.name, ''), a.action, a.target, a.detail, a.request_id "
    "FROM audit a LEFT JOIN sources s ON s.id = a.source_id ";

// Rows are numbered in the order of their units; a clock that was put back makes their times overlap by so much.
constexpr std::chrono::hours kClockSlack{24};

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
  AuditFields row{.at = unit.now(),
                  .actor = actor.name,
                  .source = {},
                  .action = action,
                  .target = target,
                  .detail = detail,
                  .request_id = actor.request_id};
  AuditHash made;
  {
    auto head = unit.db().prepare(kSelectHead);
    head.bind(actor.source).step();
    row.sequence = std::max(head.integer(2), head.integer(3)) + 1;
    row.source = head.view(4);
    made = link_audit_row(unit.secret_key(), {head.text(0), head.text(1)}, row);
  }
  unit.db()
      .prepare(kInsertAudit)
      .bind(row.sequence, row.at, row.actor, actor.source, action, target, detail, row.request_id, made.link)
      .run();
  unit.db().prepare(kMoveHead).bind(row.sequence, made.link, made.seal).run();
}

std::vector<AuditRow> list_audit(const View& view, const AuditFilter& filter) {
  std::vector<AuditRow> rows;
  auto select = view.db().prepare(std::string(kSelectAudit) + (filter.target.empty() ? "" : "WHERE a.target = ? ") +
                                  "ORDER BY a.sequence DESC");
  if (!filter.target.empty()) select.bind(filter.target);
  // From the newest back, and no further than `since`: the trail may have millions of rows.
  while (rows.size() < filter.limit && select.step()) {
    const Instant at = from_millis(select.integer(1));
    if (filter.since && at < *filter.since - kClockSlack) break;
    if (filter.since && at < *filter.since) continue;
    rows.push_back({select.integer(0), at, select.text(2), select.text(3), select.text(4), select.text(5),
                    select.text(6), select.text(7)});
  }
  std::reverse(rows.begin(), rows.end());
  return rows;
}

void note_change(Unit& unit, Changed kind, std::string_view id) {
  unit.db().prepare("INSERT INTO changes (at, kind, id) VALUES (?, ?, ?)").bind(unit.now(), word_of(kind), id).run();
}

}  // namespace rosterd::store
