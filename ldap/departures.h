// Why people whom a complete reading no longer shows are not there: deleted, or moved where we do not look.
#pragma once

#include <vector>

#include "ldap/sync.h"

namespace rosterd::ldap {

// Looks the first few hundred of them up by key in the whole directory. What cannot be found out stays "left
// directory".
void explain_departures(Connection& connection, const RootDse& root, const DirectoryOptions& options,
                        std::vector<Change>& removals);

}  // namespace rosterd::ldap
