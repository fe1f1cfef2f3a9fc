// From a group's entry to the group and its members as written: member, uniqueMember (RFC 4519), memberUid (RFC 2307),
// primaryGroupID (Active Directory). Nesting, cycles and dangling members are edges like any other: who is below whom
// is resolved where all edges are known. Pure.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "ldap/mapping.h"

namespace rosterd::ldap {

struct GroupOptions {
  std::string key_attribute;  // empty: by the kind of server
  std::string name = "cn";    // becomes displayName
};

struct MappedGroup {
  std::string key;
  std::string dn;  // normalised
  std::string display_name;
  std::string digest;                // of the facts, without members
  std::optional<std::uint32_t> rid;  // what primaryGroupID of its people names
};

struct GroupDocument {
  std::string dn;  // normalised
  std::string display_name;
};

std::string to_json(const GroupDocument& document);
std::optional<GroupDocument> group_document(std::string_view json);

struct MemberValue {
  std::string text;  // a normalised DN, or a folded login name
  bool is_login = false;
};

// The normalised DN of one value, the optional UID of uniqueMember taken off; nothing for an empty or unreadable one.
std::optional<std::string> member_dn(std::string_view value);

// The last part of a binary security identifier ([MS-DTYP] 2.4.2.2).
std::optional<std::uint32_t> relative_id(std::string_view object_sid);

class GroupMapper {
 public:
  GroupMapper(GroupOptions options, ServerKind server);

  std::vector<std::string> wanted_attributes() const;
  std::variant<MappedGroup, SetAside> map(const EntryView& entry) const;
  // Every member once per value; a group in itself is left out. Returns how many values could not be read.
  std::size_t members(const EntryView& entry, const MappedGroup& group,
                      const std::function<void(const MemberValue&)>& member) const;

 private:
  GroupOptions options_;
};

}  // namespace rosterd::ldap
