// One directory entry as it lies in the received message: views, no copies. Pure; knows no LDAP library.
#pragma once

#include <span>
#include <string_view>

namespace rosterd::ldap {

// Values are bytes (RFC 4511, 4.1.5): nobody has checked that they are UTF-8.
struct AttributeView {
  std::string_view name;  // as the server spelled it, options included ("cn;lang-de")
  std::span<const std::string_view> values;
};

// Valid only during the call that hands it over.
struct EntryView {
  std::string_view dn;
  std::span<const AttributeView> attributes;

  // Attribute names compare without case (RFC 4512, 2.5); options count as part of the name.
  const AttributeView* find(std::string_view name) const;
  // The first value, or an empty view.
  std::string_view first(std::string_view name) const;
  std::span<const std::string_view> all(std::string_view name) const;
};

}  // namespace rosterd::ldap
