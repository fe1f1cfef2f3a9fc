// Which attributes the store keeps look-up tables of (store/attribute_index.h), and how it calls them. Pure.
#pragma once

#include <vector>

#include "scim/catalogue.h"
#include "store/settings.h"

namespace rosterd::scim {

// Attributes of people's extensions that are declared `indexed` or unique; for the store's settings.
std::vector<store::IndexedAttribute> indexed_attributes(const Catalogue& catalogue);

// Whether this attribute or sub-attribute has one.
bool is_indexed(const Attribute& leaf);
// REQUIRES: is_indexed of `sub`, or of `attribute` when there is none.
store::IndexedAttribute index_of(const Schema& schema, const Attribute& attribute, const Attribute* sub);

}  // namespace rosterd::scim
