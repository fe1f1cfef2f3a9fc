#include "tests/model/requests.h"

#include <algorithm>

#include "tests/model/vocabulary.h"

namespace rosterd::model {
namespace {

using Kind = Step::Kind;

Json random_element(Random& random, const std::vector<std::string>& values) {
  Object element;
  element.set("value", random.pick(values));
  if (random.chance(80)) element.set("type", random.pick(words::types()));
  if (random.chance(20)) element.set("primary", random.chance(70));
  if (random.chance(10)) element.set("display", random.pick(words::names()));
  return element;
}

Json random_elements(Random& random, const std::vector<std::string>& values) {
  Array all;
  for (std::size_t i = 1 + random.below(3); i > 0; --i) all.push_back(random_element(random, values));
  return all;
}

Json random_name(Random& random) {
  Object name;
  for (const char* part : {"givenName", "familyName", "formatted"})
    if (random.chance(50)) name.set(part, random.pick(words::names()));
  if (name.empty()) name.set("givenName", "Ada");
  return name;
}

Json random_extension(Random& random) {
  Object extension;
  extension.set("department", random.pick(words::names()));
  if (random.chance(40)) extension.set("employeeNumber", random.pick(words::keys()));
  return extension;
}

void add_ignored(Random& random, Object& body) {
  if (random.chance(10)) body.set("id", "somebody-else");
  if (random.chance(10)) body.set("groups", Array());
  if (random.chance(10)) body.set("meta", Object());
  if (random.chance(10)) body.set("favouriteColour", "red");
  if (random.chance(10)) body.set("nickName", "");
  if (random.chance(10)) body.set("password", "placeholder");
}

Place where(Random& random, const std::string& attribute, const std::vector<std::string>& values) {
  Place place{.attribute = attribute};
  if (random.chance(70)) place.where.emplace_back("type", random.pick(words::types()));
  if (place.where.empty() || random.chance(20)) place.where.emplace_back("value", random.pick(values));
  if (random.chance(10)) place.where.emplace_back("primary", true);
  return place;
}

using Change = std::pair<Place, Json>;

Change simple_change(Random& random) {
  static const std::vector<std::string> kNames = {"displayName", "title", "nickName", "userName", "userName"};
  const std::string& name = random.pick(kNames);
  if (random.chance(8)) return {{.attribute = name}, random.chance(50) ? Json("") : Json()};
  return {{.attribute = name}, random.pick(name == "userName" ? words::user_names() : words::names())};
}

Change plural_change(Random& random, bool with_path) {
  const bool mail = random.chance(70);
  const std::string attribute = mail ? "emails" : "phoneNumbers";
  const auto& values = mail ? words::addresses() : words::numbers();
  const std::size_t kind = random.below(10);
  if (kind < 3) return {{.attribute = attribute}, random_elements(random, values)};
  Place place = where(random, attribute, values);
  if (kind == 3) return {place, random_element(random, values)};
  static const std::vector<std::string> kSubs = {"value", "value", "value", "display", "primary", "type"};
  place.sub = random.pick(kSubs);
  if (place.sub == "primary") return {place, true};
  if (place.sub == "display") return {place, random.pick(words::names())};
  if (place.sub == "type") return {place, random.pick(words::types())};
  const bool clears = with_path && random.chance(5);
  return {place, clears ? Json("") : Json(random.pick(values))};
}

Change wrong_change(Random& random, const std::string& id) {
  switch (random.below(5)) {
    case 0:
      return {{.attribute = "id"}, random.chance(50) ? id : "another"};
    case 1:
      return {{.attribute = "groups"}, random_elements(random, words::keys())};
    case 2:
      return {{.attribute = "emails", .sub = "colour"}, "red"};
    case 3:
      return {{.attribute = "emails", .sub = "value", .where = {{"colour", "red"}}}, "a@b"};
    default:
      return {{.attribute = "favouriteColour"}, "red"};
  }
}

Change random_change(Random& random, const std::string& id, bool with_path) {
  const std::size_t kind = random.below(100);
  if (kind < 25) return simple_change(random);
  if (kind < 55) return plural_change(random, with_path);
  if (kind < 65) return {{.attribute = "active"}, random.chance(60)};
  if (kind < 72) return {{.attribute = "externalId"}, random.pick(words::keys())};
  if (kind < 80)
    return {{.attribute = random.chance(70) ? "department" : "employeeNumber", .schema = kEnterprise},
            random.pick(words::names())};
  if (kind < 87) return {{.attribute = "name"}, random_name(random)};
  if (kind < 95)
    return {{.attribute = "name", .sub = random.chance(50) ? "givenName" : "familyName"}, random.pick(words::names())};
  return wrong_change(random, id);
}

// `remove` names a place; a value narrows what it takes from a multi-valued attribute.
Step random_removal(Random& random, const std::string& id) {
  auto [place, value] = random_change(random, id, true);
  const bool plural = place.attribute == "emails" || place.attribute == "phoneNumbers";
  const bool narrows = plural && place.where.empty() && place.sub.empty() && random.chance(50);
  if (place.attribute == "active") place.attribute = "title";
  return {Kind::remove, {{place, narrows ? value : Json()}}, true};
}

Json whole(Array operations) {
  Object body;
  body.set("schemas", Array{Json("urn:ietf:params:scim:api:messages:2.0:PatchOp")});
  body.set("Operations", std::move(operations));
  return body;
}

std::vector<std::string> some(Random& random, const std::vector<std::string>& ids) {
  std::vector<std::string> chosen;
  for (std::size_t i = random.below(4); i > 0 && !ids.empty(); --i) chosen.push_back(random.pick(ids));
  return chosen;
}

TeamStep random_team_step(Random& random, const std::vector<std::string>& ids) {
  TeamStep step;
  step.with_path = random.chance(75);
  if (random.chance(15)) {
    step.about_members = false;
    step.kind = Kind::replace;
    step.name = random.pick(words::group_names());
    return step;
  }
  step.members = some(random, ids);
  if (step.members.empty() && !ids.empty()) step.members.push_back(random.pick(ids));
  const std::size_t kind = random.below(10);
  step.kind = kind < 5 ? Kind::add : kind < 9 ? Kind::remove : Kind::replace;
  if (step.kind == Kind::remove) step.with_path = true;
  step.select = step.kind == Kind::remove && random.chance(50);
  return step;
}

}  // namespace

PersonBody random_person(Random& random) {
  PersonBody body;
  Object& meant = body.meant;
  if (!random.chance(1)) meant.set("userName", random.pick(words::user_names()));
  if (random.chance(50)) meant.set("externalId", random.pick(words::keys()));
  if (random.chance(50)) meant.set("displayName", random.pick(words::names()));
  if (random.chance(40)) meant.set("name", random_name(random));
  if (random.chance(50)) meant.set("emails", random_elements(random, words::addresses()));
  if (random.chance(20)) meant.set("phoneNumbers", random_elements(random, words::numbers()));
  if (random.chance(30)) meant.set("active", random.chance(60));
  if (random.chance(30)) meant.set("title", random.pick(words::names()));
  if (random.chance(30)) meant.set(kEnterprise, random_extension(random));
  Object said = meant;
  for (const char* plural : {"emails", "phoneNumbers"})
    if (Json* elements = meant.find(plural)) {
      *elements = stand_once(*elements);
      body.wrong = body.wrong || primaries(*elements) > 1;
    }
  said.set("schemas", Array{Json("urn:ietf:params:scim:schemas:core:2.0:User")});
  add_ignored(random, said);
  body.text = write_json(said);
  return body;
}

std::vector<Step> random_steps(Random& random, const std::string& id) {
  std::vector<Step> steps;
  for (std::size_t i = 1 + random.below(4); i > 0; --i) {
    if (random.chance(20)) {
      steps.push_back(random_removal(random, id));
      continue;
    }
    Step step{random.chance(50) ? Kind::add : Kind::replace, {}, random.chance(70)};
    for (std::size_t more = step.with_path ? 1 : 1 + random.below(3); more > 0; --more) {
      auto change = random_change(random, id, step.with_path);
      const auto named_already = [&](const Change& known) { return to_text(known.first) == to_text(change.first); };
      if (std::none_of(step.changes.begin(), step.changes.end(), named_already)) step.changes.push_back(change);
    }
    steps.push_back(std::move(step));
  }
  return steps;
}

std::string patch_text(const std::vector<Step>& steps) {
  Array operations;
  for (const Step& step : steps) operations.push_back(to_json(step));
  return write_json(whole(std::move(operations)));
}

TeamBody random_team(Random& random, const std::vector<std::string>& ids) {
  TeamBody body;
  body.name = random.pick(words::group_names());
  if (random.chance(60)) body.key = random.pick(words::keys());
  if (random.chance(70)) body.members = some(random, ids);
  return body;
}

std::string team_text(const TeamBody& body) {
  Object said;
  said.set("schemas", Array{Json("urn:ietf:params:scim:schemas:core:2.0:Group")});
  said.set("displayName", body.name);
  if (body.key) said.set("externalId", *body.key);
  if (body.members) {
    Array members;
    for (const std::string& id : *body.members) {
      Object member;
      member.set("value", id);
      members.push_back(std::move(member));
    }
    said.set("members", std::move(members));
  }
  return write_json(said);
}

std::vector<TeamStep> random_team_steps(Random& random, const std::vector<std::string>& ids) {
  std::vector<TeamStep> steps;
  for (std::size_t i = 1 + random.below(3); i > 0; --i) steps.push_back(random_team_step(random, ids));
  return steps;
}

std::string patch_text(const std::vector<TeamStep>& steps) {
  Array operations;
  for (const TeamStep& step : steps) operations.push_back(to_json(step));
  return write_json(whole(std::move(operations)));
}

}  // namespace rosterd::model
