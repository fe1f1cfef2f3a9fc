#include "store/removal_counts.h"

#include <algorithm>

#include "store/brake.h"
#include "store/sqlite/connection.h"

namespace rosterd::store {
namespace {

constexpr std::int64_t kMinute = 60'000;
constexpr std::int64_t kKeptMinutes = 8 * 24 * 60;  // longer than any window

const char* word_of(Removed kind) {
  switch (kind) {
    case Removed::people:
      return "people";
    case Removed::groups:
      return "groups";
    case Removed::members:
      return "members";
  }
  return "people";
}

std::int64_t minute_of(Instant at) {
  return to_millis(at) / kMinute;
}

std::int64_t live(const View& view, SourceId source, Removed kind) {
  Statement row =
      view.db().prepare(kind == Removed::people   ? "SELECT people FROM live_claims WHERE source_id = ?"
                        : kind == Removed::groups ? "SELECT group_count FROM live_groups WHERE source_id = ?"
                                                  : "SELECT member_count FROM live_groups WHERE source_id = ?");
  return row.bind(source).step() ? std::max<std::int64_t>(row.integer(0), 0) : 0;
}

void add_to_minute(Unit& unit, SourceId source, Removed kind, std::int64_t minute, std::int64_t number,
                   std::int64_t gone) {
  unit.db()
      .prepare(
          "INSERT INTO removal_counts (source_id, kind, minute, number, gone) VALUES (?, ?, ?, ?, ?) "
          "ON CONFLICT (source_id, kind, minute) DO UPDATE SET number = removal_counts.number + excluded.number, "
          "gone = removal_counts.gone + excluded.gone")
      .bind(source, word_of(kind), minute, number, gone)
      .run();
}

void count_live(Unit& unit, SourceId source, std::int64_t groups, std::int64_t members) {
  if (groups == 0 && members == 0) return;
  unit.db()
      .prepare(
          "INSERT INTO live_groups (source_id, group_count, member_count) VALUES (?, ?, ?) "
          "ON CONFLICT (source_id) DO UPDATE SET group_count = live_groups.group_count + excluded.group_count, "
          "member_count = live_groups.member_count + excluded.member_count")
      .bind(source, groups, members)
      .run();
}

}  // namespace

Allowance allowance(const View& view, SourceId source, Removed kind, const RemovalLimits& limits) {
  Allowance may;
  Statement row = view.db().prepare(
      "SELECT COALESCE(SUM(number), 0), COALESCE(SUM(gone), 0) FROM removal_counts "
      "WHERE source_id = ? AND kind = ? AND minute BETWEEN ? AND ?");
  row.bind(source, word_of(kind), minute_of(view.now() - limits.window), minute_of(view.now())).step();
  may.done = row.integer(0);
  may.held = live(view, source, kind) + row.integer(1);
  may.limit = std::max(static_cast<std::int64_t>(limits.count), may.held * limits.percent / 100);
  return may;
}

void count_removal(Unit& unit, SourceId source, Removed kind, std::string_view subject, std::int64_t number,
                   std::int64_t gone) {
  give_back(unit, source, kind, subject);
  const std::int64_t minute = minute_of(unit.now());
  unit.db()
      .prepare("INSERT INTO removals (source_id, kind, subject, minute, number, gone) VALUES (?, ?, ?, ?, ?, ?)")
      .bind(source, word_of(kind), subject, minute, number, gone)
      .run();
  add_to_minute(unit, source, kind, minute, number, gone);
}

bool give_back(Unit& unit, SourceId source, Removed kind, std::string_view subject) {
  std::int64_t minute = 0;
  std::int64_t number = 0;
  std::int64_t gone = 0;
  {
    Statement row = unit.db().prepare(
        "DELETE FROM removals WHERE source_id = ? AND kind = ? AND subject = ? RETURNING minute, number, gone");
    if (!row.bind(source, word_of(kind), subject).step()) return false;
    minute = row.integer(0);
    number = row.integer(1);
    gone = row.integer(2);
    row.run();
  }
  add_to_minute(unit, source, kind, minute, -number, -gone);
  return true;
}

bool has_counted(const View& view, SourceId source, Removed kind) {
  return view.db()
      .prepare("SELECT 1 FROM removals WHERE source_id = ? AND kind = ? LIMIT 1")
      .bind(source, word_of(kind))
      .step();
}

void count_groups(Unit& unit, SourceId source, std::int64_t more) {
  count_live(unit, source, more, 0);
}

void count_members(Unit& unit, SourceId source, std::int64_t more) {
  count_live(unit, source, 0, more);
}

std::size_t forget_removals(Unit& unit, std::size_t limit) {
  const std::int64_t before = minute_of(unit.now()) - kKeptMinutes;
  unit.db()
      .prepare(
          "DELETE FROM removals WHERE (source_id, kind, subject) IN "
          "(SELECT source_id, kind, subject FROM removals WHERE minute < ? LIMIT ?)")
      .bind(before, static_cast<std::int64_t>(limit))
      .run();
  const auto forgotten = static_cast<std::size_t>(unit.db().changes());
  unit.db().prepare("DELETE FROM removal_counts WHERE minute < ?").bind(before).run();
  return forgotten;
}

}  // namespace rosterd::store
