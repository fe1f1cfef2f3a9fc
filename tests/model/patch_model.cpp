#include "tests/model/patch_model.h"

#include <algorithm>
#include <cctype>
#include <set>

namespace rosterd::model {
namespace {

using Kind = Step::Kind;
using Outcome = std::optional<Problem>;

const std::set<std::string> kPlural = {"emails", "phoneNumbers"};
const std::set<std::string> kSimple = {"userName", "externalId",     "displayName", "title",
                                       "nickName", "employeeNumber", "department",  "active"};
const std::set<std::string> kNameParts = {"formatted", "familyName", "givenName"};
const std::set<std::string> kPluralParts = {"value", "display", "type", "primary"};
const std::set<std::string> kReadOnly = {"id", "groups", "meta"};

bool is_empty(const Json& value) {
  return value.is_null() || (value.string() != nullptr && value.string()->empty()) ||
         (value.array() != nullptr && value.array()->empty()) || (value.object() != nullptr && value.object()->empty());
}

std::string text_of(const Json& element, std::string_view name) {
  const Json* found = element.find(name);
  return found == nullptr ? "" : std::string(found->string_or(""));
}

bool is_primary(const Json& element) {
  const Json* primary = element.find("primary");
  return primary != nullptr && *primary == Json(true);
}

void merge(Object& into, const Object& from) {
  for (const auto& member : from) {
    if (is_empty(member.value))
      into.erase(member.name);
    else
      into.set(member.name, member.value);
  }
}

// Whoever was made primary last is it alone.
void demote(Array& elements, const std::set<std::size_t>& winners) {
  const bool any = std::any_of(winners.begin(), winners.end(), [&](std::size_t i) { return is_primary(elements[i]); });
  for (std::size_t i = 0; any && i < elements.size(); ++i)
    if (!winners.contains(i) && is_primary(elements[i])) elements[i].object()->set("primary", false);
}

bool selected(const Json& element, const Place& place) {
  return std::all_of(place.where.begin(), place.where.end(), [&](const auto& condition) {
    const Json* held = element.find(condition.first);
    if (condition.second.string() == nullptr) return held != nullptr && *held == condition.second;
    return held != nullptr && same_text(held->string_or(""), *condition.second.string());
  });
}

void add_elements(Array& elements, const Json& value) {
  std::set<std::size_t> touched;
  for (const Json& added : stand_once(value)) {
    std::size_t at = 0;
    while (at < elements.size() && !(same_text(text_of(elements[at], "value"), text_of(added, "value")) &&
                                     same_text(text_of(elements[at], "type"), text_of(added, "type"))))
      ++at;
    if (at == elements.size())
      elements.push_back(added);
    else
      merge(*elements[at].object(), *added.object());
    touched.insert(at);
  }
  demote(elements, touched);
}

void remove_elements(Array& elements, const Json& value) {
  for (const Json& gone : stand_once(value))
    std::erase_if(elements, [&](const Json& element) {
      return same_text(text_of(element, "value"), text_of(gone, "value")) &&
             (gone.find("type") == nullptr || same_text(text_of(element, "type"), text_of(gone, "type")));
    });
}

void remove_selected(Array& elements, const Place& place) {
  std::erase_if(elements, [&](Json& element) {
    if (!selected(element, place)) return false;
    if (place.sub.empty()) return true;
    element.object()->erase(place.sub);
    return element.object()->empty();
  });
}

Json described(const Place& place) {
  Object made;
  for (const auto& [name, value] : place.where) made.set(name, value);
  return made;
}

Outcome write_selected(Array& elements, const Place& place, Kind kind, const Json& value) {
  if (std::none_of(elements.begin(), elements.end(), [&](const Json& one) { return selected(one, place); }))
    elements.push_back(described(place));
  std::set<std::size_t> touched;
  for (std::size_t i = 0; i < elements.size(); ++i)
    if (selected(elements[i], place)) touched.insert(i);
  for (const std::size_t i : touched) {
    if (!place.sub.empty()) {
      elements[i].object()->set(place.sub, value);
    } else if (kind == Kind::add) {
      merge(*elements[i].object(), *value.object());
    } else {
      Json whole = described(place);
      merge(*whole.object(), *value.object());
      elements[i] = whole;
    }
  }
  demote(elements, touched);
  if (primaries(Json(elements)) > 1) return Problem{400, "invalidValue"};
  return {};
}

Outcome change_plural(Object& in, const Place& place, Kind kind, const Json& value) {
  Array elements;
  if (const Json* held = in.find(place.attribute)) elements = *held->array();
  Outcome wrong;
  const bool whole = place.where.empty() && place.sub.empty();
  if (whole && primaries(Json(stand_once(value))) > 1) return Problem{400, "invalidValue"};
  if (kind == Kind::remove) {
    if (whole && is_empty(value))
      elements.clear();
    else if (whole)
      remove_elements(elements, value);
    else
      remove_selected(elements, place);
  } else if (whole && kind == Kind::replace) {
    elements = is_empty(value) ? Array() : stand_once(value);
  } else if (whole) {
    add_elements(elements, value);
  } else if (is_empty(value)) {
    remove_selected(elements, place);
  } else {
    wrong = write_selected(elements, place, kind, value);
  }
  if (elements.empty())
    in.erase(place.attribute);
  else
    in.set(place.attribute, elements);
  return wrong;
}

Outcome change_name(Object& in, const Place& place, Kind kind, const Json& value) {
  Object name;
  if (const Json* held = in.find("name")) name = *held->object();
  if (kind == Kind::remove || is_empty(value)) {
    if (place.sub.empty())
      name = {};
    else
      name.erase(place.sub);
  } else if (place.sub.empty()) {
    merge(name, *value.object());
  } else {
    name.set(place.sub, value);
  }
  if (name.empty())
    in.erase("name");
  else
    in.set("name", name);
  return {};
}

Outcome change_simple(Object& in, const Place& place, Kind kind, const Json& value) {
  const bool clears = kind == Kind::remove || is_empty(value);
  if (clears && place.attribute == "userName")
    return Problem{400, kind == Kind::remove ? "mutability" : "invalidValue"};
  if (clears)
    in.erase(place.attribute);
  else
    in.set(place.attribute, value);
  return {};
}

bool is_part(const Place& place, const std::string& sub) {
  return place.attribute == "name" ? kNameParts.contains(sub) : kPluralParts.contains(sub);
}

bool is_known(const Place& place) {
  if (kPlural.contains(place.attribute) || place.attribute == "name")
    return place.sub.empty() || is_part(place, place.sub);
  return kSimple.contains(place.attribute) || kReadOnly.contains(place.attribute);
}

bool selects_by_known(const Place& place) {
  return std::all_of(place.where.begin(), place.where.end(),
                     [&](const auto& condition) { return is_part(place, condition.first); });
}

Outcome change(Object& document, const Place& place, const Step& step, const Json& value) {
  // A key of a path-less operation that is no attribute is ignored, as in a POST; a selection is always meant.
  if (!is_known(place)) return step.with_path ? Outcome(Problem{400, "invalidPath"}) : Outcome();
  if (!selects_by_known(place)) return Problem{400, "invalidFilter"};
  if (kReadOnly.contains(place.attribute)) {
    const Json* held = document.find(place.attribute);
    const bool same = step.kind != Kind::remove && held != nullptr && *held == value;
    if (same || (!step.with_path && place.attribute != "id")) return {};
    return Problem{400, "mutability"};
  }
  if (!place.schema.empty()) {
    Object extension;
    if (const Json* held = document.find(place.schema)) extension = *held->object();
    Outcome wrong = change_simple(extension, place, step.kind, value);
    if (extension.empty())
      document.erase(place.schema);
    else
      document.set(place.schema, extension);
    return wrong;
  }
  if (kPlural.contains(place.attribute)) return change_plural(document, place, step.kind, value);
  if (place.attribute == "name") return change_name(document, place, step.kind, value);
  return change_simple(document, place, step.kind, value);
}

}  // namespace

bool same_text(std::string_view one, std::string_view other) {
  return std::equal(one.begin(), one.end(), other.begin(), other.end(),
                    [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); });
}

Array stand_once(const Json& value) {
  Array kept;
  for (const Json& one : value.array() != nullptr ? *value.array() : Array{value}) {
    const auto twin = std::find_if(kept.begin(), kept.end(), [&](const Json& known) {
      return !text_of(one, "value").empty() && same_text(text_of(known, "value"), text_of(one, "value")) &&
             same_text(text_of(known, "type"), text_of(one, "type"));
    });
    if (twin == kept.end())
      kept.push_back(one);
    else
      for (const auto& member : *one.object()) twin->object()->set(member.name, member.value);
  }
  return kept;
}

std::size_t primaries(const Json& elements) {
  const Array* array = elements.array();
  return array == nullptr ? 0 : static_cast<std::size_t>(std::count_if(array->begin(), array->end(), is_primary));
}

std::string to_text(const Place& place) {
  std::string text = place.schema.empty() ? place.attribute : place.schema + ":" + place.attribute;
  std::string where;
  for (const auto& [name, value] : place.where)
    where += (where.empty() ? "" : " and ") + name + " eq " + write_json(value);
  if (!where.empty()) text += "[" + where + "]";
  if (!place.sub.empty()) text += "." + place.sub;
  return text;
}

Json to_json(const Step& step) {
  Object operation;
  operation.set("op", step.kind == Kind::add ? "add" : step.kind == Kind::replace ? "replace" : "remove");
  if (step.with_path) {
    const auto& [place, value] = step.changes.front();
    operation.set("path", to_text(place));
    if (step.kind != Kind::remove || !value.is_null()) operation.set("value", value);
    return operation;
  }
  Object whole;
  for (const auto& [place, value] : step.changes) whole.set(to_text(place), value);
  operation.set("value", whole);
  return operation;
}

std::optional<Problem> apply(Object& document, const Step& step) {
  for (const auto& [place, value] : step.changes)
    if (auto wrong = change(document, place, step, value)) return wrong;
  return {};
}

}  // namespace rosterd::model
