// A person as data, the same for `explain`, `user show` and the API.
#pragma once

#include "scim/json.h"
#include "store/explain.h"

namespace rosterd::commands {

scim::Json person_json(const store::Explanation& explanation);

// "group engineers (ldap:corp) by rule engineering", the chain of one grant.
std::string why(const store::ExplainedGrant& grant);

}  // namespace rosterd::commands
