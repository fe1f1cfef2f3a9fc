#include "store/facts.h"

#include "store/sqlite/connection.h"

namespace rosterd::store {

std::optional<std::string> fact(const View& view, std::string_view name) {
  Statement row = view.db().prepare("SELECT value FROM facts WHERE name = ?");
  if (!row.bind(name).step()) return std::nullopt;
  return row.text(0);
}

void set_fact(Unit& unit, std::string_view name, std::string_view value) {
  unit.db()
      .prepare("INSERT INTO facts (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value")
      .bind(name, value)
      .run();
}

bool forget_fact(Unit& unit, std::string_view name) {
  unit.db().prepare("DELETE FROM facts WHERE name = ?").bind(name).run();
  return unit.db().changes() > 0;
}

}  // namespace rosterd::store
