// What follows when somebody comes whom a group was promised. Inside store/ only.
#pragma once

#include "store/groups.h"

namespace rosterd::store {

// Makes the person or group a member wherever one of its names is remembered. One look-up when it is nowhere.
void join_remembered(Unit&, SourceId, UserId);
void join_remembered(Unit&, SourceId, const Group&);
void forget_members_of(Unit&, GroupId);  // the group ends

}  // namespace rosterd::store
