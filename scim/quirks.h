// What clients send outside the standard, rewritten into the standard before the engine reads it, so that the engine
// stays pure RFC. Every rewriting leaves a note. (Case of `op`, booleans as strings and plain values for complex
// attributes are coercions of intake.h, since they need the schema.)
#pragma once

#include "scim/intake.h"
#include "scim/json.h"

namespace rosterd::scim {

// POST and PUT bodies: URNs of SCIM 1.1 and its drafts (OneLogin), Microsoft's group schema URN (Entra), roles whose
// value is a JSON object inside a string (Entra).
void rewrite_resource(Json& body, Notes& notes);

// PATCH bodies: the same in paths and values.
void rewrite_patch(Json& body, Notes& notes);

}  // namespace rosterd::scim
