// What a directory remembers between runs (JSON in the store's source row), and removals as items of a hold. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ldap/plan.h"
#include "store/holds.h"

namespace rosterd::ldap {

// The last whole run that found nothing to do, nothing to hold and nothing to complain about.
struct InStep {
  std::string digest;  // of its reading, see reading_digest.h
  std::string key;     // of the digest
  store::Instant at;
  std::int64_t change = 0;  // the store's last change that it saw, see store::has_changed
  std::uint64_t people = 0;
  std::uint64_t groups = 0;
  std::uint64_t references = 0;
  std::uint64_t unresolved_members = 0;
};

struct SourceState {
  Refusals refused = {};
  std::optional<InStep> in_step = {};
};

std::string to_json(const SourceState& state);
SourceState source_state(std::string_view json);  // of anything unreadable: nothing

store::HoldItem hold_item(const Change& removal);
std::optional<Change> change_of(const store::HoldItem& item);

}  // namespace rosterd::ldap
