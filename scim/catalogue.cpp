#include "scim/catalogue.h"

#include <algorithm>

#include "scim/schema_tables.h"
#include "scim/text.h"

namespace rosterd::scim {
namespace {

bool is_kept(const Attribute& attribute) {
  return attribute.mutability == Mutability::immutable || attribute.returned == Returned::never;
}

}  // namespace

Catalogue::Catalogue(std::vector<ConfiguredExtension> configured) {
  const Schema& user = own(tables::user());
  const Schema& group = own(tables::group());
  const Schema& enterprise = own(tables::enterprise());
  const Schema& client = own(tables::client());
  const Schema& access = own(tables::access());
  const Schema& role = own(tables::role());
  const Schema& entitlement = own(tables::entitlement());
  const Schema& project = own(tables::project());
  std::vector<Extension> of_user = {{&enterprise}, {&client}, {&access}};
  std::vector<Extension> of_group;
  for (ConfiguredExtension& extension : configured) {
    auto& extensions = extension.resource == Resource::user ? of_user : of_group;
    extensions.push_back({&own(std::move(extension.schema), true), extension.required});
  }
  add({Resource::user, "User", "/Users", "A user account", &user, std::move(of_user)});
  add({Resource::group, "Group", "/Groups", "A group of users and groups", &group, std::move(of_group)});
  add({Resource::role, "Role", "/Roles", "A role that people can be given", &role, {}});
  add({Resource::entitlement,
       "Entitlement",
       "/Entitlements",
       "A permission that people can be given",
       &entitlement,
       {}});
  add({Resource::project, "Project", "/Projects", "A project that people can be let into", &project, {}});
}

const Catalogue& Catalogue::standard() {
  static const Catalogue catalogue;
  return catalogue;
}

const Schema& Catalogue::own(Schema schema, bool configured) {
  schema.replaced = !configured;  // attributes may have been defined once and stand in profiles
  for (Attribute& attribute : schema.attributes) {
    const auto& subs = attribute.sub_attributes;
    attribute.by_parts = (configured && !subs.empty()) ||
                         std::any_of(subs.begin(), subs.end(),
                                     [](const Attribute& sub) { return sub.returned != Returned::by_default; });
    schema.plain = schema.plain && !attribute.by_parts;
    schema.replaced = schema.replaced && !is_kept(attribute) && std::none_of(subs.begin(), subs.end(), is_kept);
  }
  owned_schemas_.push_back(std::make_unique<const Schema>(std::move(schema)));
  schemas_.push_back(owned_schemas_.back().get());
  return *schemas_.back();
}

void Catalogue::add(ResourceType type) {
  for (const Attribute& attribute : type.core->attributes) type.core_names.emplace(attribute.name, &attribute);
  owned_types_.push_back(std::make_unique<const ResourceType>(std::move(type)));
  types_.push_back(owned_types_.back().get());
}

const Schema* Catalogue::schema(std::string_view urn) const {
  const auto it =
      std::find_if(schemas_.begin(), schemas_.end(), [&](const Schema* schema) { return iequals(schema->id, urn); });
  return it == schemas_.end() ? nullptr : *it;
}

const Schema* Catalogue::schema_of_path(std::string_view text) const {
  const Schema* best = nullptr;
  for (const Schema* schema : schemas_) {
    const std::size_t length = schema->id.size();
    if (!istarts_with(text, schema->id) || (text.size() > length && text[length] != ':')) continue;
    if (best == nullptr || length > best->id.size()) best = schema;
  }
  return best;
}

bool Catalogue::is_core(const Schema& schema) const {
  return std::any_of(types_.begin(), types_.end(), [&](const ResourceType* type) { return type->core == &schema; });
}

}  // namespace rosterd::scim
