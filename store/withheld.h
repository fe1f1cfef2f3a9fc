// Who comes back by userName alone may be somebody else with the same name: what an admin had given and the old
// password are set aside and wait for an admin's word.
#pragma once

#include "store/users.h"

namespace rosterd::store {

// Local grants, password and joining go out of force; the person is Pending again. Without any of them in force nothing
// happens; otherwise they replace what waited from an earlier return, so that an admin gives back one person's set.
void withhold(Unit&, UserId);
bool has_withheld(const View&, UserId);
// An admin's word: everything that was set aside is in force again. Refuses: not_found (nothing waits).
Outcome<> restore_withheld(Unit&, UserId);

}  // namespace rosterd::store
