// Exact evaluation of a filter on a resource (RFC 7644 section 3.4.2.2). Strings compare by the attribute's caseExact,
// date-times as instants, booleans also against "True" and "False". A multi-valued attribute matches when any element
// does; without a sub-attribute its `value` is meant. `ne` is the negation of `eq`, so an absent attribute is "not
// equal" to everything but null. Pure and thread-safe.
#pragma once

#include <span>

#include "scim/error.h"
#include "scim/filter.h"
#include "scim/json.h"
#include "scim/schema.h"

namespace rosterd::scim {

// invalidFilter when the filter names an attribute that the resource type does not have or compares it in a way its
// type has no order for. Call once per filter; a misspelt attribute must not look like "nobody".
Check check_filter(const Filter& filter, const ResourceType& type);
// The same for a search over several types: each attribute is one of at least one type.
Check check_filter(const Filter& filter, std::span<const ResourceType* const> types);

// REQUIRES: check_filter said yes. An attribute that the type does not have is absent (RFC 7644 section 3.4.2.1).
bool matches(const Filter& filter, const Json& resource, const ResourceType& type);

// The inside of a value path on one element of `attribute`.
Check check_element_filter(const Filter& where, const Attribute& attribute);
bool element_matches(const Filter& where, const Json& element, const Attribute& attribute);

// Whether a boolean is compared with a text: `active eq "True"`.
bool has_boolean_text(const Filter& filter, std::span<const ResourceType* const> types);
bool has_boolean_text(const Filter& where, const Attribute& attribute);

// The value of the path's attribute; null when the resource has none. Does not look into it for a sub-attribute.
const Json* locate(const Json& resource, const ResourceType& type, const AttributePath& path);
// The definition whose rules a comparison at that target follows: `value` stands for a complex attribute. Null when
// there is none. REQUIRES: target.attribute.
const Attribute* compared(const Target& target);

// The boolean that clients mean: true, "True", "false", …
std::optional<bool> to_boolean(const Json& value);

}  // namespace rosterd::scim
