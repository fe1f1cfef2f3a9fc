#include "daemon/setup/scim_setup.h"

#include <utility>
#include <vector>

#include "scim/text.h"

namespace rosterd::setup {
namespace {

static_assert(static_cast<int>(config::AttributeType::complex) == static_cast<int>(scim::Type::complex));
static_assert(static_cast<int>(config::Mutability::write_only) == static_cast<int>(scim::Mutability::write_only));
static_assert(static_cast<int>(config::Returned::on_request) == static_cast<int>(scim::Returned::on_request));
static_assert(static_cast<int>(config::Uniqueness::server) == static_cast<int>(scim::Uniqueness::server));
static_assert(static_cast<int>(config::Resource::group) == static_cast<int>(scim::Resource::group));

scim::Attribute attribute_of(const config::Attribute& given, std::string name) {
  scim::Attribute attribute;
  attribute.name = std::move(name);
  attribute.description = given.description;
  attribute.type = static_cast<scim::Type>(given.type);
  attribute.multi_valued = given.multi_valued;
  attribute.required = given.required;
  // RFC 7643 section 2.3: binary values and references compare exactly.
  attribute.case_exact =
      given.case_exact || given.type == config::AttributeType::binary || given.type == config::AttributeType::reference;
  attribute.mutability = static_cast<scim::Mutability>(given.mutability);
  attribute.returned = given.mutability == config::Mutability::write_only ? scim::Returned::never
                                                                          : static_cast<scim::Returned>(given.returned);
  attribute.uniqueness = static_cast<scim::Uniqueness>(given.uniqueness);
  attribute.canonical_values = given.canonical_values;
  attribute.restricted = !given.canonical_values.empty();
  attribute.reference_types = given.reference_types;
  if (given.type == config::AttributeType::reference && given.reference_types.empty())
    attribute.reference_types = {"external"};
  attribute.indexed = given.indexed;
  return attribute;
}

// Attributes first: a sub-attribute may stand before its attribute in the file.
std::vector<scim::Attribute> attributes_of(const config::Config& config, const config::Schema& schema) {
  std::vector<scim::Attribute> attributes;
  for (const config::Attribute& given : config.attributes)
    if (scim::iequals(given.schema, schema.urn) && given.name.find('.') == std::string::npos)
      attributes.push_back(attribute_of(given, given.name));
  for (const config::Attribute& given : config.attributes) {
    const auto dot = given.name.find('.');
    if (!scim::iequals(given.schema, schema.urn) || dot == std::string::npos) continue;
    for (scim::Attribute& attribute : attributes)
      if (scim::iequals(attribute.name, given.name.substr(0, dot)))
        attribute.sub_attributes.push_back(attribute_of(given, given.name.substr(dot + 1)));
  }
  return attributes;
}

}  // namespace

std::shared_ptr<const scim::Catalogue> make_catalogue(const config::Config& config) {
  std::vector<scim::ConfiguredExtension> extensions;
  for (const config::Schema& schema : config.schemas) {
    extensions.push_back({{schema.urn, schema.name, schema.description, attributes_of(config, schema)},
                          static_cast<scim::Resource>(schema.resource),
                          schema.required});
  }
  return std::make_shared<const scim::Catalogue>(std::move(extensions));
}

}  // namespace rosterd::setup
