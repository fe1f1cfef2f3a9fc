#include <algorithm>

#include "tests/model/scim_model.h"

namespace rosterd::model {
namespace {

Expected refused(int status, std::string scim_type) {
  return {.status = status, .scim_type = std::move(scim_type)};
}

Json member_values(const std::vector<std::string>& ids) {
  Array all;
  for (const std::string& id : ids) {
    Object member;
    member.set("value", id);
    all.push_back(std::move(member));
  }
  return all;
}

std::string selection(const std::vector<std::string>& ids) {
  std::string where;
  for (const std::string& id : ids) where += (where.empty() ? "value eq \"" : " or value eq \"") + id + "\"";
  return "members[" + where + "]";
}

}  // namespace

Json to_json(const TeamStep& step) {
  using Kind = Step::Kind;
  Object operation;
  operation.set("op", step.kind == Kind::add ? "add" : step.kind == Kind::replace ? "replace" : "remove");
  const std::string path = !step.about_members ? "displayName" : step.select ? selection(step.members) : "members";
  const Json value = step.about_members ? member_values(step.members) : Json(step.name.value_or(""));
  if (step.with_path) {
    operation.set("path", path);
    if (!step.select) operation.set("value", value);
  } else {
    Object whole;
    whole.set(path, value);
    operation.set("value", std::move(whole));
  }
  return operation;
}

// All of this connection's people and groups, or nothing: a group is never short of somebody in silence.
std::optional<std::set<std::string>> Model::resolve(int source, const std::vector<std::string>& ids) {
  for (const std::string& id : ids)
    if (person(source, id) == nullptr && team(source, id) == nullptr) return std::nullopt;
  return std::set<std::string>(ids.begin(), ids.end());
}

Expected Model::create_team(int source, const TeamBody& body) {
  Team* same_key = nullptr;
  Team* namesake = nullptr;
  for (Team& one : teams_) {
    if (one.source != source) continue;
    if (body.key && one.key == body.key) {
      if (!one.hidden) return refused(409, "uniqueness");
      same_key = &one;
    }
    if (!one.hidden && namesake == nullptr && same_text(one.name, body.name)) namesake = &one;
  }
  if (namesake != nullptr && !(body.key && namesake->key)) return refused(409, "uniqueness");
  const auto members = resolve(source, body.members.value_or(std::vector<std::string>()));
  if (!members) return refused(400, "invalidValue");
  Team& made = same_key != nullptr ? *same_key : teams_.emplace_back();
  newest_is_team_ = true;
  made.source = source;
  made.key = body.key;
  made.name = body.name;
  made.members = *members;
  made.hidden = false;
  return {.status = 201, .team = same_key};
}

Expected Model::replace_team(int source, const std::string& id, const TeamBody& body) {
  Team* held = team(source, id);
  if (held == nullptr) return refused(404, "");
  for (const Team& one : teams_)
    if (&one != held && one.source == source && !one.hidden && body.key && one.key == body.key)
      return refused(409, "uniqueness");
  std::set<std::string> members = held->members;
  if (body.members) {
    const auto resolved = resolve(source, *body.members);
    if (!resolved) return refused(400, "invalidValue");
    members = *resolved;
  }
  held->name = body.name;
  if (body.key) held->key = body.key;
  held->members = std::move(members);
  return {.status = 200, .team = held};
}

Expected Model::patch_team(int source, const std::string& id, const std::vector<TeamStep>& steps) {
  Team* held = team(source, id);
  if (held == nullptr) return refused(404, "");
  std::set<std::string> members = held->members;
  std::set<std::string> added;  // still wanted at the end
  std::string name = held->name;
  for (const TeamStep& step : steps) {
    if (!step.about_members) {
      name = *step.name;
      continue;
    }
    if (step.kind == Step::Kind::replace) {
      members.clear();
      added.clear();
    }
    for (const std::string& one : step.members) {
      if (step.kind == Step::Kind::remove) {
        members.erase(one);
        added.erase(one);
      } else {
        members.insert(one);
        added.insert(one);
      }
    }
  }
  if (!resolve(source, {added.begin(), added.end()})) return refused(400, "invalidValue");
  held->name = name;
  held->members = std::move(members);
  return {.status = 204, .team = held};
}

Expected Model::remove_team(int source, const std::string& id) {
  Team* held = team(source, id);
  if (held == nullptr) return refused(404, "");
  held->hidden = true;
  held->members.clear();
  for (Team& one : teams_) one.members.erase(id);
  return {.status = 204};
}

Team* Model::team(int source, const std::string& id) {
  const auto found = std::find_if(teams_.begin(), teams_.end(),
                                  [&](const Team& one) { return one.source == source && !one.hidden && one.id == id; });
  return found == teams_.end() ? nullptr : &*found;
}

std::vector<const Team*> Model::teams(int source) const {
  std::vector<const Team*> all;
  for (const Team& one : teams_)
    if (one.source == source && !one.hidden) all.push_back(&one);
  return all;
}

std::set<std::string> Model::above(const std::string& id, bool direct) const {
  std::set<std::string> found;
  for (const Team& one : teams_)
    if (one.members.contains(id)) found.insert(one.id);
  for (bool grew = !direct; grew;) {
    grew = false;
    for (const Team& one : teams_)
      for (const std::string& below : std::set<std::string>(found))
        if (one.members.contains(below)) grew = found.insert(one.id).second || grew;
  }
  return found;
}

Json Model::show(const Team& team) const {
  Object out;
  out.set("id", team.id);
  if (team.key) out.set("externalId", *team.key);
  out.set("displayName", team.name);
  Array members;
  for (const std::string& id : team.members) {
    const auto is_team = std::any_of(teams_.begin(), teams_.end(), [&](const Team& one) { return one.id == id; });
    Object member;
    member.set("value", id);
    member.set("type", is_team ? "Group" : "User");
    member.set("$ref", "https://x.example/scim/v2/" + std::string(is_team ? "Groups/" : "Users/") + id);
    members.push_back(std::move(member));
  }
  out.set("members", std::move(members));
  return out;
}

}  // namespace rosterd::model
