// The brake on removals that come one by one, as SCIM's do; a directory's come as a plan, which has its guard. A source
// with limits (Settings::brakes) may take so many people, groups and memberships away within the window; block,
// end_claim, hide_group, remove_members and replace_members refuse more as `held`, in the unit, so that no number of
// clients passes more. Counted are active people who become inactive, groups that end, and memberships of active people
// and of groups, those of an ending group too; not what ends because its person goes. What comes back counts no longer.
//
// What was refused is then noted by name in the source's open hold (holds.h) and waits there, however empty the window
// is by then, until an administrator releases or discards it or the source takes it back (the person is active again,
// the member is named again). A retry adds nothing. A release carries out what is still as it was shown.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "store/groups.h"
#include "store/holds.h"

namespace rosterd::store {

// What a refused call would have removed, all of it or nothing.
struct HeldRemovals {
  SourceId source;
  std::string kind;  // of the items: "block_person", "end_person", "hide_group" or "remove_member"
  UserId user = {};
  GroupId group = {};
  std::vector<Member> members = {};
  std::string excess;  // "more than 10 of 204 people within 1h"

  std::size_t size() const { return kind == "remove_member" ? members.size() : 1; }
};

// Notes them in the source's open hold, which is opened when there is none; none for what is no longer so. Idempotent.
HoldId hold_removals(Unit&, const HeldRemovals&, std::size_t from = 0, std::size_t count = 1000);
// Any number of them, in steps.
HoldId hold_removals(Store&, const Actor&, const HeldRemovals&);

// The release of a hold that hold_removals made. Refuses as release_hold().
Outcome<Released> release_removals(Store&, HoldId, const Actor&, const std::stop_token& stop = {});

// Counts that no window reaches any more, at most `limit`; returns how many.
std::size_t forget_removals(Unit&, std::size_t limit);

}  // namespace rosterd::store
