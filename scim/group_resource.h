// A group as the connection reads it. Private to scim/.
#pragma once

#include "scim/call.h"
#include "store/groups.h"

namespace rosterd::scim {

// `members` are read only when they are wanted, and no more than one above Limits::max_members.
Json render_group(const Call& call, const store::View& view, const store::Group& group, bool members);

// tooMany for a group rendered with more than Limits::max_members: part of a group is worse than none.
Check check_members(const Call& call, const Json& group);

}  // namespace rosterd::scim
