#include "tests/model/filters.h"

#include <algorithm>
#include <cctype>
#include <optional>

#include "tests/model/vocabulary.h"

namespace rosterd::model {
namespace {

using scim::Json;
using Node = Filter::Node;

const std::vector<std::string> kTextCompares = {"eq", "eq", "eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"};

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return std::tolower(c); });
  return out;
}

std::string piece(Random& random, const std::string& text) {
  const bool ascii = std::all_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x80; });
  if (random.chance(60) || !ascii) return text;
  const std::size_t from = random.below(text.size());
  return text.substr(from, 1 + random.below(text.size() - from));
}

Filter text_test(Random& random, std::string attribute, const std::vector<std::string>& values) {
  std::string value = random.pick(values);
  const std::string compare = random.pick(kTextCompares);
  if (compare != "eq") value = piece(random, value);
  return {.node = Node::comparison, .attribute = std::move(attribute), .compare = compare, .value = value};
}

Filter presence(std::string attribute) {
  return {.node = Node::presence, .attribute = std::move(attribute)};
}

Filter element(Random& random, const std::string& attribute, const std::vector<std::string>& values) {
  Filter inside{.node = random.chance(70) ? Node::all : Node::any};
  inside.parts.push_back(text_test(random, "type", words::types()));
  inside.parts.push_back(random.chance(70) ? text_test(random, "value", values)
                                           : Filter{.attribute = "primary", .compare = "eq", .value = true});
  return {.node = Node::element, .attribute = attribute, .parts = {inside}};
}

Filter user_leaf(Random& random) {
  switch (random.below(13)) {
    case 0:
    case 1:
      return text_test(random, "userName", words::user_names());
    case 2:
      return text_test(random, "externalId", words::keys());
    case 3:
      return text_test(random, "emails", words::addresses());
    case 4:
      return text_test(random, "emails.value", words::addresses());
    case 5:
      return element(random, "emails", words::addresses());
    case 6:
      return text_test(random, "displayName", words::names());
    case 7:
      return text_test(random, "name.givenName", words::names());
    case 8:
      return text_test(random, words::kEnterpriseUrn + ":department", words::names());
    case 9:
      return {.attribute = "active", .compare = random.chance(50) ? "eq" : "ne", .value = random.chance(50)};
    case 10:
      return text_test(random, "title", words::names());
    case 11:
      return element(random, "phoneNumbers", words::numbers());
    default:
      return presence(random.pick(words::attributes()));
  }
}

Filter tree(Random& random, std::size_t depth, const auto& leaf) {
  if (depth == 0 || random.chance(35)) return leaf();
  const std::size_t kind = random.below(3);
  Filter made{.node = kind == 0 ? Node::all : kind == 1 ? Node::any : Node::negation};
  const std::size_t count = made.node == Node::negation ? 1 : 2 + random.below(2);
  for (std::size_t i = 0; i < count; ++i) made.parts.push_back(tree(random, depth - 1, leaf));
  return made;
}

// Every value that the path leads to.
void collect(const Json& from, std::string_view path, std::vector<const Json*>& found) {
  if (const auto* array = from.array()) {
    for (const Json& one : *array) collect(one, path, found);
    return;
  }
  if (path.empty()) {
    found.push_back(from.object() != nullptr ? from.find("value") : &from);
    if (found.back() == nullptr) found.pop_back();
    return;
  }
  const std::size_t dot = path.find('.');
  const Json* next = from.find(path.substr(0, dot));
  if (next != nullptr) collect(*next, dot == std::string_view::npos ? "" : path.substr(dot + 1), found);
}

std::vector<const Json*> values_at(const Json& resource, std::string_view attribute) {
  std::vector<const Json*> found;
  if (attribute.starts_with("urn:")) {
    const std::size_t colon = attribute.rfind(':');
    if (const Json* extension = resource.find(attribute.substr(0, colon)))
      collect(*extension, attribute.substr(colon + 1), found);
  } else {
    collect(resource, attribute, found);
  }
  return found;
}

bool compare_text(const std::string& compare, const std::string& held, const std::string& wanted) {
  if (compare == "eq" || compare == "ne") return held == wanted;
  if (compare == "co") return held.find(wanted) != std::string::npos;
  if (compare == "sw") return held.starts_with(wanted);
  if (compare == "ew") return held.ends_with(wanted);
  if (compare == "gt") return held > wanted;
  if (compare == "ge") return held >= wanted;
  if (compare == "lt") return held < wanted;
  return held <= wanted;
}

bool is_exact(std::string_view attribute) {
  return attribute == "id" || attribute == "externalId" || attribute.starts_with("members");
}

bool compares(const Filter& filter, const Json& resource) {
  const auto one = [&](const Json* held) {
    if (const bool* wanted = filter.value.boolean()) return held->boolean() != nullptr && *held->boolean() == *wanted;
    if (held->string() == nullptr) return false;
    const std::string wanted(filter.value.string_or(""));
    if (is_exact(filter.attribute)) return compare_text(filter.compare, *held->string(), wanted);
    return compare_text(filter.compare, lower(*held->string()), lower(wanted));
  };
  const auto values = values_at(resource, filter.attribute);
  const bool any = std::any_of(values.begin(), values.end(), one);
  return filter.compare == "ne" ? !any : any;
}

bool is_there(const Json& resource, std::string_view attribute) {
  const std::size_t dot = attribute.find('.');
  const Json* found = resource.find(attribute.substr(0, dot));
  if (found == nullptr || (found->array() != nullptr && found->array()->empty())) return false;
  return dot == std::string_view::npos || !values_at(resource, attribute).empty();
}

}  // namespace

Filter random_user_filter(Random& random, std::size_t depth) {
  return tree(random, depth, [&] { return user_leaf(random); });
}

Filter random_group_filter(Random& random, const std::vector<std::string>& ids, std::size_t depth) {
  return tree(random, depth, [&]() -> Filter {
    const std::size_t kind = random.below(ids.empty() ? 3 : 5);
    if (kind == 0) return text_test(random, "displayName", words::group_names());
    if (kind == 1) return text_test(random, "externalId", words::keys());
    if (kind == 2) return presence(random.chance(50) ? "members" : "externalId");
    return {.attribute = kind == 3 ? "members" : "id", .compare = "eq", .value = random.pick(ids)};
  });
}

std::string to_text(const Filter& filter) {
  const auto joined = [&](const char* word) {
    std::string text;
    for (const Filter& part : filter.parts) text += (text.empty() ? "" : word) + ("(" + to_text(part) + ")");
    return text;
  };
  switch (filter.node) {
    case Node::all:
      return joined(" and ");
    case Node::any:
      return joined(" or ");
    case Node::negation:
      return "not (" + to_text(filter.parts[0]) + ")";
    case Node::presence:
      return filter.attribute + " pr";
    case Node::element:
      return filter.attribute + "[" + to_text(filter.parts[0]) + "]";
    default:
      return filter.attribute + " " + filter.compare + " " + write_json(filter.value);
  }
}

bool holds(const Filter& filter, const Json& resource) {
  const auto holds_here = [&](const Filter& part) { return holds(part, resource); };
  switch (filter.node) {
    case Node::all:
      return std::all_of(filter.parts.begin(), filter.parts.end(), holds_here);
    case Node::any:
      return std::any_of(filter.parts.begin(), filter.parts.end(), holds_here);
    case Node::negation:
      return !holds(filter.parts[0], resource);
    case Node::presence:
      return is_there(resource, filter.attribute);
    case Node::comparison:
      return compares(filter, resource);
    case Node::element:
      break;
  }
  const Json* elements = resource.find(filter.attribute);
  return elements != nullptr && std::any_of(elements->array()->begin(), elements->array()->end(),
                                            [&](const Json& element) { return holds(filter.parts[0], element); });
}

}  // namespace rosterd::model
