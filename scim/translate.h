// From a SCIM filter to the store's query tree: what an index serves, never narrower than the filter. Private to scim/.
#pragma once

#include "scim/filter.h"
#include "scim/schema.h"
#include "store/query.h"

namespace rosterd::scim {

struct Translated {
  store::Query query;
  bool exact = false;  // the query says everything: candidates need no evaluation
};

// REQUIRES: check_filter(filter, type) said yes.
Translated translate(const Filter& filter, const ResourceType& type);

// Whether the filter speaks of an attribute: what it does not mention need not be rendered to evaluate it.
bool mentions(const Filter& filter, std::string_view schema, std::string_view attribute);

}  // namespace rosterd::scim
