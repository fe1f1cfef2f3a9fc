// A person as the connection reads it: its own claim over the effective profile, effective `active`, the access
// extension. Private to scim/.
#pragma once

#include "scim/call.h"
#include "store/seen.h"

namespace rosterd::scim {

// Parts that cost a look-up of their own.
struct UserParts {
  bool groups = false;
  bool access = true;
};

Json render_user(const Call& call, const store::View& view, const store::User& user, const UserParts& parts);
Json render_user(const Call& call, const store::View& view, const store::SeenUser& found, const UserParts& parts);
// The same with all parts as JSON text, as an empty selection leaves it; most of the profile is passed on as it is
// stored. Nothing when the profile is not that plain: render_user() then.
std::optional<std::string> write_user(const Call& call, const store::View& view, const store::SeenUser& found);

// What a PATCH works on: the connection's own claim with id and externalId, without `active`.
Object patchable_user(const Call& call, const store::View& view, const store::User& user);

}  // namespace rosterd::scim
