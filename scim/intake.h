// Taking a client's values in: coercion to the attribute's type, in the canonical spelling, and refusal by name of what
// cannot be meant. What is ignored (unknown or read-only attributes) is noted, never silently lost. Pure.
#pragma once

#include <cstddef>
#include <string_view>

#include "scim/error.h"
#include "scim/habits.h"
#include "scim/json.h"
#include "scim/schema.h"

namespace rosterd::scim {

struct ValueLimits {
  std::size_t max_text = 32 * 1024;   // bytes of one string
  std::size_t max_elements = 500;     // of one multi-valued attribute other than members
  std::size_t max_members = 100'000;  // of one request
};

// The value as the attribute holds it. null means unassigned: null, [] and empty objects come to that. Where the habits
// of `notes` say so, "" is null as well, "False" becomes false, a plain value a complex value's `value`, a single value
// an array.
Result<Json> coerce(const Attribute& attribute, const Json& value, Notes& notes, const ValueLimits& limits = {});
// One element of a multi-valued attribute; null and empty elements are invalidValue.
Result<Json> coerce_element(const Attribute& attribute, const Json& value, Notes& notes,
                            const ValueLimits& limits = {});

// The writable part of a POST or PUT body: required attributes are there, read-only ones are left out and noted,
// unknown ones and schemas too or refused (invalidSyntax). Extensions stand under their URN.
Result<Object> take_in(const Json& body, const ResourceType& type, Notes& notes, const ValueLimits& limits = {});

// An attribute or a schema that does not exist: noted as ignored, or invalidSyntax.
Check take_unknown(std::string_view name, Notes& notes);

// invalidValue when more than one element is primary.
Check check_primary(const Attribute& attribute, const Json& elements);

}  // namespace rosterd::scim
