#include "scim/intake.h"

#include <algorithm>
#include <unordered_map>

#include "scim/constraints.h"
#include "scim/evaluate.h"
#include "scim/text.h"
#include "scim/values.h"

namespace rosterd::scim {
namespace {

constexpr std::size_t kMaxNotes = 20;

Error wrong(const Attribute& attribute, std::string_view why) {
  return Error::invalid_value("the value of " + attribute.name + " " + std::string(why));
}

Result<Json> coerce_complex(const Attribute& attribute, const Json& value, Notes& notes, const ValueLimits& limits) {
  if (value.object() == nullptr) {
    const Attribute* only = attribute.sub("value");
    if (only == nullptr || value.array() != nullptr) return wrong(attribute, "must be an object");
    Result<Json> text = coerce_simple(*only, value, notes, limits);
    if (!text || text->is_null()) return text;
    notes.add(attribute.name + " came as a plain value instead of an object");
    Object out;
    out.set(only->name, std::move(*text));
    return Json(std::move(out));
  }
  Object out;
  for (const Member& member : *value.object()) {
    const Attribute* sub = attribute.sub(member.name);
    if (sub == nullptr) {
      notes.add("unknown sub-attribute of " + attribute.name + " ignored");
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
      notes.add("read-only attribute " + attribute.name + " ignored");
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

}  // namespace

void Notes::add(std::string note) {
  if (notes_.size() >= kMaxNotes || std::find(notes_.begin(), notes_.end(), note) != notes_.end()) return;
  notes_.push_back(std::move(note));
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
  } else if (value.string_or("?") != "") {
    notes.add(attribute.name + " came as one value instead of an array");
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
  for (const Member& member : *members) {
    if (!is_known(member.name, type)) notes.add("unknown attribute " + excerpt(member.name) + " ignored");
  }
  Object out;
  for (const Schema* schema : {&ResourceType::common(), type.core}) {
    if (Check taken = take_schema(*members, *schema, out, notes, limits); !taken) return taken.error();
  }
  out.erase("schemas");  // derived from what is there
  for (const auto& [schema, required] : type.extensions) {
    const Json* given = members->find(schema->id);
    if (given == nullptr || given->is_null()) continue;
    if (given->object() == nullptr) return Error::invalid_value(schema->id + " must be an object");
    Object extension;
    if (Check taken = take_schema(*given->object(), *schema, extension, notes, limits); !taken) return taken.error();
    if (!extension.empty()) out.set(schema->id, std::move(extension));
  }
  if (Check complete = check_complete(out, type); !complete) return complete.error();
  return out;
}

}  // namespace rosterd::scim
