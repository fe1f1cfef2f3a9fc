#include "scim/schema.h"

#include <algorithm>
#include <array>

#include "scim/schema_tables.h"
#include "scim/text.h"

namespace rosterd::scim {
namespace {

const Attribute* find_in(const std::vector<Attribute>& attributes, std::string_view wanted) {
  const auto it = std::find_if(attributes.begin(), attributes.end(),
                               [&](const Attribute& attribute) { return iequals(attribute.name, wanted); });
  return it == attributes.end() ? nullptr : &*it;
}

std::string_view word(Type type) {
  constexpr std::array<std::string_view, 8> kWords = {"string",   "boolean", "decimal",   "integer",
                                                      "dateTime", "binary",  "reference", "complex"};
  return kWords[static_cast<std::size_t>(type)];
}
std::string_view word(Mutability mutability) {
  constexpr std::array<std::string_view, 4> kWords = {"readOnly", "readWrite", "immutable", "writeOnly"};
  return kWords[static_cast<std::size_t>(mutability)];
}
std::string_view word(Returned returned) {
  constexpr std::array<std::string_view, 4> kWords = {"always", "never", "default", "request"};
  return kWords[static_cast<std::size_t>(returned)];
}
std::string_view word(Uniqueness uniqueness) {
  constexpr std::array<std::string_view, 3> kWords = {"none", "server", "global"};
  return kWords[static_cast<std::size_t>(uniqueness)];
}

Array to_array(const std::vector<std::string>& texts) {
  return Array(texts.begin(), texts.end());
}

Json attribute_to_json(const Attribute& attribute) {
  Object out;
  out.set("name", attribute.name);
  out.set("type", word(attribute.type));
  out.set("multiValued", attribute.multi_valued);
  out.set("description", attribute.description);
  out.set("required", attribute.required);
  if (attribute.type != Type::complex && attribute.type != Type::boolean) out.set("caseExact", attribute.case_exact);
  if (!attribute.canonical_values.empty()) out.set("canonicalValues", to_array(attribute.canonical_values));
  out.set("mutability", word(attribute.mutability));
  out.set("returned", word(attribute.returned));
  out.set("uniqueness", word(attribute.uniqueness));
  if (attribute.type == Type::reference) out.set("referenceTypes", to_array(attribute.reference_types));
  if (attribute.type == Type::complex) {
    Array subs;
    for (const Attribute& sub : attribute.sub_attributes) subs.push_back(attribute_to_json(sub));
    out.set("subAttributes", std::move(subs));
  }
  return out;
}

Json meta(std::string_view resource_type, std::string location) {
  Object out;
  out.set("resourceType", resource_type);
  out.set("location", std::move(location));
  return out;
}

}  // namespace

const Attribute* Attribute::sub(std::string_view wanted) const {
  return find_in(sub_attributes, wanted);
}

const Attribute* Schema::find(std::string_view wanted) const {
  return find_in(attributes, wanted);
}

const Schema& ResourceType::common() {
  static const Schema schema = tables::common();
  return schema;
}

const Schema* ResourceType::schema(std::string_view urn) const {
  if (urn.empty() || iequals(urn, core->id)) return core;
  const auto it = std::find_if(extensions.begin(), extensions.end(),
                               [&](const Extension& extension) { return iequals(extension.schema->id, urn); });
  return it == extensions.end() ? nullptr : it->schema;
}

bool ResourceType::is_extension(std::string_view urn) const {
  const Schema* found = schema(urn);
  return found != nullptr && found != core;
}

const Attribute* ResourceType::find_core(std::string_view attribute) const {
  const auto it = core_names.find(attribute);
  return it == core_names.end() ? nullptr : it->second;
}

const Attribute* ResourceType::find(std::string_view urn, std::string_view attribute) const {
  const Schema* found = schema(urn);
  if (found == nullptr) return nullptr;
  if (const Attribute* definition = found->find(attribute)) return definition;
  return found == core ? common().find(attribute) : nullptr;
}

Target resolve(const ResourceType& type, const AttributePath& path) {
  Target target;
  target.attribute = type.find(path.schema, path.name);
  if (target.attribute == nullptr || path.sub.empty()) return target;
  target.sub = target.attribute->sub(path.sub);
  if (target.sub == nullptr) target.attribute = nullptr;
  return target;
}

std::string to_string(const AttributePath& path) {
  std::string out = path.schema;
  if (!out.empty() && !path.name.empty()) out += ':';
  out += path.name;
  if (!path.sub.empty()) out += '.' + path.sub;
  return out;
}

Json schema_to_json(const Schema& schema, std::string_view base_url) {
  Object out;
  out.set("schemas", Array{Json("urn:ietf:params:scim:schemas:core:2.0:Schema")});
  out.set("id", schema.id);
  out.set("name", schema.name);
  out.set("description", schema.description);
  Array attributes;
  for (const Attribute& attribute : schema.attributes) attributes.push_back(attribute_to_json(attribute));
  out.set("attributes", std::move(attributes));
  out.set("meta", meta("Schema", std::string(base_url) + "/Schemas/" + schema.id));
  return out;
}

Json resource_type_to_json(const ResourceType& type, std::string_view base_url) {
  Object out;
  out.set("schemas", Array{Json("urn:ietf:params:scim:schemas:core:2.0:ResourceType")});
  out.set("id", type.name);
  out.set("name", type.name);
  out.set("endpoint", type.endpoint);
  out.set("description", type.description);
  out.set("schema", type.core->id);
  Array extensions;
  for (const Extension& extension : type.extensions) {
    Object entry;
    entry.set("schema", extension.schema->id);
    entry.set("required", extension.required);
    extensions.push_back(std::move(entry));
  }
  out.set("schemaExtensions", std::move(extensions));
  out.set("meta", meta("ResourceType", std::string(base_url) + "/ResourceTypes/" + type.name));
  return out;
}

}  // namespace rosterd::scim
