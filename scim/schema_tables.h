// The tables behind schema.h, one function per schema. Private to catalogue.cpp and schema.cpp.
#pragma once

#include "scim/schema.h"

namespace rosterd::scim::tables {

Schema common();
Schema user();
Schema group();
Schema enterprise();
Schema client();
Schema access();
// What can be assigned: draft-ietf-scim-roles-entitlements, with the names that Okta reads beside its own.
Schema role();
Schema entitlement();
Schema project();

}  // namespace rosterd::scim::tables
