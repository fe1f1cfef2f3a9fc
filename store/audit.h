// The audit trail and the change feed: one row each per fact that changed, written in the same unit. The trail is a
// chain that shows tampering: audit_chain.h.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/store.h"

namespace rosterd::store {

struct AuditRow {
  std::int64_t sequence = 0;
  Instant at;
  std::string actor;  // "token:entra", "sync:corp", "root", …
  std::string source;
  std::string action;  // "user.create", "user.block", "grant.add", …
  std::string target;  // public id or name of what was changed
  std::string detail;  // a sentence or JSON; never a secret
  std::string request_id;
};

void audit(Unit&, std::string_view action, std::string_view target, std::string_view detail = {});

struct AuditFilter {
  std::string target = {};  // empty: any
  std::optional<Instant> since = {};
  std::size_t limit = 100;
};
// The newest rows that fit, oldest of them first.
std::vector<AuditRow> list_audit(const View&, const AuditFilter&);

// For the application: read in order from the last sequence seen (view v_changes).
enum class Changed { user, group, access, project };
void note_change(Unit&, Changed, std::string_view id);

}  // namespace rosterd::store
