// Exact evaluation of a filter on a resource (RFC 7644 section 3.4.2.2). Strings compare by the attribute's caseExact,
// date-times as instants, booleans also against "True" and "False". A multi-valued attribute matches when any element
// does; without a sub-attribute its `value` is meant. `ne` is the negation of `eq`, so an absent attribute is "not
// equal" to everything but null. Pure and thread-safe.
#pragma once

#include "scim/error.h"
#include "scim/filter.h"
#include "scim/json.h"
#include "scim/schema.h"

namespace rosterd::scim {

// invalidFilter when the filter names an attribute that the resource type does not have or compares it in a way its
// type has no order for. Call once per filter; a misspelt attribute must not look like "nobody".
Check check_filter(const Filter& filter, const ResourceType& type);

// REQUIRES: check_filter said yes.
bool matches(const Filter& filter, const Json& resource, const ResourceType& type);

// The inside of a value path on one element of `attribute`.
Check check_element_filter(const Filter& where, const Attribute& attribute);
bool element_matches(const Filter& where, const Json& element, const Attribute& attribute);

// The boolean that clients mean: true, "True", "false", …
std::optional<bool> to_boolean(const Json& value);

}  // namespace rosterd::scim
