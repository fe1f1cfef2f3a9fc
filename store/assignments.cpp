#include "store/assignments.h"

#include <rapidjson/document.h>
#include <rapidjson/memorystream.h>
#include <sodium.h>

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

#include "store/fold.h"
#include "store/sqlite/connection.h"

namespace rosterd::store {
namespace {

constexpr std::string_view kRole = "role-", kProject = "project-", kPermission = "permission-";

struct Element {
  std::string value;
  std::string type;  // folded
};

std::string text_of(const rapidjson::Value& object, const char* name) {
  const auto found = object.FindMember(name);
  return found != object.MemberEnd() && found->value.IsString()
             ? std::string(found->value.GetString(), found->value.GetStringLength())
             : std::string();
}

std::vector<Element> elements_of(const rapidjson::Document& profile, const char* attribute) {
  std::vector<Element> all;
  const auto found = profile.FindMember(attribute);
  if (found == profile.MemberEnd() || !found->value.IsArray()) return all;
  for (const auto& element : found->value.GetArray())
    if (element.IsObject()) all.push_back({text_of(element, "value"), fold(text_of(element, "type"))});
  return all;
}

// The number of an id such as "role-2"; 0 for any other text.
std::int64_t number_of(std::string_view text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return 0;
  text.remove_prefix(prefix.size());
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && number > 0 ? number : 0;
}

Role read_role(const Statement& row) {
  return {RoleId{row.integer(0)}, row.text(1), static_cast<int>(row.integer(2)), row.integer(3) != 0, {}};
}

std::optional<Role> find_role(const View& view, std::string_view value) {
  if (const auto id = number_of(value, kRole))
    if (auto role = store::find_role(view, RoleId{id})) return role;
  Statement row = view.db().prepare("SELECT id, name, rank, privileged FROM roles WHERE name_folded = ?");
  if (!row.bind(fold(value)).step()) return std::nullopt;
  return read_role(row);
}

std::optional<std::pair<ProjectId, std::string>> find_project(const View& view, std::string_view value) {
  if (const auto id = number_of(value, kProject))
    if (auto project = store::find_project(view, ProjectId{id})) return std::pair(project->id, project->name);
  Statement row = view.db().prepare("SELECT id, name FROM projects WHERE name_folded = ?");
  if (!row.bind(fold(value)).step()) return std::nullopt;
  return std::pair(ProjectId{row.integer(0)}, row.text(1));
}

// Words of access rules are few and need no table.
std::optional<std::string> find_permission(const View& view, const Settings& settings, std::string_view value) {
  if (value.starts_with(kPermission)) value.remove_prefix(kPermission.size());
  if (view.db().prepare("SELECT 1 FROM role_permissions WHERE permission = ? LIMIT 1").bind(value).step())
    return std::string(value);
  for (const AccessRule& rule : settings.access.rules())
    if (std::find(rule.permissions.begin(), rule.permissions.end(), value) != rule.permissions.end())
      return std::string(value);
  return std::nullopt;
}

void take_role(const View& view, const Element& element, bool privileged_too, Assigned& assigned) {
  auto role = find_role(view, element.value);
  if (!role) {
    ++assigned.unknown;
  } else if (role->privileged && !privileged_too) {
    ++assigned.withheld;
  } else {
    assigned.roles.push_back(std::move(*role));
  }
}

// Without a type of ours a permission is meant, or else a project.
void take_entitlement(const View& view, const Settings& settings, const Element& element, Assigned& assigned) {
  if (element.type != "project") {
    if (auto permission = find_permission(view, settings, element.value)) {
      assigned.permissions.push_back(std::move(*permission));
      return;
    }
  }
  if (element.type != "permission") {
    if (auto project = find_project(view, element.value)) {
      assigned.projects.push_back(std::move(*project));
      return;
    }
  }
  ++assigned.unknown;
}

}  // namespace

bool assigns(const Settings& settings, std::string_view source) {
  return settings.assigning.find(source) != settings.assigning.end();
}

Assigned assigned_by(const View& view, const Settings& settings, std::string_view source, std::string_view profile) {
  Assigned assigned;
  const auto setting = settings.assigning.find(source);
  if (setting == settings.assigning.end()) return assigned;
  if (profile.find("\"roles\"") == profile.npos && profile.find("\"entitlements\"") == profile.npos) return assigned;
  rapidjson::Document document;
  rapidjson::MemoryStream stream(profile.data(), profile.size());
  document.ParseStream<rapidjson::kParseIterativeFlag, rapidjson::UTF8<>>(stream);
  if (document.HasParseError() || !document.IsObject()) return assigned;
  for (const Element& element : elements_of(document, "roles"))
    take_role(view, element, setting->second.privileged, assigned);
  for (const Element& element : elements_of(document, "entitlements"))
    take_entitlement(view, settings, element, assigned);
  return assigned;
}

std::string public_id(RoleId id) {
  return std::string(kRole) + std::to_string(id.value);
}

std::string public_id(ProjectId id) {
  return std::string(kProject) + std::to_string(id.value);
}

std::string permission_id(std::string_view permission) {
  return std::string(kPermission).append(permission);
}

std::optional<Role> find_role(const View& view, RoleId id) {
  Statement row = view.db().prepare("SELECT id, name, rank, privileged FROM roles WHERE id = ?");
  if (!row.bind(id).step()) return std::nullopt;
  return read_role(row);
}

std::optional<Project> find_project(const View& view, ProjectId id) {
  Statement row = view.db().prepare("SELECT name, created_at FROM projects WHERE id = ?");
  if (!row.bind(id).step()) return std::nullopt;
  return Project{id, row.text(0), from_millis(row.integer(1))};
}

std::size_t count_projects(const View& view) {
  Statement row = view.db().prepare("SELECT COUNT(*) FROM projects");
  row.step();
  return static_cast<std::size_t>(row.integer(0));
}

void scan_projects(const View& view, ProjectId after, std::size_t limit,
                   const std::function<bool(const Project&)>& each) {
  Statement row = view.db().prepare("SELECT id, name, created_at FROM projects WHERE id > ? ORDER BY id LIMIT ?");
  row.bind(after, static_cast<std::int64_t>(limit));
  while (row.step())
    if (!each({ProjectId{row.integer(0)}, row.text(1), from_millis(row.integer(2))})) return;
}

std::vector<std::string> list_permissions(const View& view, const Settings& settings) {
  std::set<std::string> all;
  Statement row = view.db().prepare("SELECT DISTINCT permission FROM role_permissions");
  while (row.step()) all.insert(row.text(0));
  for (const AccessRule& rule : settings.access.rules()) all.insert(rule.permissions.begin(), rule.permissions.end());
  return {all.begin(), all.end()};
}

std::string assignment_digest(const View& view, const Settings& settings) {
  if (settings.assigning.empty()) return {};
  std::string text;
  for (const auto& [source, assigning] : settings.assigning)
    text.append(assigning.privileged ? "\n!" : "\n+").append(source);
  for (const Role& role : list_roles(view)) text.append(role.privileged ? "\n!" : "\n-").append(fold(role.name));
  for (const std::string& permission : list_permissions(view, settings)) text.append("\n").append(permission);
  unsigned char hash[16];
  crypto_generichash(hash, sizeof hash, reinterpret_cast<const unsigned char*>(text.data()), text.size(), nullptr, 0);
  char hex[sizeof hash * 2 + 1];
  sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
  return hex;
}

}  // namespace rosterd::store
