#include "scim/patch_element.h"

#include <algorithm>

#include "scim/evaluate.h"
#include "scim/text.h"
#include "scim/values.h"

namespace rosterd::scim {
namespace {

bool is_primary(const Json& element) {
  const Json* primary = element.find("primary");
  return primary != nullptr && to_boolean(*primary) == true;
}

// At most one element is primary: the one this operation touched wins (RFC 7643 section 2.4).
void demote_others(Array& elements, const std::vector<std::size_t>& touched) {
  const bool promoted =
      std::any_of(touched.begin(), touched.end(), [&](std::size_t i) { return is_primary(elements[i]); });
  if (!promoted) return;
  for (std::size_t i = 0; i < elements.size(); ++i) {
    const bool was_touched = std::find(touched.begin(), touched.end(), i) != touched.end();
    if (!was_touched && is_primary(elements[i])) elements[i].object()->set("primary", false);
  }
}

// The element that would match: every `name eq literal` of a conjunction. False for what no element can be made from.
bool describe(const Filter& where, const Attribute& attribute, Object& element, const PatchContext& context) {
  if (const auto* all = std::get_if<And>(&where.node)) {
    return std::all_of(all->terms.begin(), all->terms.end(),
                       [&](const Filter& term) { return describe(term, attribute, element, context); });
  }
  const auto* test = std::get_if<Comparison>(&where.node);
  if (test == nullptr || test->op != Compare::eq || test->value.is_null()) return false;
  const Attribute* sub = attribute.sub(test->path.name);
  if (sub == nullptr || sub->mutability == Mutability::read_only) return false;
  Result<Json> value = coerce(*sub, test->value, context.notes, context.limits.values);
  if (!value || value->is_null()) return false;
  element.set(sub->name, std::move(*value));
  return true;
}

bool same_text(const Json* a, const Json* b, bool case_exact) {
  const std::string_view x = a == nullptr ? "" : a->string_or("");
  const std::string_view y = b == nullptr ? "" : b->string_or("");
  if (x == y) return true;
  return !case_exact && fold(x) == fold(y);
}

// The element that an added one stands for: the same value for the same purpose.
Json* find_twin(Array& elements, const Attribute& attribute, const Json& added) {
  const Attribute* value = attribute.sub("value");
  for (Json& element : elements) {
    if (is_same_value(attribute, element, added)) return &element;
    if (value == nullptr || added.find("value") == nullptr) continue;
    const bool same = same_text(element.find("value"), added.find("value"), value->case_exact) &&
                      same_text(element.find("type"), added.find("type"), false);
    if (same) return &element;
  }
  return nullptr;
}

Check add_values(Array& elements, const Attribute& attribute, const Json& value, const PatchContext& context) {
  Result<Json> taken = coerce(attribute, value, context.notes, context.limits.values);
  if (!taken) return taken.error();
  if (taken->is_null()) return Done{};
  std::vector<std::size_t> touched;
  for (Json& added : *taken->array()) {
    Json* twin = find_twin(elements, attribute, added);
    if (twin == nullptr) {
      elements.push_back(std::move(added));
      twin = &elements.back();
    } else if (twin->object() != nullptr && added.object() != nullptr) {
      if (Check merged = merge_complex(*twin->object(), attribute, added, context); !merged) return merged;
    }
    touched.push_back(static_cast<std::size_t>(twin - elements.data()));
  }
  if (elements.size() > context.limits.values.max_elements) {
    return Error::invalid_value("the value of " + attribute.name + " has too many elements");
  }
  demote_others(elements, touched);
  return Done{};
}

// `remove` with a value takes away these values only: the reading that cannot empty an attribute by accident.
Check remove_values(Array& elements, const Attribute& attribute, const Json& value, const PatchContext& context) {
  if (!context.notes.use(Habit::remove_with_value, attribute.name))
    return Error::invalid_value("remove takes no value; name the elements of " + attribute.name + " by a filter");
  Result<Json> taken = coerce(attribute, value, context.notes, context.limits.values);
  if (!taken) return taken.error();
  if (taken->is_null()) return Done{};
  for (const Json& gone : *taken->array()) {
    const Attribute* sub = attribute.sub("value");
    const Json* wanted = gone.find("value");
    std::erase_if(elements, [&](const Json& element) {
      if (is_same_value(attribute, element, gone)) return true;
      return sub != nullptr && wanted != nullptr && same_text(element.find("value"), wanted, sub->case_exact) &&
             (gone.find("type") == nullptr || same_text(element.find("type"), gone.find("type"), false));
    });
  }
  return Done{};
}

std::vector<std::size_t> select(const Array& elements, const PatchTarget& target) {
  std::vector<std::size_t> selected;
  for (std::size_t i = 0; i < elements.size(); ++i) {
    if (target.where == nullptr || element_matches(*target.where, elements[i], target.attribute)) selected.push_back(i);
  }
  return selected;
}

// A sub-attribute that elements must have goes with its element only.
Check check_removable(const Json& element, const PatchTarget& target) {
  if (target.sub == nullptr || element.find(target.sub->name) == nullptr || element.object()->size() == 1)
    return Done{};
  const std::string name = target.attribute.name + "." + target.sub->name;
  if (target.sub->required) return Error::mutability(name + " is required and cannot be removed");
  if (target.sub->mutability == Mutability::immutable) return is_immutable(name);
  return Done{};
}

Check remove_selected(Array& elements, const PatchTarget& target, const std::vector<std::size_t>& selected,
                      const PatchContext& context) {
  if (selected.empty() && !context.notes.use(Habit::remove_without_match, target.attribute.name)) {
    return Error::no_target("no element of " + target.attribute.name + " matches the path");
  }
  for (auto it = selected.rbegin(); it != selected.rend(); ++it) {
    Json& element = elements[*it];
    if (Check allowed = check_removable(element, target); !allowed) return allowed;
    if (target.sub != nullptr && element.object() != nullptr) {
      element.object()->erase(target.sub->name);
      if (!element.object()->empty()) continue;
    }
    elements.erase(elements.begin() + static_cast<std::ptrdiff_t>(*it));
  }
  return Done{};
}

// The element that a value path without a match creates.
Result<Json> create_element(const PatchTarget& target, Operation::Kind kind, const PatchContext& context) {
  const Error refused = Error::no_target("no element of " + target.attribute.name + " matches the path");
  if (target.attribute.type != Type::complex) return refused;
  Object element;
  if (target.where != nullptr && !describe(*target.where, target.attribute, element, context)) return refused;
  if (kind == Operation::Kind::replace && target.where != nullptr &&
      !context.notes.use(Habit::replace_without_match, target.attribute.name))
    return refused;
  return Json(std::move(element));
}

Check write_element(Json& element, const PatchTarget& target, Operation::Kind kind, const Json& value,
                    const PatchContext& context) {
  if (target.sub != nullptr) {
    if (element.object() == nullptr) return Error::invalid_path(target.attribute.name + " has no sub-attributes");
    Object patch;
    patch.set(target.sub->name, value);
    return merge_complex(*element.object(), target.attribute, patch, context);
  }
  if (kind == Operation::Kind::add && element.object() != nullptr && value.object() != nullptr) {
    return merge_complex(*element.object(), target.attribute, value, context);
  }
  Result<Json> taken = coerce_element(target.attribute, value, context.notes, context.limits.values);
  if (!taken) return taken.error();
  Object described;
  if (target.where != nullptr && taken->object() != nullptr &&
      describe(*target.where, target.attribute, described, context)) {
    for (Member& member : described) {
      if (taken->find(member.name) == nullptr) taken->object()->set(member.name, std::move(member.value));
    }
  }
  if (Check kept = check_immutable_subs(target.attribute, element, *taken); !kept) return kept;
  element = std::move(*taken);
  return Done{};
}

// What the interoperability profile forbids of value paths.
Check check_selection(const PatchTarget& target, const std::vector<std::size_t>& selected, Notes& notes) {
  if (target.where == nullptr) return Done{};
  if (target.sub == nullptr && !notes.use(Habit::whole_element_path, target.attribute.name))
    return Error::invalid_path("name a sub-attribute after the filter on " + target.attribute.name);
  if (selected.size() > 1 && !notes.use(Habit::many_matches, target.attribute.name))
    return Error::invalid_filter("the filter matches several elements of " + target.attribute.name);
  return Done{};
}

}  // namespace

Error is_immutable(const std::string& name) {
  return Error::mutability(name + " is immutable and has a value");
}

Check check_immutable_subs(const Attribute& attribute, const Json& held, const Json& now) {
  for (const Attribute& sub : attribute.sub_attributes) {
    const Json* was = sub.mutability == Mutability::immutable ? held.find(sub.name) : nullptr;
    const Json* is = now.find(sub.name);
    if (was != nullptr && (is == nullptr || !is_same_value(sub, *was, *is)))
      return is_immutable(attribute.name + "." + sub.name);
  }
  return Done{};
}

bool clears(const Json& value, const Attribute& attribute, Notes& notes) {
  if (value.is_null()) return true;
  return value.string() != nullptr && value.string()->empty() && notes.use(Habit::empty_text_clears, attribute.name);
}

Check merge_complex(Object& into, const Attribute& attribute, const Json& value, const PatchContext& context) {
  const Object* given = value.object();
  if (given == nullptr) return Error::invalid_value("the value of " + attribute.name + " must be an object");
  for (const Member& member : *given) {
    const Attribute* sub = attribute.sub(member.name);
    if (sub == nullptr) {
      if (Check known = take_unknown(attribute.name + "." + excerpt(member.name), context.notes); !known) return known;
      continue;
    }
    if (sub->mutability == Mutability::read_only) {
      context.notes.ignore("read-only attribute " + attribute.name + "." + sub->name);
      continue;
    }
    Result<Json> taken = coerce(*sub, member.value, context.notes, context.limits.values);
    if (!taken) return taken.error();
    const Json* held = into.find(sub->name);
    if (held != nullptr && sub->mutability == Mutability::immutable) {
      if (!is_same_value(*sub, *held, *taken)) return is_immutable(attribute.name + "." + sub->name);
    } else if (taken->is_null() && sub->required && held != nullptr) {
      return Error::invalid_value(attribute.name + "." + sub->name + " is required");
    } else if (taken->is_null()) {
      into.erase(sub->name);
    } else {
      into.set(sub->name, std::move(*taken));
    }
  }
  return Done{};
}

Check patch_elements(Array& elements, const PatchTarget& target, Operation::Kind kind, const Json& value,
                     const PatchContext& context) {
  const bool whole = target.where == nullptr && target.sub == nullptr;
  if (whole && kind == Operation::Kind::add) return add_values(elements, target.attribute, value, context);
  if (whole && kind == Operation::Kind::remove && !value.is_null()) {
    return remove_values(elements, target.attribute, value, context);
  }
  std::vector<std::size_t> selected = select(elements, target);
  if (kind == Operation::Kind::remove) return remove_selected(elements, target, selected, context);
  if (Check allowed = check_selection(target, selected, context.notes); !allowed) return allowed;
  if (clears(value, target.sub != nullptr ? *target.sub : target.attribute, context.notes))
    return selected.empty() ? Check(Done{}) : remove_selected(elements, target, selected, context);
  if (selected.empty()) {
    Result<Json> created = create_element(target, kind, context);
    if (!created) return created.error();
    if (elements.size() >= context.limits.values.max_elements) {
      return Error::invalid_value("the value of " + target.attribute.name + " has too many elements");
    }
    selected.push_back(elements.size());
    elements.push_back(std::move(*created));
  }
  for (const std::size_t i : selected) {
    if (Check written = write_element(elements[i], target, kind, value, context); !written) return written;
  }
  demote_others(elements, selected);
  return check_primary(target.attribute, elements);
}

}  // namespace rosterd::scim
