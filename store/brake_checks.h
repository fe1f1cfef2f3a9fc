// Where the rules ask the brake (brake.h). Sources without limits pass at no cost. Inside store/ only.
#pragma once

#include <span>

#include "store/blocks.h"
#include "store/brake.h"
#include "store/users.h"

namespace rosterd::store {

// Asked before anything is written; what may go is counted. Refuse: held, discarded.
Outcome<> brake_person(Unit&, SourceId, const User&, Reason);
Outcome<> brake_group(Unit&, const Group&);
// REQUIRES: all of them are members.
Outcome<> brake_members(Unit&, const Group&, std::span<const Member> leaving);

// The source says the opposite: nothing of that is held, counted or remembered as discarded any more. Of a person:
// whether a removal counted until now.
bool person_stays(Unit&, SourceId, const User&);
void group_is_back(Unit&, const Group&);
void members_stay(Unit&, const Group&, std::span<const Member>);

// How an item names a membership, and since when it is: its digest, empty for none.
std::string member_subject(const View&, const Group&, const Member&);
std::string membership_digest(const View&, GroupId, const Member&);

}  // namespace rosterd::store
