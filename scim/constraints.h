// What a whole resource must keep: required attributes and extensions, and immutable values (RFC 7643 sections 2.2, 6
// and 7; RFC 7644 section 3.5.1). Pure. Documents are as take_in() leaves them.
#pragma once

#include <span>
#include <string_view>

#include "scim/error.h"
#include "scim/json.h"
#include "scim/schema.h"

namespace rosterd::scim {

// invalidValue: a required attribute, sub-attribute or extension is absent. What was absent in `before`, too, is not
// this change's fault: a definition may have become stricter meanwhile.
Check check_complete(const Object& document, const ResourceType& type, const Object* before = nullptr);

// A PUT's document against what is held. Immutable values stay when they are left out; another value is `mutability`.
// What the client could not know stays as well: values that are never returned, and attributes that no schema defines
// any more.
Check keep_held(Object& document, const Object& held, const ResourceType& type);

// invalidValue when a reference into this server leads to another resource type than the attribute's referenceTypes.
// Whether the resource exists is not asked: clients send references before what they lead to.
Check check_references(const Object& document, const ResourceType& type, std::span<const ResourceType* const> types,
                       std::string_view base_url);

}  // namespace rosterd::scim
