// Bringing grants in line with memberships and rules. Inside store/ only.
#pragma once

#include "store/access.h"
#include "store/work.h"

namespace rosterd::store {

// What `refresh_access` does. Quiet: new grants belong to a first import and invite nobody.
bool refresh_access(Unit&, UserId, bool quiet);
// Invites a Pending, active person with an address who has a grant that invites and was never invited.
void invite_if_due(Unit&, const User&);
// Ends the person's memberships in that source's groups, and what they gave.
void leave_groups_of(Unit&, UserId, SourceId);
// Work that will be done with refresh_access(…, quiet): all people below a group, or one person.
void queue_work(Unit&, Work, GroupId, bool quiet);
void queue_person(Unit&, UserId, bool quiet);
// A source whose first run is not complete is quiet.
bool is_quiet(const View&, SourceId);

}  // namespace rosterd::store
