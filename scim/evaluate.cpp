#include "scim/evaluate.h"

#include <algorithm>
#include <functional>

#include "scim/datetime.h"
#include "scim/text.h"
#include "store/clean_text.h"

namespace rosterd::scim {
namespace {

bool has_value(const Json& value) {
  if (const auto* text = value.string()) return !text->empty();
  if (const auto* array = value.array()) return std::any_of(array->begin(), array->end(), has_value);
  if (const auto* object = value.object()) {
    return std::any_of(object->begin(), object->end(), [](const Member& member) { return has_value(member.value); });
  }
  return !value.is_null();
}

bool compare_order(int order, Compare op) {
  switch (op) {
    case Compare::gt:
      return order > 0;
    case Compare::ge:
      return order >= 0;
    case Compare::lt:
      return order < 0;
    case Compare::le:
      return order <= 0;
    default:
      return order == 0;
  }
}

template <class T>
int order_of(const T& a, const T& b) {
  return a < b ? -1 : (b < a ? 1 : 0);
}

bool compare_text(std::string_view have, std::string_view want, Compare op) {
  switch (op) {
    case Compare::co:
      return have.find(want) != std::string_view::npos;
    case Compare::sw:
      return have.starts_with(want);
    case Compare::ew:
      return have.ends_with(want);
    default:
      return compare_order(order_of(have, want), op);
  }
}

bool compare_strings(const Json& have, const Json& want, Compare op, bool case_exact) {
  const auto text_of = [](const Json& value) {
    if (const Number* number = value.number()) return number->text;
    return std::string(value.string_or(""));
  };
  if (want.boolean() != nullptr) return false;
  const std::string a = text_of(have);
  const std::string b = text_of(want);
  return case_exact ? compare_text(a, b, op) : compare_text(fold(a), fold(b), op);
}

bool compare_numbers(const Json& have, const Json& want, Compare op) {
  const auto* a = have.number();
  const auto* b = want.number();
  if (a == nullptr || b == nullptr) return false;
  const auto x = to_integer(*a), y = to_integer(*b);
  if (x && y) return compare_order(order_of(*x, *y), op);
  const auto v = to_double(*a), w = to_double(*b);
  return v && w && compare_order(order_of(*v, *w), op);
}

bool compare_instants(const Json& have, const Json& want, Compare op) {
  const auto a = parse_date_time(have.string_or("")), b = parse_date_time(want.string_or(""));
  if (!a || !b || op == Compare::co || op == Compare::sw || op == Compare::ew) {
    return compare_strings(have, want, op, false);
  }
  return compare_order(order_of(*a, *b), op);
}

// RFC 7643 section 2.4: the URI of a resource means the same with another version of the protocol in it, or none.
std::string without_version(std::string_view uri) {
  const auto slash_before = [&](std::size_t at) {
    return at == 0 || at == std::string_view::npos ? std::string_view::npos : uri.rfind('/', at - 1);
  };
  const std::size_t endpoint = slash_before(uri.rfind('/')), version = slash_before(endpoint);
  if (version == std::string_view::npos) return std::string(uri);
  const std::string_view segment = uri.substr(version + 1, endpoint - version - 1);
  const bool is_version = segment.size() > 1 && segment.front() == 'v' &&
                          segment.find_first_not_of("0123456789.", 1) == std::string_view::npos;
  return is_version ? std::string(uri.substr(0, version)).append(uri.substr(endpoint)) : std::string(uri);
}

// One value against the literal, for every operator but ne.
bool compare_value(const Json& have, const Json& want, Compare op, const Attribute& definition) {
  if (!has_value(have)) return false;
  switch (definition.type) {
    case Type::boolean:
      return to_boolean(have) && to_boolean(have) == to_boolean(want);
    case Type::integer:
    case Type::decimal:
      return compare_numbers(have, want, op);
    case Type::date_time:
      return compare_instants(have, want, op);
    case Type::complex:
      return false;
    case Type::reference:
      if (op != Compare::eq) return compare_strings(have, want, op, definition.case_exact);
      return without_version(have.string_or("")) == without_version(want.string_or(""));
    default:
      // The store keeps a userName trimmed; a client that writes it with spaces also asks for it with spaces.
      if (definition.name == "userName" && op == Compare::eq && want.string() != nullptr)
        return compare_strings(have, Json(std::string(store::trim(*want.string()))), op, definition.case_exact);
      return compare_strings(have, want, op, definition.case_exact);
  }
}

// RFC 7643 section 2.4: what an element is that does not say whether it is primary. Null for other attributes.
const Json* assumed(const Attribute& definition, const Comparison& test) {
  static const Json kNotPrimary(false);
  const bool is_primary = definition.type == Type::boolean && definition.name == "primary";
  return is_primary && !test.value.is_null() ? &kNotPrimary : nullptr;
}

// Calls `test` for each value at the target until it says true; elements without one have `otherwise`, if any.
bool any_value(const Json* found, const Target& target, const std::function<bool(const Json&)>& test,
               const Json* otherwise = nullptr) {
  if (found == nullptr) return false;
  const Attribute* leaf = compared(target);
  const auto of_element = [&](const Json& element) {
    if (element.object() == nullptr) return test(element);
    const Json* value = leaf == nullptr ? &element : element.find(leaf->name);
    if (value == nullptr) value = otherwise;
    return value != nullptr && test(*value);
  };
  if (const Array* elements = found->array()) return std::any_of(elements->begin(), elements->end(), of_element);
  return of_element(*found);
}

bool compare_at(const Json* found, const Target& target, const Comparison& test) {
  const Attribute& definition = *compared(target);
  const bool absent_wanted = test.value.is_null();
  const Compare op = test.op == Compare::ne ? Compare::eq : test.op;
  const auto is_equal = [&](const Json& value) {
    return absent_wanted ? has_value(value) : compare_value(value, test.value, op, definition);
  };
  const bool equal = any_value(found, target, is_equal, target.sub == nullptr ? nullptr : assumed(definition, test));
  if (absent_wanted) return test.op == Compare::eq ? !equal : test.op == Compare::ne && equal;
  return test.op == Compare::ne ? !equal : equal;
}

bool present_at(const Json* found, const Target& target) {
  if (found == nullptr) return false;
  if (target.sub == nullptr) return has_value(*found);
  return any_value(found, target, has_value);
}

// Evaluates and checks a tree; how a path is looked up differs between a resource and an element.
template <class Leaf>
auto fold_tree(const Filter& filter, const Leaf& leaf) -> bool {
  if (const auto* all = std::get_if<And>(&filter.node)) {
    return std::all_of(all->terms.begin(), all->terms.end(), [&](const Filter& term) { return fold_tree(term, leaf); });
  }
  if (const auto* any = std::get_if<Or>(&filter.node)) {
    return std::any_of(any->terms.begin(), any->terms.end(), [&](const Filter& term) { return fold_tree(term, leaf); });
  }
  if (const auto* negated = std::get_if<Not>(&filter.node)) return !fold_tree(*negated->term, leaf);
  return leaf(filter);
}

template <class Leaf>
Check check_tree(const Filter& filter, const Leaf& leaf) {
  const std::vector<Filter>* terms = nullptr;
  if (const auto* all = std::get_if<And>(&filter.node)) terms = &all->terms;
  if (const auto* any = std::get_if<Or>(&filter.node)) terms = &any->terms;
  if (const auto* negated = std::get_if<Not>(&filter.node)) return check_tree(*negated->term, leaf);
  if (terms == nullptr) return leaf(filter);
  for (const Filter& term : *terms) {
    if (Check checked = check_tree(term, leaf); !checked) return checked;
  }
  return Done{};
}

Check check_comparison(const Comparison& test, const Target& target) {
  const std::string name = to_string(test.path);
  const Attribute* definition = compared(target);
  const bool equality = test.op == Compare::eq || test.op == Compare::ne;
  if (definition == nullptr) return Error::invalid_filter("filter: " + name + " is complex; name a sub-attribute");
  if (target.leaf().returned == Returned::never)
    return Error::invalid_filter("filter: " + name + " cannot be asked for");
  if (test.value.is_null() && !equality) return Error::invalid_filter("filter: null has no order");
  const bool unordered = definition->type == Type::boolean || definition->type == Type::binary;
  if (unordered && !equality) {
    return Error::invalid_filter("filter: " + name + " cannot be compared with " + std::string(to_string(test.op)));
  }
  if (definition->type == Type::boolean && !test.value.is_null() && !to_boolean(test.value)) {
    return Error::invalid_filter("filter: " + name + " is a boolean");
  }
  if (definition->type == Type::date_time && !equality && !parse_date_time(test.value.string_or("")) &&
      test.op != Compare::co && test.op != Compare::sw && test.op != Compare::ew) {
    return Error::invalid_filter("filter: " + name + " is compared with a date-time");
  }
  return Done{};
}

template <class Resolve>
Check check_leaf(const Filter& filter, const Resolve& resolve_path) {
  const auto unknown = [](const AttributePath& path) {
    return Error::invalid_filter("filter: there is no attribute " + excerpt(to_string(path), 200));
  };
  if (const auto* test = std::get_if<Comparison>(&filter.node)) {
    const Target target = resolve_path(test->path);
    return target.attribute == nullptr ? Check(unknown(test->path)) : check_comparison(*test, target);
  }
  if (const auto* present = std::get_if<Present>(&filter.node)) {
    const Target target = resolve_path(present->path);
    if (target.attribute == nullptr) return unknown(present->path);
    if (target.leaf().returned == Returned::never) {
      return Error::invalid_filter("filter: " + to_string(present->path) + " cannot be asked for");
    }
    return Done{};
  }
  const auto& match = std::get<ElementMatch>(filter.node);
  const Target target = resolve_path(match.path);
  if (target.attribute == nullptr) return unknown(match.path);
  return check_element_filter(*match.where, *target.attribute);
}

// Paths inside brackets name sub-attributes; a simple multi-valued attribute is its own `value`.
Target resolve_element(const Attribute& attribute, const AttributePath& path) {
  Target target;
  if (!path.schema.empty() || !path.sub.empty()) return target;
  if (attribute.type == Type::complex) {
    target.attribute = attribute.sub(path.name);
  } else if (iequals(path.name, "value")) {
    target.attribute = &attribute;
  }
  return target;
}

// REQUIRES: the target's comparison was checked.
bool compares_text(const Comparison& test, const Target& target) {
  if (target.attribute == nullptr || test.value.string() == nullptr) return false;
  const Attribute* definition = compared(target);
  return definition != nullptr && definition->type == Type::boolean;
}

template <class Leaf>
bool has_leaf(const Filter& filter, const Leaf& leaf) {
  return !check_tree(filter, [&](const Filter& one) { return leaf(one) ? Check(Error{}) : Check(Done{}); });
}

}  // namespace

const Json* locate(const Json& resource, const ResourceType& type, const AttributePath& path) {
  if (!type.is_extension(path.schema)) return resource.find(path.name);
  const Json* extension = resource.find(path.schema);
  return extension == nullptr ? nullptr : extension->find(path.name);
}

const Attribute* compared(const Target& target) {
  if (target.sub != nullptr) return target.sub;
  return target.attribute->type == Type::complex ? target.attribute->sub("value") : target.attribute;
}

std::optional<bool> to_boolean(const Json& value) {
  if (const bool* boolean = value.boolean()) return *boolean;
  const std::string* text = value.string();
  if (text == nullptr) return std::nullopt;
  if (iequals(*text, "true")) return true;
  if (iequals(*text, "false")) return false;
  return std::nullopt;
}

Check check_filter(const Filter& filter, const ResourceType& type) {
  return check_tree(filter, [&](const Filter& leaf) {
    return check_leaf(leaf, [&](const AttributePath& path) { return resolve(type, path); });
  });
}

Check check_filter(const Filter& filter, std::span<const ResourceType* const> types) {
  return check_tree(filter, [&](const Filter& leaf) {
    Check checked = check_filter(leaf, *types.front());
    for (const ResourceType* type : types.subspan(1)) {
      if (checked) break;
      if (check_filter(leaf, *type)) checked = Done{};
    }
    return checked;
  });
}

Check check_element_filter(const Filter& where, const Attribute& attribute) {
  return check_tree(where, [&](const Filter& leaf) {
    return check_leaf(leaf, [&](const AttributePath& path) { return resolve_element(attribute, path); });
  });
}

bool has_boolean_text(const Filter& where, const Attribute& attribute) {
  return has_leaf(where, [&](const Filter& leaf) {
    const auto* test = std::get_if<Comparison>(&leaf.node);
    return test != nullptr && compares_text(*test, resolve_element(attribute, test->path));
  });
}

bool has_boolean_text(const Filter& filter, std::span<const ResourceType* const> types) {
  const auto in = [&](const Filter& leaf, const ResourceType& type) {
    if (const auto* test = std::get_if<Comparison>(&leaf.node)) return compares_text(*test, resolve(type, test->path));
    const auto* match = std::get_if<ElementMatch>(&leaf.node);
    const Target target = match == nullptr ? Target{} : resolve(type, match->path);
    return target.attribute != nullptr && has_boolean_text(*match->where, *target.attribute);
  };
  return has_leaf(filter, [&](const Filter& leaf) {
    return std::any_of(types.begin(), types.end(), [&](const ResourceType* type) { return in(leaf, *type); });
  });
}

bool matches(const Filter& filter, const Json& resource, const ResourceType& type) {
  return fold_tree(filter, [&](const Filter& leaf) {
    if (const auto* test = std::get_if<Comparison>(&leaf.node)) {
      const Target target = resolve(type, test->path);
      if (target.attribute == nullptr) return test->op == (test->value.is_null() ? Compare::eq : Compare::ne);
      return compare_at(locate(resource, type, test->path), target, *test);
    }
    if (const auto* present = std::get_if<Present>(&leaf.node)) {
      const Target target = resolve(type, present->path);
      return target.attribute != nullptr && present_at(locate(resource, type, present->path), target);
    }
    const auto& match = std::get<ElementMatch>(leaf.node);
    const Json* found = locate(resource, type, match.path);
    const Target target = resolve(type, match.path);
    if (found == nullptr || target.attribute == nullptr) return false;
    const Attribute& attribute = *target.attribute;
    const auto satisfies = [&](const Json& element) { return element_matches(*match.where, element, attribute); };
    if (const Array* elements = found->array()) return std::any_of(elements->begin(), elements->end(), satisfies);
    return satisfies(*found);
  });
}

bool element_matches(const Filter& where, const Json& element, const Attribute& attribute) {
  return fold_tree(where, [&](const Filter& leaf) {
    const auto value_at = [&](const AttributePath& path) {
      return element.object() == nullptr ? &element : element.find(path.name);
    };
    if (const auto* test = std::get_if<Comparison>(&leaf.node)) {
      const Target target = resolve_element(attribute, test->path);
      const Json* value = value_at(test->path);
      return compare_at(value != nullptr ? value : assumed(target.leaf(), *test), target, *test);
    }
    const auto& present = std::get<Present>(leaf.node);
    return present_at(value_at(present.path), resolve_element(attribute, present.path));
  });
}

}  // namespace rosterd::scim
