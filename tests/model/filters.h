// Random filters with their text and their meaning, said without the engine's parser, schema or index translation
// (RFC 7644 section 3.4.2.2).
#pragma once

#include <string>
#include <vector>

#include "scim/json.h"
#include "tests/model/random.h"

namespace rosterd::model {

struct Filter {
  enum class Node { all, any, negation, comparison, presence, element };
  Node node = Node::comparison;
  std::string attribute = {};  // "userName", "name.givenName", "urn:…:User:department"; of an element: "emails"
  std::string compare = {};
  scim::Json value = {};
  std::vector<Filter> parts = {};
};

Filter random_user_filter(Random& random, std::size_t depth = 3);
Filter random_group_filter(Random& random, const std::vector<std::string>& ids, std::size_t depth = 2);
std::string to_text(const Filter& filter);
// `resource` as a GET shows it.
bool holds(const Filter& filter, const scim::Json& resource);

}  // namespace rosterd::model
