#include "scim/quirks.h"

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "scim/schema.h"
#include "scim/text.h"

namespace rosterd::scim {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 9> kLegacy = {{
    {"urn:scim:schemas:extension:enterprise:1.0", kEnterpriseSchema},
    {"urn:scim:schemas:extension:enterprise:2.0:User", kEnterpriseSchema},
    {"urn:scim:schemas:extension:enterprise:2.0", kEnterpriseSchema},
    {"urn:ietf:params:scim:schemas:extension:enterprise:1.0:User", kEnterpriseSchema},
    {"urn:scim:schemas:core:2.0:User", kUserSchema},
    {"urn:scim:schemas:core:2.0:Group", kGroupSchema},
    {"urn:scim:schemas:core:1.0:User", kUserSchema},
    {"urn:scim:schemas:core:2.0", kUserSchema},
    {"urn:scim:schemas:core:1.0", kUserSchema},
}};
constexpr std::string_view kMicrosoftGroup = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group";

// The text with a legacy URN at its front exchanged; a path may follow the URN after a colon.
std::optional<std::string> modern(std::string_view text) {
  for (const auto& [legacy, current] : kLegacy) {
    if (!istarts_with(text, legacy)) continue;
    if (text.size() > legacy.size() && text[legacy.size()] != ':') continue;
    return std::string(current) + std::string(text.substr(legacy.size()));
  }
  return std::nullopt;
}

// A legacy key may meet its modern one: the later value stands in the place of the earlier. Bodies may have a million
// members, so no look-up walks over them.
void rename_keys(Json& value, Notes& notes) {
  Object* object = value.object();
  if (object == nullptr) return;
  if (std::none_of(object->begin(), object->end(), [](const Member& member) { return modern(member.name); })) return;
  if (!notes.use(Habit::legacy_urns, "a key")) return;
  std::vector<Member> renamed;
  std::unordered_map<std::string, std::size_t> places;
  for (Member& member : *object) {
    std::string name = modern(member.name).value_or(member.name);
    const auto [place, is_new] = places.emplace(to_lower(name), renamed.size());
    if (is_new)
      renamed.push_back({std::move(name), std::move(member.value)});
    else
      renamed[place->second].value = std::move(member.value);
  }
  *object = make_object(std::move(renamed));
}

void rewrite_schemas(Json& body, Notes& notes) {
  Json* schemas = body.object()->find("schemas");
  if (schemas == nullptr || schemas->array() == nullptr) return;
  std::erase_if(*schemas->array(), [&](const Json& urn) {
    const bool known = iequals(urn.string_or(""), kMicrosoftGroup);
    return known && notes.use(Habit::microsoft_group_urn, "schemas");
  });
  for (Json& urn : *schemas->array()) {
    auto name = modern(urn.string_or(""));
    if (name && notes.use(Habit::legacy_urns, "schemas")) urn = Json(std::move(*name));
  }
}

// `{"value":"{\"id\":\"…\",\"value\":\"Admin\",\"displayName\":\"Admin\"}"}` → its value and display.
void unwrap_role(Json& element, Notes& notes) {
  Json* text = element.object() != nullptr ? element.object()->find("value") : &element;
  if (text == nullptr || !text->string_or("").starts_with('{')) return;
  const auto parsed = parse_json(*text->string());
  const Json* inner = std::get_if<Json>(&parsed);
  const Json* value = inner == nullptr ? nullptr : inner->find("value");
  if (value == nullptr || value->string() == nullptr) return;
  if (!notes.use(Habit::roles_as_json_text, "roles")) return;
  Object role;
  if (element.object() != nullptr) role = *element.object();
  role.set("value", *value);
  const Json* display = inner->find("displayName");
  if (display != nullptr && display->string() != nullptr) role.set("display", *display);
  element = Json(std::move(role));
}

void unwrap_roles(Json* roles, Notes& notes) {
  if (roles == nullptr) return;
  if (Array* elements = roles->array()) {
    for (Json& element : *elements) unwrap_role(element, notes);
  } else if (!roles->is_null()) {
    unwrap_role(*roles, notes);
  }
}

void rewrite_operation(Object& operation, Notes& notes) {
  Json* path = operation.find("path");
  Json* value = operation.find("value");
  const bool has_path = path != nullptr && path->string() != nullptr && !path->string()->empty();
  if (has_path) {
    auto name = modern(*path->string());
    if (name && notes.use(Habit::legacy_urns, "a path")) *path = Json(std::move(*name));
  }
  if (value == nullptr) return;
  if (!has_path) {
    rename_keys(*value, notes);
    if (value->object() != nullptr) unwrap_roles(value->object()->find("roles"), notes);
  } else if (iequals(*path->string(), "roles")) {
    unwrap_roles(value, notes);
  }
}

}  // namespace

void rewrite_resource(Json& body, Notes& notes) {
  if (body.object() == nullptr) return;
  rename_keys(body, notes);
  rewrite_schemas(body, notes);
  unwrap_roles(body.object()->find("roles"), notes);
}

void rewrite_patch(Json& body, Notes& notes) {
  Json* operations = body.object() == nullptr ? nullptr : body.object()->find("Operations");
  if (operations == nullptr || operations->array() == nullptr) return;
  for (Json& operation : *operations->array()) {
    if (operation.object() != nullptr) rewrite_operation(*operation.object(), notes);
  }
}

}  // namespace rosterd::scim
