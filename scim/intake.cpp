#include "scim/intake.h"

#include <algorithm>
#include <unordered_map>

#include "scim/constraints.h"
#include "scim/evaluate.h"
#include "scim/text.h"
#include "scim/values.h"

namespace rosterd::scim {
namespace {

Error wrong(const Attribute& attribute, std::string_view why) {
  return Error::invalid_value("the value of " + attribute.name + " " + std::string(why));
}

Result<Json> plain_value(const Attribute& attribute, const Json& value, Notes& notes, const ValueLimits& limits) {
  const Attribute* only = attribute.sub("value");
  if (only == nullptr || value.array() != nullptr) return wrong(attribute, "must be an object");
  if (is_empty_text(value)) return empty_text(attribute, notes, false);
  if (!notes.use(Habit::plain_value_for_object, attribute.name)) return wrong(attribute, "must be an object");
  Result<Json> text = coerce_simple(*only, value, notes, limits);
  if (!text || text->is_null()) return text;
  Object out;
  out.set(only->name, std::move(*text));
  return Json(std::move(out));
}

Result<Json> coerce_complex(const Attribute& attribute, const Json& value, Notes& notes, const ValueLimits& limits) {
  if (value.object() == nullptr) return plain_value(attribute, value, notes, limits);
  Object out;
  for (const Member& member : *value.object()) {
    const Attribute* sub = attribute.sub(member.name);
    if (sub == nullptr) {
      if (Check known = take_unknown(attribute.name + "." + excerpt(member.name), notes); !known) return known.error();
      continue;
    }
    if (sub->mutability == Mutability::read_only) continue;
    Result<Json> taken = coerce(*sub, member.value, notes, limits);
    if (!taken) return taken;
    if (!taken->is_null()) out.set(sub->name, std::move(*taken));
  }
  return out.empty() ? Json() : Json(std::move(out));
}

// Adds the attributes of one schema found in `from` to `out`.
Check take_schema(const Object& from, const Schema& schema, Object& out, Notes& notes, const ValueLimits& limits) {
  for (const Attribute& attribute : schema.attributes) {
    const Json* value = from.find(attribute.name);
    if (value == nullptr) continue;
    if (attribute.mutability == Mutability::read_only) {
      notes.ignore("read-only attribute " + attribute.name);
      continue;
    }
    Result<Json> taken = coerce(attribute, *value, notes, limits);
    if (!taken) return taken.error();
    if (!taken->is_null()) out.set(attribute.name, std::move(*taken));
  }
  return Done{};
}

// One value for one purpose stands once (RFC 7643 section 2.4); what a later one says of it holds.
void merge_twins(const Attribute& attribute, Array& elements) {
  const Attribute* value = attribute.sub("value");
  if (value == nullptr || attribute.sub("type") == nullptr || attribute.name == "members") return;
  std::unordered_map<std::string, std::size_t> places;
  Array kept;
  for (Json& element : elements) {
    const Json* text = element.find("value");
    const Json* type = element.find("type");
    const std::string said(text == nullptr ? "" : text->string_or(""));
    const std::string key =
        (value->case_exact ? said : fold(said)) + '\n' + fold(type == nullptr ? "" : type->string_or(""));
    const auto [place, is_new] = places.emplace(key, kept.size());
    if (is_new || said.empty()) {
      kept.push_back(std::move(element));
      continue;
    }
    for (Member& member : *element.object()) kept[place->second].object()->set(member.name, std::move(member.value));
  }
  elements = std::move(kept);
}

bool is_known(std::string_view name, const ResourceType& type) {
  return type.find("", name) != nullptr || type.is_extension(name);
}

Check check_names(const Object& body, const ResourceType& type, Notes& notes) {
  for (const Member& member : body) {
    if (is_known(member.name, type)) continue;
    if (Check known = take_unknown(excerpt(member.name), notes); !known) return known;
  }
  return Done{};
}

Check check_names(const Object& extension, const Schema& schema, Notes& notes) {
  for (const Member& member : extension) {
    if (schema.find(member.name) != nullptr) continue;
    if (Check known = take_unknown(excerpt(member.name), notes); !known) return known;
  }
  return Done{};
}

bool lists(const Array& urns, std::string_view urn) {
  return std::any_of(urns.begin(), urns.end(), [&](const Json& one) { return iequals(one.string_or(""), urn); });
}

// What a body says it is made of (RFC 7643 section 3).
Check check_schemas(const Object& body, const ResourceType& type, Notes& notes) {
  Array urns;
  const Json* given = body.find("schemas");
  if (given != nullptr && given->array() != nullptr) {
    urns = *given->array();
  } else if (given != nullptr && given->string() != nullptr && notes.use(Habit::one_value_for_many, "schemas")) {
    urns.push_back(*given);
  }
  for (const Json& urn : urns) {
    const std::string_view name = urn.string_or("?");
    if (type.schema(name) != nullptr && !name.empty()) continue;
    if (Check known = take_unknown(excerpt(name), notes); !known) return known;
  }
  if (!lists(urns, type.core->id) && !notes.use(Habit::missing_schemas, "schemas"))
    return Error::invalid_syntax("schemas must name " + type.core->id);
  for (const auto& [schema, required] : type.extensions) {
    if (body.find(schema->id) == nullptr || lists(urns, schema->id)) continue;
    if (!notes.use(Habit::undeclared_extension, schema->id))
      return Error::invalid_syntax("schemas must name " + schema->id);
  }
  return Done{};
}

}  // namespace

Check take_unknown(std::string_view name, Notes& notes) {
  // What is written as a name may be a path with values in it; a note holds none.
  constexpr std::string_view kOfNames = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:$";
  if (notes.use(Habit::unknown_attributes, name.substr(0, name.find_first_not_of(kOfNames)))) return Done{};
  return Error::invalid_syntax("there is no attribute or schema " + std::string(name));
}

Result<Json> coerce_element(const Attribute& attribute, const Json& value, Notes& notes, const ValueLimits& limits) {
  if (value.is_null() || value.array() != nullptr) return wrong(attribute, "has an element that is no value");
  Result<Json> taken = attribute.type == Type::complex ? coerce_complex(attribute, value, notes, limits)
                                                       : coerce_simple(attribute, value, notes, limits);
  if (taken && taken->is_null()) return wrong(attribute, "has an empty element");
  return taken;
}

Result<Json> coerce(const Attribute& attribute, const Json& value, Notes& notes, const ValueLimits& limits) {
  if (value.is_null()) return Json();
  if (!attribute.multi_valued) {
    return attribute.type == Type::complex ? coerce_complex(attribute, value, notes, limits)
                                           : coerce_simple(attribute, value, notes, limits);
  }
  Array elements;
  if (const Array* given = value.array()) {
    const std::size_t limit = attribute.name == "members" ? limits.max_members : limits.max_elements;
    if (given->size() > limit) return wrong(attribute, "has too many elements");
    for (const Json& element : *given) {
      Result<Json> taken = coerce_element(attribute, element, notes, limits);
      if (!taken) return taken;
      elements.push_back(std::move(*taken));
    }
  } else if (is_empty_text(value)) {
    return empty_text(attribute, notes, false);
  } else {
    if (!notes.use(Habit::one_value_for_many, attribute.name)) return wrong(attribute, "must be an array");
    Result<Json> taken = coerce_element(attribute, value, notes, limits);
    if (!taken) return taken;
    elements.push_back(std::move(*taken));
  }
  if (elements.empty()) return Json();
  merge_twins(attribute, elements);
  Json out(std::move(elements));
  if (Check checked = check_primary(attribute, out); !checked) return checked.error();
  return out;
}

Check check_primary(const Attribute& attribute, const Json& elements) {
  const Array* array = elements.array();
  if (array == nullptr || attribute.sub("primary") == nullptr) return Done{};
  const auto primaries = std::count_if(array->begin(), array->end(), [](const Json& element) {
    const Json* primary = element.find("primary");
    return primary != nullptr && to_boolean(*primary) == true;
  });
  if (primaries > 1) return wrong(attribute, "has more than one primary element");
  return Done{};
}

Result<Object> take_in(const Json& body, const ResourceType& type, Notes& notes, const ValueLimits& limits) {
  const Object* members = body.object();
  if (members == nullptr) return Error::invalid_syntax("the body must be a JSON object");
  if (Check schemas = check_schemas(*members, type, notes); !schemas) return schemas.error();
  if (Check names = check_names(*members, type, notes); !names) return names.error();
  Object out;
  for (const Schema* schema : {&ResourceType::common(), type.core}) {
    if (Check taken = take_schema(*members, *schema, out, notes, limits); !taken) return taken.error();
  }
  out.erase("schemas");  // derived from what is there
  for (const auto& [schema, required] : type.extensions) {
    const Json* given = members->find(schema->id);
    if (given == nullptr || given->is_null()) continue;
    if (given->object() == nullptr) return Error::invalid_value(schema->id + " must be an object");
    if (Check names = check_names(*given->object(), *schema, notes); !names) return names.error();
    Object extension;
    if (Check taken = take_schema(*given->object(), *schema, extension, notes, limits); !taken) return taken.error();
    if (!extension.empty()) out.set(schema->id, std::move(extension));
  }
  if (Check complete = check_complete(out, type); !complete) return complete.error();
  return out;
}

}  // namespace rosterd::scim
