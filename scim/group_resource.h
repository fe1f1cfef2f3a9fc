// A group as the connection reads it. Private to scim/.
#pragma once

#include "scim/call.h"
#include "store/groups.h"

namespace rosterd::scim {

// `members` are read only when they are wanted.
Json render_group(const Call& call, const store::View& view, const store::Group& group, bool members);

}  // namespace rosterd::scim
