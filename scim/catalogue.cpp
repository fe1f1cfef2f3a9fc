#include "scim/catalogue.h"

#include <algorithm>

#include "scim/schema_tables.h"
#include "scim/text.h"

namespace rosterd::scim {

Catalogue::Catalogue() {
  const Schema& user = own(tables::user());
  const Schema& group = own(tables::group());
  const Schema& enterprise = own(tables::enterprise());
  const Schema& access = own(tables::access());
  const Schema& role = own(tables::role());
  const Schema& entitlement = own(tables::entitlement());
  const Schema& project = own(tables::project());
  add({Resource::user, "User", "/Users", "A user account", &user, {{&enterprise}, {&access}}});
  add({Resource::group, "Group", "/Groups", "A group of users and groups", &group, {}});
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

const Schema& Catalogue::own(Schema schema) {
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
