// A person as the connection reads it: its own claim over the effective profile, effective `active`, the access
// extension. Private to scim/.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "scim/call.h"
#include "store/blocks.h"
#include "store/groups.h"
#include "store/seen.h"

namespace rosterd::scim {

// Parts that cost a look-up of their own.
struct UserParts {
  bool groups = false;
  bool access = true;
  bool permissions = true;  // of clients
};

struct ShownBlock {
  std::string source;
  store::Reason reason;
  store::Instant since;
};

// What an answer about one person needs of the store: the answer is then written without holding up anybody.
struct ShownUser {
  store::SeenUser found;
  UserParts parts;
  std::vector<store::GroupOfUser> groups = {};
  store::InForce in_force = {};
  std::vector<ShownBlock> blocks = {};
  std::vector<std::string> permissions = {};
};

ShownUser look_up(const Call& call, const store::View& view, store::SeenUser found, const UserParts& parts);
Json render_user(const Call& call, const ShownUser& user);
// The same as JSON text, as an empty selection leaves it; most of the profile is passed on as it is stored. Nothing
// when the profile is not that plain: render_user() then. REQUIRES: the access part.
std::optional<std::string> write_user(const Call& call, const ShownUser& user);

// What a PATCH works on: the connection's own claim with id and externalId; `active` is whether it is this connection
// that blocks.
Object patchable_user(const Call& call, const store::View& view, const store::User& user);

}  // namespace rosterd::scim
