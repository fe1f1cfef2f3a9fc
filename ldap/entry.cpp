#include "ldap/entry.h"

#include "ldap/text.h"

namespace rosterd::ldap {

const AttributeView* EntryView::find(std::string_view name) const {
  for (const AttributeView& attribute : attributes) {
    if (equals_ignoring_case(attribute.name, name)) return &attribute;
  }
  return nullptr;
}

std::string_view EntryView::first(std::string_view name) const {
  const AttributeView* attribute = find(name);
  return attribute != nullptr && !attribute->values.empty() ? attribute->values.front() : std::string_view{};
}

std::span<const std::string_view> EntryView::all(std::string_view name) const {
  const AttributeView* attribute = find(name);
  return attribute != nullptr ? attribute->values : std::span<const std::string_view>{};
}

}  // namespace rosterd::ldap
