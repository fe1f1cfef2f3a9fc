#include "scim/indexing.h"

namespace rosterd::scim {

store::IndexedAttribute index_of(const Schema& schema, const Attribute& attribute, const Attribute* sub) {
  const Attribute& leaf = sub != nullptr ? *sub : attribute;
  return {schema.id, attribute.name, sub != nullptr ? sub->name : "", leaf.case_exact,
          leaf.uniqueness == Uniqueness::server};
}

bool is_indexed(const Attribute& leaf) {
  const bool looked_up = leaf.indexed || leaf.uniqueness == Uniqueness::server;
  return looked_up && (leaf.type == Type::string || leaf.type == Type::integer || leaf.type == Type::reference ||
                       leaf.type == Type::binary);
}

std::vector<store::IndexedAttribute> indexed_attributes(const Catalogue& catalogue) {
  std::vector<store::IndexedAttribute> all;
  for (const auto& [schema, required] : catalogue.user().extensions) {
    for (const Attribute& attribute : schema->attributes) {
      if (is_indexed(attribute)) all.push_back(index_of(*schema, attribute, nullptr));
      for (const Attribute& sub : attribute.sub_attributes)
        if (is_indexed(sub)) all.push_back(index_of(*schema, attribute, &sub));
    }
  }
  return all;
}

}  // namespace rosterd::scim
