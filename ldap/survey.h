// The first look over the whole plan, in one snapshot: how much of what, and every removal by name. Additions are not
// kept; the runner meets them again in the same order.
#pragma once

#include <functional>
#include <string>
#include <unordered_set>
#include <vector>

#include "ldap/guard.h"
#include "ldap/plan.h"
#include "store/store.h"

namespace rosterd::ldap {

struct Survey {
  PlanCounts counts;
  Tallies tallies;
  std::vector<Change> removals;             // in the order in which they are to be run
  std::unordered_set<std::string> leaving;  // keys of people whom this plan blocks
  // Removals that an administrator has said no to and that are still due, as "kind subject".
  std::unordered_set<std::string> discarded;
  std::uint64_t unresolved_members = 0;  // members that are no entry of ours
};

// `each` sees every change of the plan, in order. Naming the members of additions too costs two look-ups each: only for
// a plan that somebody reads. REQUIRES: members have been compared (store::compare_members).
Survey survey(const store::StagedView& view, const PlanContext& context, std::uint64_t staged_members,
              bool name_everything, const std::function<void(const Change&)>& each);

// What names a removal in a hold.
std::string subject_of(const Change& change);
// Whether the verdict lets this removal wait.
bool is_held(const Change& removal, const Verdict& verdict, const Survey& survey);

}  // namespace rosterd::ldap
