// Schema extensions: what one option alone cannot say.
#include <algorithm>
#include <cctype>
#include <set>

#include "daemon/config/reader.h"

namespace rosterd::config {
namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

std::string parent_of(const std::string& name) {
  const auto dot = name.find('.');
  return dot == std::string::npos ? "" : name.substr(0, dot);
}

const Schema* find_schema(const Config& config, const std::string& urn) {
  const auto it = std::find_if(config.schemas.begin(), config.schemas.end(),
                               [&](const Schema& schema) { return lower(schema.urn) == lower(urn); });
  return it == config.schemas.end() ? nullptr : &*it;
}

const Attribute* find_attribute(const Config& config, const std::string& schema, const std::string& name) {
  const auto it = std::find_if(config.attributes.begin(), config.attributes.end(), [&](const Attribute& one) {
    return lower(one.schema) == lower(schema) && lower(one.name) == lower(name);
  });
  return it == config.attributes.end() ? nullptr : &*it;
}

void check_schemas(Reading& reading) {
  const Config& config = reading.config;
  for (std::size_t i = 0; i < config.schemas.size(); ++i) {
    const std::string name = "schema[" + std::to_string(i) + "]";
    const std::string urn = lower(config.schemas[i].urn);
    if (urn.empty()) continue;  // a problem by itself
    for (std::size_t other = 0; other < config.schemas.size(); ++other) {
      const std::string known = lower(config.schemas[other].urn);
      if (other < i && known == urn) reading.problem(name + ".urn", "is there twice");
      if (other != i && !known.empty() && urn.starts_with(known + ":"))
        reading.problem(name + ".urn",
                        "begins like \"" + shown(config.schemas[other].urn) + "\": a path could mean either");
    }
    const bool empty = std::none_of(config.attributes.begin(), config.attributes.end(),
                                    [&](const Attribute& one) { return lower(one.schema) == urn; });
    if (empty) reading.problem(name, "has no [[attribute]]");
  }
}

void check_place(const Attribute& attribute, const std::string& name, Reading& reading) {
  const Config& config = reading.config;
  if (find_schema(config, attribute.schema) == nullptr) {
    std::vector<std::string> known;
    for (const Schema& schema : config.schemas) known.push_back(schema.urn);
    const auto guess = nearest(attribute.schema, known);
    reading.problem(name + ".schema", "there is no [[schema]] \"" + shown(attribute.schema) + "\"" +
                                          (guess ? "; did you mean \"" + *guess + "\"?" : ""));
  }
  const std::string parent = parent_of(attribute.name);
  if (!parent.empty()) {
    const Attribute* complex = find_attribute(config, attribute.schema, parent);
    if (complex == nullptr || complex->type != AttributeType::complex)
      reading.problem(name + ".name", "there is no complex attribute \"" + shown(parent) + "\" in its schema");
    if (attribute.type == AttributeType::complex)
      reading.problem(name + ".type", "a sub-attribute cannot be complex: there is one level of them");
  } else if (attribute.type == AttributeType::complex) {
    const bool has_subs = std::any_of(config.attributes.begin(), config.attributes.end(), [&](const Attribute& one) {
      return lower(one.schema) == lower(attribute.schema) && lower(parent_of(one.name)) == lower(attribute.name);
    });
    if (!has_subs)
      reading.problem(name, "is complex and has no sub-attributes; add one named \"" + shown(attribute.name) + ".…\"");
  }
}

void check_rules(const Attribute& attribute, const std::string& name, Reading& reading) {
  using Kind = AttributeType;
  const bool text = attribute.type == Kind::string || attribute.type == Kind::reference ||
                    attribute.type == Kind::binary || attribute.type == Kind::integer;
  const char* looked_up = attribute.indexed                            ? ".indexed"
                          : attribute.uniqueness == Uniqueness::server ? ".uniqueness"
                                                                       : nullptr;
  const Schema* schema = find_schema(reading.config, attribute.schema);
  if (looked_up != nullptr && !text)
    reading.problem(name + looked_up, "is for strings, integers, references and binary values");
  if (looked_up != nullptr && schema != nullptr && schema->resource != Resource::user)
    reading.problem(name + looked_up, "is for attributes of people");
  if (attribute.required && attribute.mutability == Mutability::read_only)
    reading.problem(name + ".required", "does not go with readOnly: nobody could give it");
  if (attribute.mutability == Mutability::write_only && attribute.returned != Returned::by_default &&
      attribute.returned != Returned::never)
    reading.problem(name + ".returned", "a writeOnly attribute is never returned");
  if (!attribute.canonical_values.empty() && attribute.type != Kind::string && attribute.type != Kind::reference)
    reading.problem(name + ".canonical_values", "is for strings and references");
  if (!attribute.reference_types.empty() && attribute.type != Kind::reference)
    reading.problem(name + ".reference_types", "is for references");
  if (attribute.case_exact && attribute.type != Kind::string && attribute.type != Kind::reference &&
      attribute.type != Kind::binary)
    reading.problem(name + ".case_exact", "is for strings");
  for (const std::string& type : attribute.reference_types) {
    if (type == "User" || type == "Group" || type == "external" || type == "uri") continue;
    reading.problem(name + ".reference_types", "\"" + shown(type) + "\" is none of User, Group, external and uri");
  }
}

}  // namespace

void validate_schemas(Reading& reading) {
  check_schemas(reading);
  std::set<std::string> seen;
  const auto& attributes = reading.config.attributes;
  for (std::size_t i = 0; i < attributes.size(); ++i) {
    const std::string name = "attribute[" + std::to_string(i) + "]";
    if (attributes[i].schema.empty() || attributes[i].name.empty()) continue;  // a problem by itself
    if (!seen.insert(lower(attributes[i].schema + " " + attributes[i].name)).second)
      reading.problem(name + ".name", "\"" + shown(attributes[i].name) + "\" is there twice in its schema");
    check_place(attributes[i], name, reading);
    check_rules(attributes[i], name, reading);
  }
}

}  // namespace rosterd::config
