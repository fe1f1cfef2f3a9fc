// Bringing a person's row in line with what the claims say: merge, uniqueness, version, audit, names for look-up and
// the open invitation. Inside store/ only.
#pragma once

#include <optional>
#include <string_view>

#include "store/merge.h"
#include "store/users.h"

namespace rosterd::store {

// Nothing, or why these names collide with somebody who is not hidden. People sign in with either, so a userName must
// not be another's sign-in e-mail, nor the other way round; one person's own two may be the same.
std::optional<Refused> collision(const View&, UserId self, std::string_view user_name, std::string_view email);
// Merges the person's claims into the row; the version moves when something visible changed, or `always`.
// Refuses: uniqueness. Returns whether the version moved.
Outcome<bool> refresh_effective(Unit&, UserId, bool always, std::string_view action = "user.update");
// A new person with that one claim: the row, names, audit row and change row that refresh_effective would come to,
// written once. REQUIRES: no collision, of values neither. The claim's own row is the caller's.
UserId insert_effective(Unit&, const CleanProfile& claim, Kind kind);
// One visible change of a person: version, time, audit row and change row.
void note_user_changed(Unit&, const User&, std::string_view action, std::string_view detail);

}  // namespace rosterd::store
