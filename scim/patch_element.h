// PATCH on one multi-valued attribute's elements. Private to patch.cpp.
#pragma once

#include "scim/patch.h"

namespace rosterd::scim {

// Where an operation leads: definitions and the member of the container that holds the values.
struct PatchTarget {
  const Attribute& attribute;
  const Attribute* sub = nullptr;
  const Filter* where = nullptr;
};

// Applies one operation to the elements (the attribute's array, possibly empty afterwards).
Check patch_elements(Array& elements, const PatchTarget& target, Operation::Kind kind, const Json& value,
                     const PatchContext& context);

// Sets the given sub-attributes and clears those that are null; others stay.
Check merge_complex(Object& into, const Attribute& attribute, const Json& value, const PatchContext& context);

}  // namespace rosterd::scim
