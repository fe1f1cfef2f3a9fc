#include "ldap/group_mapping.h"

#include "ldap/digest.h"
#include "ldap/dn.h"
#include "ldap/entry_key.h"
#include "ldap/json.h"
#include "ldap/text.h"

namespace rosterd::ldap {
namespace {

constexpr std::string_view kMappingVersion = "1";
constexpr std::size_t kLongestName = 1024;
constexpr std::size_t kLongestLogin = 256;

// "cn=a,dc=x#'0101'B" → "cn=a,dc=x" (RFC 4517, 3.3.21)
std::string_view without_uid(std::string_view value) {
  if (!value.ends_with("'B")) return value;
  const std::size_t hash = value.rfind("#'");
  if (hash == std::string_view::npos) return value;
  const std::string_view bits = value.substr(hash + 2, value.size() - hash - 4);
  return bits.find_first_not_of("01") == std::string_view::npos ? value.substr(0, hash) : value;
}

}  // namespace

std::string to_json(const GroupDocument& document) {
  rapidjson::StringBuffer buffer;
  JsonWriter json(buffer);
  json.StartObject();
  put(json, "dn", document.dn);
  put(json, "display_name", document.display_name);
  json.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

std::optional<GroupDocument> group_document(std::string_view text) {
  const auto json = parse_object(text);
  if (!json) return std::nullopt;
  return GroupDocument{std::string(member(*json, "dn")), std::string(member(*json, "display_name"))};
}

std::optional<std::string> member_dn(std::string_view value) {
  if (!is_text(value)) return std::nullopt;
  const std::string_view name = without_uid(value);
  return trim(name).empty() ? std::nullopt : normalize_dn(name);
}

std::optional<std::uint32_t> relative_id(std::string_view sid) {
  if (sid.size() < 12 || sid[0] != 1) return std::nullopt;
  if (sid.size() != 8 + 4 * static_cast<std::size_t>(static_cast<unsigned char>(sid[1]))) return std::nullopt;
  std::uint32_t id = 0;
  for (std::size_t i = 0; i < 4; ++i) id = id << 8 | static_cast<unsigned char>(sid[sid.size() - 1 - i]);
  return id;
}

GroupMapper::GroupMapper(GroupOptions options, ServerKind server) : options_(std::move(options)) {
  if (options_.key_attribute.empty()) options_.key_attribute = default_key_attribute(server);
}

std::vector<std::string> GroupMapper::wanted_attributes() const {
  return {options_.key_attribute, options_.name, "member", "uniqueMember", "memberUid", "objectSid"};
}

std::variant<MappedGroup, SetAside> GroupMapper::map(const EntryView& entry) const {
  MappedGroup group;
  const std::string shown = printable(entry.dn);
  const auto keys = entry.all(options_.key_attribute);
  const auto key = keys.size() == 1 ? key_text(options_.key_attribute, keys.front()) : std::nullopt;
  if (!key) return SetAside{shown, {}, "no usable " + options_.key_attribute};
  group.key = *key;
  const auto dn = is_text(entry.dn) ? normalize_dn(entry.dn) : std::nullopt;
  if (!dn) return SetAside{shown, *key, "its name cannot be read"};
  group.dn = *dn;
  const std::string_view name = trim(entry.first(options_.name));
  if (name.empty()) return SetAside{shown, *key, "no " + options_.name};
  if (!is_text(name) || name.size() > kLongestName) return SetAside{shown, *key, options_.name + " is no usable text"};
  group.display_name = name;
  group.rid = relative_id(entry.first("objectSid"));
  group.digest = Digest().add(kMappingVersion).add(group.dn).add(group.display_name).hex();
  return group;
}

std::size_t GroupMapper::members(const EntryView& entry, const MappedGroup& group,
                                 const std::function<void(const MemberValue&)>& member) const {
  std::size_t unreadable = 0;
  for (const char* attribute : {"member", "uniqueMember"}) {
    for (const std::string_view value : entry.all(attribute)) {
      auto dn = member_dn(value);
      if (!dn) {
        unreadable += trim(value).empty() ? 0 : 1;  // an empty name stands in groups that may not be empty
      } else if (*dn != group.dn) {
        member({std::move(*dn), false});
      }
    }
  }
  for (const std::string_view value : entry.all("memberUid")) {
    if (value.empty() || value.size() > kLongestLogin || !is_text(value)) {
      ++unreadable;
    } else {
      member({fold(value), true});
    }
  }
  return unreadable;
}

}  // namespace rosterd::ldap
