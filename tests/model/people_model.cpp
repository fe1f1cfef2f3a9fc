#include <algorithm>

#include "tests/model/scim_model.h"

namespace rosterd::model {
namespace {

constexpr const char* kInactive = "set inactive";
constexpr const char* kGone = "deprovisioned";

std::string text_of(const Object& object, std::string_view name) {
  const Json* found = object.find(name);
  return found == nullptr ? "" : std::string(found->string_or(""));
}

// The sign-in address: the primary one, else the work one, else the first.
std::string address_of(const Object& profile) {
  const Json* emails = profile.find("emails");
  if (emails == nullptr) return "";
  const auto best = [](const Json& email) {
    if (email.find("primary") != nullptr && *email.find("primary") == Json(true)) return 0;
    return email.find("type") != nullptr && same_text(email.find("type")->string_or(""), "work") ? 1 : 2;
  };
  const Json* found = nullptr;
  for (const Json& email : *emails->array())
    if (email.find("value") != nullptr && (found == nullptr || best(email) < best(*found))) found = &email;
  return found == nullptr ? "" : std::string(found->find("value")->string_or(""));
}

Expected refused(int status, std::string scim_type) {
  return {.status = status, .scim_type = std::move(scim_type)};
}

void set_active(Person& person, bool active) {
  if (active)
    person.own_blocks.clear();
  else
    person.own_blocks.insert(kInactive);
}

}  // namespace

Person* Model::holder(int source, const std::string& key) {
  const auto found = std::find_if(people_.begin(), people_.end(),
                                  [&](const Person& one) { return one.source == source && one.key == key; });
  return found == people_.end() ? nullptr : &*found;
}

// userName and sign-in address are one space of names among people who are not hidden.
bool Model::collides(const Person& with, const Object& profile) const {
  const std::string name = text_of(profile, "userName");
  const std::string address = address_of(profile);
  return std::any_of(people_.begin(), people_.end(), [&](const Person& other) {
    if (&other == &with || other.hidden) return false;
    const std::string its_name = text_of(other.profile, "userName");
    const std::string its_address = address_of(other.profile);
    if (same_text(name, its_name) || same_text(name, its_address)) return true;
    return !address.empty() && (same_text(address, its_name) || same_text(address, its_address));
  });
}

// States a whole body for somebody known: what it does not say stays only where the README says so.
Expected Model::put(Person& person, Object document) {
  std::optional<std::string> key;
  if (const Json* said = document.find("externalId")) key = std::string(said->string_or(""));
  const Json said_active = document.find("active") != nullptr ? *document.find("active") : Json();
  for (const char* beside : {"id", "externalId", "active"}) document.erase(beside);
  Person* other = key ? holder(person.source, *key) : nullptr;
  if (other != nullptr && other != &person && !other->hidden) return refused(409, "uniqueness");
  if (collides(person, document)) return refused(409, "uniqueness");
  if (other != nullptr && other != &person) other->key.reset();
  person.profile = std::move(document);
  if (key) person.key = key;
  if (const bool* active = said_active.boolean()) set_active(person, *active);
  return {.status = 200, .person = &person};
}

// A POST meant for somebody who is there already, or was: back in place.
Expected Model::take(Person& person, const Object& body, bool is_new) {
  Object document = body;
  if (document.find("active") == nullptr) document.set("active", true);
  const bool was_hidden = person.hidden;
  person.hidden = false;
  const Expected done = put(person, std::move(document));
  if (done.status != 200) {
    person.hidden = was_hidden;
    return done;
  }
  person.own_blocks.erase(kGone);
  return {.status = 201, .person = is_new ? nullptr : &person};
}

Expected Model::create_person(int source, const Object& body) {
  const std::string name = text_of(body, "userName");
  if (name.empty()) return refused(400, "invalidValue");
  const Json* key = body.find("externalId");
  if (key != nullptr) {
    if (Person* held = holder(source, std::string(key->string_or("")))) {
      if (!held->hidden && held->own_blocks.empty()) return refused(409, "uniqueness");
      return take(*held, body, false);
    }
  }
  const auto same_key = [&](const Person& one) { return key == nullptr || !one.key || *one.key == key->string_or(""); };
  Person* gone = nullptr;
  for (Person& one : people_) {
    if (!same_text(text_of(one.profile, "userName"), name)) continue;
    if (!one.hidden) {
      if (one.source != source || one.own_blocks.empty() || !same_key(one)) return refused(409, "uniqueness");
      return take(one, body, false);
    }
    if (one.source == source && (gone == nullptr || one.ended > gone->ended)) gone = &one;
  }
  if (gone != nullptr && same_key(*gone)) return take(*gone, body, false);
  people_.emplace_back().source = source;
  people_.back().hidden = true;
  newest_is_team_ = false;
  const Expected made = take(people_.back(), body, true);
  if (made.status != 201) people_.pop_back();
  return made;
}

Expected Model::replace_person(int source, const std::string& id, const Object& body) {
  if (text_of(body, "userName").empty()) return refused(400, "invalidValue");
  Person* held = person(source, id);
  return held == nullptr ? refused(404, "") : put(*held, body);
}

Expected Model::patch_person(int source, const std::string& id, const std::vector<Step>& steps) {
  Person* held = person(source, id);
  if (held == nullptr) return refused(404, "");
  Object document = held->profile;
  document.set("id", id);
  if (held->key) document.set("externalId", *held->key);
  for (const Step& step : steps)
    if (const auto wrong = apply(document, step)) return refused(wrong->status, wrong->scim_type);
  const bool keyless = document.find("externalId") == nullptr;
  const Expected done = put(*held, std::move(document));
  if (done.status == 200 && keyless) held->key.reset();
  return done;
}

Expected Model::remove_person(int source, const std::string& id) {
  Person* held = person(source, id);
  if (held == nullptr) return refused(404, "");
  held->own_blocks.insert(kGone);
  held->hidden = true;
  held->ended = ++now_;
  for (Team& team : teams_) team.members.erase(id);
  return {.status = 204};
}

void Model::admin(const std::string& id, bool blocks) {
  for (Person& one : people_)
    if (one.id == id) one.blocked_by_admin = blocks;
}

void Model::name_newest(const std::string& id) {
  (newest_is_team_ ? teams_.back().id : people_.back().id) = id;
}

Person* Model::person(int source, const std::string& id) {
  const auto found = std::find_if(people_.begin(), people_.end(), [&](const Person& one) {
    return one.source == source && !one.hidden && one.id == id;
  });
  return found == people_.end() ? nullptr : &*found;
}

std::vector<const Person*> Model::people(int source) const {
  std::vector<const Person*> all;
  for (const Person& one : people_)
    if (one.source == source && !one.hidden) all.push_back(&one);
  return all;
}

Json Model::show(const Person& person) const {
  const std::set<std::string> direct = above(person.id, true);
  const std::set<std::string> all = above(person.id, false);
  Array groups;
  bool sales = false;
  for (const Team& team : teams_) {
    if (!all.contains(team.id)) continue;
    Object entry;
    entry.set("value", team.id);
    entry.set("$ref", "https://x.example/scim/v2/Groups/" + team.id);
    entry.set("display", team.name);
    entry.set("type", direct.contains(team.id) ? "direct" : "indirect");
    groups.push_back(std::move(entry));
    sales = sales || same_text(team.name, "sales");
  }
  Array blocks;
  const auto block = [&](const std::string& source, const std::string& reason) {
    Object entry;
    entry.set("source", source);
    entry.set("reason", reason);
    blocks.push_back(std::move(entry));
  };
  if (person.blocked_by_admin) block("local", "admin");
  for (const std::string& reason : person.own_blocks) block("scim:" + std::to_string(person.source), reason);
  Object access;
  access.set("status", person.active() ? "Pending" : "Inactive");
  access.set("roles", sales ? Array{Json("Staff")} : Array());
  access.set("projects", sales ? Array{Json("Website")} : Array());
  access.set("blocks", std::move(blocks));

  Object out = person.profile;
  out.set("id", person.id);
  if (person.key) out.set("externalId", *person.key);
  out.set("active", person.active());
  out.set("groups", std::move(groups));
  out.set("urn:rosterd:params:scim:schemas:extension:access:2.0:User", std::move(access));
  return out;
}

}  // namespace rosterd::model
