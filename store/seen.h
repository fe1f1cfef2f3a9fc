// What an answer about one person needs, each in one look-up.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "store/users.h"

namespace rosterd::store {

struct Seen {
  std::string profile;             // as profile_seen_by
  std::optional<std::string> key;  // the source's own
};
Seen seen_by(const View&, const User&, SourceId);

struct SeenUser {
  User user;
  Seen seen;
};
std::optional<SeenUser> find_seen(const View&, SourceId, std::string_view id);  // as find_user_of, then seen_by
std::optional<SeenUser> find_seen(const View&, SourceId, UserId);               // the same by key

struct InForce {
  std::vector<std::string> roles;     // as roles_of
  std::vector<std::string> projects;  // as projects_of
};
InForce in_force(const View&, UserId);

}  // namespace rosterd::store
