// For `rosterd doctor`: takes the way of a sync step by step, stating nothing, and says at which step it ends and why.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "ldap/sync.h"

namespace rosterd::ldap {

struct Finding {
  bool ok = false;
  std::string step;  // "connect", "root entry", "people below ou=people,…"
  std::string text;  // a sentence
};

// In the order of the steps; ends with the first that leaves no sense in the next ones. Needs no store.
std::vector<Finding> diagnose(const DirectoryOptions& options, const std::stop_token& stop = {});

}  // namespace rosterd::ldap
