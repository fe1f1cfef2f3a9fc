// What a directory remembers between runs (JSON in the store's source row), and removals as items of a hold. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ldap/plan.h"
#include "store/holds.h"

namespace rosterd::ldap {

std::string state_with(const Refusals& refusals);
Refusals refusals_in(std::string_view state);  // of anything unreadable: none

store::HoldItem hold_item(const Change& removal);
std::optional<Change> change_of(const store::HoldItem& item);

}  // namespace rosterd::ldap
