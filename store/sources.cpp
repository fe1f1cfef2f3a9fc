#include "store/sources.h"

#include "store/audit.h"
#include "store/sqlite/connection.h"

namespace rosterd::store {
namespace {

#define ROSTERD_SOURCE_COLUMNS "SELECT id, name, first_complete_at, state, last_success_at, last_error FROM sources "

std::optional<Instant> instant(const Statement& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  return from_millis(row.integer(column));
}

Source read(const Statement& row) {
  return {SourceId{row.integer(0)}, row.text(1), instant(row, 2), row.text(3), instant(row, 4), row.text(5)};
}

}  // namespace

SourceId ensure_source(Unit& unit, std::string_view name) {
  if (auto known = find_source(unit, name)) return known->id;
  // A directory is complete after its first whole run (mark_complete); whoever pushes is complete from the start.
  std::optional<Instant> complete;
  if (!name.starts_with("ldap:")) complete = unit.now();
  unit.db().prepare("INSERT INTO sources (name, first_complete_at) VALUES (?, ?)").bind(name, complete).run();
  const SourceId id{unit.db().last_id()};
  audit(unit, "source.create", name);
  return id;
}

std::optional<Source> find_source(const View& view, SourceId id) {
  Statement row = view.db().prepare(ROSTERD_SOURCE_COLUMNS "WHERE id = ?");
  if (!row.bind(id).step()) return std::nullopt;
  return read(row);
}

std::optional<Source> find_source(const View& view, std::string_view name) {
  Statement row = view.db().prepare(ROSTERD_SOURCE_COLUMNS "WHERE name = ?");
  if (!row.bind(name).step()) return std::nullopt;
  return read(row);
}

std::vector<Source> list_sources(const View& view) {
  std::vector<Source> all;
  Statement row = view.db().prepare(ROSTERD_SOURCE_COLUMNS "ORDER BY id");
  while (row.step()) all.push_back(read(row));
  return all;
}

void mark_complete(Unit& unit, SourceId source) {
  unit.db()
      .prepare("UPDATE sources SET first_complete_at = ? WHERE id = ? AND first_complete_at IS NULL")
      .bind(unit.now(), source)
      .run();
}

void record_run(Unit& unit, SourceId source, std::string_view state, std::string_view error) {
  if (error.empty())
    unit.db()
        .prepare("UPDATE sources SET last_success_at = ?, last_error = '' WHERE id = ?")
        .bind(unit.now(), source)
        .run();
  else
    unit.db().prepare("UPDATE sources SET last_error = ? WHERE id = ?").bind(error, source).run();
  if (!state.empty()) unit.db().prepare("UPDATE sources SET state = ? WHERE id = ?").bind(state, source).run();
}

}  // namespace rosterd::store
