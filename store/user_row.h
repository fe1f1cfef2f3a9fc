// The users table's columns as a User, shared by everything that reads people. Inside store/ only.
#pragma once

#include "store/sqlite/connection.h"
#include "store/users.h"

namespace rosterd::store {

// To be followed by FROM users u …; read_user() expects these columns first.
#define ROSTERD_USER_COLUMNS                                                                                       \
  "SELECT u.key, u.id, u.kind, u.user_name, u.email, u.display_name, u.company, u.active, u.hidden, u.joined_at, " \
  "u.mail_problem, u.profile, u.version, u.created_at, u.modified_at "

User read_user(const Statement& row);
Kind kind_from(std::string_view text);

}  // namespace rosterd::store
