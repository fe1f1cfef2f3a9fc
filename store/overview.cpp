#include "store/overview.h"

#include <string>

#include "store/facts.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/migrations.h"

namespace rosterd::store {

int schema_version(const View& view) {
  return schema_of(view.db());
}

std::vector<std::pair<std::string_view, std::int64_t>> row_counts(const View& view) {
  static constexpr std::pair<std::string_view, std::string_view> kCounted[] = {
      {"users_staff", "users WHERE hidden = 0 AND kind = 'staff'"},
      {"users_client", "users WHERE hidden = 0 AND kind = 'client'"},
      {"users_inactive", "users WHERE hidden = 0 AND active = 0"},
      {"users_pending", "users WHERE hidden = 0 AND active = 1 AND joined_at IS NULL"},
      {"users_hidden", "users WHERE hidden = 1"},
      {"claims", "claims"},
      {"blocks", "blocks"},
      {"groups", "groups"},
      {"memberships", "memberships"},
      {"members_remembered", "remembered_members"},
      {"roles", "roles"},
      {"projects", "projects"},
      {"grants", "grants"},
      {"withheld", "withheld"},
      {"invitations_open", "invitations WHERE state = 'open'"},
      {"invitations", "invitations"},
      {"mails_queued", "outbox WHERE state = 'queued'"},
      {"mails_leased", "outbox WHERE state = 'leased'"},
      {"mails_sent", "outbox WHERE state = 'sent'"},
      {"mails_refused", "outbox WHERE state = 'refused'"},
      {"mails_given_up", "outbox WHERE state = 'given_up'"},
      {"mails_cancelled", "outbox WHERE state = 'cancelled'"},
      {"audit", "audit"},
      {"changes", "changes"},
      {"tokens", "tokens"},
      {"sessions", "sessions"},
      {"attempts", "attempts"},
      {"holds_open", "holds WHERE state = 'held'"},
      {"work_queue", "work_queue"},
      {"work_people", "work_people"},
  };
  std::vector<std::pair<std::string_view, std::int64_t>> counts;
  for (const auto& [name, from] : kCounted) {
    auto select = view.db().prepare("SELECT COUNT(*) FROM " + std::string(from));
    select.step();
    counts.emplace_back(name, select.integer(0));
  }
  return counts;
}

void try_writing(Unit& unit) {
  set_fact(unit, "examined", std::to_string(unit.now().time_since_epoch().count()));
}

}  // namespace rosterd::store
