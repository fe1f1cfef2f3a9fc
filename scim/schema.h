// What an attribute, a schema and a resource type are (RFC 7643 sections 2 to 8). /Schemas, /ResourceTypes, validation,
// projection, comparison rules and PATCH all read these definitions; nothing else knows an attribute's properties.
// Which ones there are says the catalogue.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "scim/json.h"

namespace rosterd::scim {

inline constexpr std::string_view kUserSchema = "urn:ietf:params:scim:schemas:core:2.0:User";
inline constexpr std::string_view kGroupSchema = "urn:ietf:params:scim:schemas:core:2.0:Group";
inline constexpr std::string_view kRoleSchema = "urn:ietf:params:scim:schemas:core:2.0:Role";
inline constexpr std::string_view kEntitlementSchema = "urn:ietf:params:scim:schemas:core:2.0:Entitlement";
inline constexpr std::string_view kProjectSchema = "urn:rosterd:params:scim:schemas:core:2.0:Project";
inline constexpr std::string_view kEnterpriseSchema = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
inline constexpr std::string_view kClientSchema = "urn:rosterd:params:scim:schemas:extension:client:2.0:User";
inline constexpr std::string_view kAccessSchema = "urn:rosterd:params:scim:schemas:extension:access:2.0:User";

enum class Type { string, boolean, decimal, integer, date_time, binary, reference, complex };
enum class Mutability { read_only, read_write, immutable, write_only };
enum class Returned { always, never, by_default, on_request };
enum class Uniqueness { none, server, global };

struct Attribute {
  std::string name;
  std::string description;
  Type type = Type::string;
  bool multi_valued = false;
  bool required = false;
  bool case_exact = false;
  Mutability mutability = Mutability::read_write;
  Returned returned = Returned::by_default;
  Uniqueness uniqueness = Uniqueness::none;
  std::vector<std::string> canonical_values;
  bool restricted = false;  // to the canonical values, which are suggestions otherwise
  bool indexed = false;     // the store keeps a look-up table of its values
  bool by_parts = false;    // not every sub-attribute that a value has is shown; the catalogue says so
  std::vector<std::string> reference_types;
  std::vector<Attribute> sub_attributes;

  const Attribute* sub(std::string_view wanted) const;
};

struct Schema {
  std::string id;
  std::string name;
  std::string description;
  std::vector<Attribute> attributes;
  bool plain = true;     // no attribute is shown by parts; the catalogue says so
  bool replaced = true;  // a PUT needs nothing of what was held: nothing immutable, hidden or unknown; likewise

  const Attribute* find(std::string_view wanted) const;
};

// What the store keeps; in the order of the catalogue's types.
enum class Resource { user, group, role, entitlement, project };

struct Extension {
  const Schema* schema = nullptr;
  bool required = false;
};

struct ResourceType {
  Resource resource;
  std::string name;
  std::string endpoint;
  std::string description;
  const Schema* core = nullptr;
  std::vector<Extension> extensions;
  std::unordered_map<std::string_view, const Attribute*> core_names = {};  // for find_core(); the catalogue fills it

  // The schema with this URN when the resource may carry it; core for "".
  const Schema* schema(std::string_view urn) const;
  bool is_extension(std::string_view urn) const;
  // Attributes that every resource has: schemas, id, externalId, meta.
  static const Schema& common();
  // An attribute of the core schema in its own spelling, found without a search.
  const Attribute* find_core(std::string_view attribute) const;
  // An attribute of the core schema or a common one (urn ""), or of an extension.
  const Attribute* find(std::string_view urn, std::string_view attribute) const;
};

// An attribute's address: URN of an extension (or "" for core and common), attribute, optional sub-attribute.
// With an extension's URN the name may be empty: the whole extension.
struct AttributePath {
  std::string schema;
  std::string name;
  std::string sub;

  bool operator==(const AttributePath&) const = default;
};

// Where a path leads. With a sub-attribute, `sub` is its definition, otherwise null.
struct Target {
  const Attribute* attribute = nullptr;
  const Attribute* sub = nullptr;
  // The definition that a compared value must obey.
  const Attribute& leaf() const { return sub != nullptr ? *sub : *attribute; }
};

// attribute is null when the resource type has no such attribute or sub-attribute.
Target resolve(const ResourceType& type, const AttributePath& path);

std::string to_string(const AttributePath& path);

Json schema_to_json(const Schema& schema, std::string_view base_url);
Json resource_type_to_json(const ResourceType& type, std::string_view base_url);

}  // namespace rosterd::scim
