// Sources: who may state facts. "local" always exists; "scim:NAME" and "ldap:NAME" come from configuration.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/store.h"

namespace rosterd::store {

inline constexpr SourceId kLocal{1};

struct Source {
  SourceId id;
  std::string name;                          // "scim:entra"
  std::optional<Instant> first_complete_at;  // from then on a first grant brings an invitation
  std::string state;                         // JSON of the source's own: cookie, watermark; commits with the data
  std::optional<Instant> last_success_at;
  std::string last_error;  // empty after a success
};

// Finds or makes the source. A SCIM connection counts as complete from the start; a directory after its first whole
// run.
SourceId ensure_source(Unit&, std::string_view name);
std::optional<Source> find_source(const View&, SourceId);
std::optional<Source> find_source(const View&, std::string_view name);
std::vector<Source> list_sources(const View&);
void mark_complete(Unit&, SourceId);  // idempotent
void record_run(Unit&, SourceId, std::string_view state,
                std::string_view error);  // error empty: success; state empty: kept

}  // namespace rosterd::store
