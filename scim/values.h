// One value of a simple attribute against its type (RFC 7643 section 2.3) and canonical values. Pure.
#pragma once

#include <string_view>

#include "scim/intake.h"
#include "scim/json.h"
#include "scim/schema.h"

namespace rosterd::scim {

// The value as the attribute holds it; null for what comes to unassigned ("" where that is a habit). invalidValue:
// another type, too long, or none of the values that the attribute is restricted to. By habit booleans and numbers are
// also taken from a string that says just that, and a number for a string.
Result<Json> coerce_simple(const Attribute& attribute, const Json& value, Notes& notes, const ValueLimits& limits);

bool is_empty_text(const Json& value);
// What "" comes to: unassigned by habit; else the text itself, where it is a value of the type, or invalidValue.
Result<Json> empty_text(const Attribute& attribute, Notes& notes, bool is_value);

// Base64 (RFC 4648 section 4) or its URL-safe form (section 5), padded to a multiple of four or not at all.
bool is_base64(std::string_view text);
// A URI reference (RFC 3986 section 4.1), or one with characters beyond ASCII: no blanks, controls or unsafe ones.
bool is_uri(std::string_view text);

// The same value by the attribute's own comparison: texts without case unless caseExact, date-times as instants.
bool is_same_value(const Attribute& attribute, const Json& one, const Json& other);

}  // namespace rosterd::scim
