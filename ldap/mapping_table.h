// Which SCIM attribute (RFC 7643) comes from which LDAP attribute (RFC 2798, RFC 4519, Active Directory) unless
// configured.
#pragma once

#include <array>
#include <string_view>

namespace rosterd::ldap {

enum class Shape {
  text,        // "member": "…" at the top
  name,        // inside "name"
  enterprise,  // inside the enterprise extension
  manager,     // inside the enterprise extension, an object
  phone,       // one of "phoneNumbers", `member` is its type
  mails,       // all values in "emails"
};

struct Target {
  std::string_view name;  // what configuration calls it
  Shape shape;
  std::string_view member;
  std::array<std::string_view, 3> defaults;  // the first that is there counts
};

inline constexpr std::size_t kUserName = 0;
inline constexpr std::size_t kDisplayName = 4;

inline constexpr auto kTargets = std::to_array<Target>({
    {"userName", Shape::text, "userName", {}},
    {"name.givenName", Shape::name, "givenName", {"givenName"}},
    {"name.familyName", Shape::name, "familyName", {"sn"}},
    {"name.formatted", Shape::name, "formatted", {"cn"}},
    {"displayName", Shape::text, "displayName", {"displayName", "cn"}},
    {"title", Shape::text, "title", {"title"}},
    {"preferredLanguage", Shape::text, "preferredLanguage", {"preferredLanguage"}},
    {"userType", Shape::text, "userType", {"employeeType"}},
    {"emails", Shape::mails, "work", {"mail"}},
    {"phoneNumbers.work", Shape::phone, "work", {"telephoneNumber"}},
    {"phoneNumbers.mobile", Shape::phone, "mobile", {"mobile"}},
    {"employeeNumber", Shape::enterprise, "employeeNumber", {"employeeNumber", "employeeID"}},
    {"department", Shape::enterprise, "department", {"departmentNumber", "department", "ou"}},
    {"division", Shape::enterprise, "division", {"division"}},
    {"organization", Shape::enterprise, "organization", {"o", "company"}},
    {"manager", Shape::manager, "manager", {"manager"}},
});

}  // namespace rosterd::ldap
