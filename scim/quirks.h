// Habits that can be rewritten into the standard before the engine reads the body, so that the engine stays pure RFC;
// each where the connection's habits (habits.h) say so, and noted. Those that need the schema are in intake.cpp and
// patch.cpp.
#pragma once

#include "scim/habits.h"
#include "scim/json.h"

namespace rosterd::scim {

// POST and PUT bodies: URNs of SCIM 1.1 and its drafts (OneLogin), Microsoft's group schema URN (Entra), roles whose
// value is a JSON object inside a string (Entra).
void rewrite_resource(Json& body, Notes& notes);

// PATCH bodies: the same in paths and values.
void rewrite_patch(Json& body, Notes& notes);

}  // namespace rosterd::scim
