#include "ldap/guard.h"

#include <algorithm>

namespace rosterd::ldap {
namespace {

bool over(const GuardLimits& limits, const Tally& tally, std::string_view what, std::string& summary) {
  const auto share = static_cast<std::uint64_t>(limits.percent / 100.0 * static_cast<double>(tally.held));
  const std::uint64_t limit = std::max(limits.count, share);
  if (tally.removals <= limit) return false;
  if (!summary.empty()) summary += "; ";
  summary += std::to_string(tally.removals) + " of " + std::to_string(tally.held) + " " + std::string(what) +
             " (limit " + std::to_string(limit) + ")";
  return true;
}

}  // namespace

Verdict judge(const GuardLimits& limits, const Tallies& tallies) {
  Verdict verdict;
  verdict.hold_people = over(limits, tallies.people, "people would be deactivated", verdict.summary);
  verdict.hold_groups = over(limits, tallies.groups, "groups would end", verdict.summary);
  verdict.hold_members = over(limits, tallies.members, "memberships would end", verdict.summary);
  return verdict;
}

}  // namespace rosterd::ldap
