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

// Whether writing this value means taking the attribute away: null, and "" where that is a habit.
bool clears(const Json& value, const Attribute& attribute, Notes& notes);

// Sets the given sub-attributes and clears those that are null; others stay.
Check merge_complex(Object& into, const Attribute& attribute, const Json& value, const PatchContext& context);

// mutability, when a sub-attribute that is set once would lose its value or get another.
Check check_immutable_subs(const Attribute& attribute, const Json& held, const Json& now);
Error is_immutable(const std::string& name);

}  // namespace rosterd::scim
