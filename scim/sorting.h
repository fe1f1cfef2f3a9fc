// sortBy and sortOrder (RFC 7644 section 3.4.2.3): texts without case unless caseExact, dates as instants, numbers as
// numbers, false before true; of several values the primary one or the first. Who has no value comes last, in
// descending order first. Private to scim/.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "scim/catalogue.h"
#include "scim/error.h"
#include "scim/json.h"
#include "scim/schema.h"

namespace rosterd::scim {

struct Sorting {
  AttributePath path;
  bool descending = false;
};

// invalidPath: no attribute, one that has no order, or one that nobody may read. invalidValue: another sortOrder.
Result<Sorting> parse_sorting(const Catalogue& catalogue, std::string_view sort_by, std::string_view sort_order,
                              std::span<const ResourceType* const> types);

// Bytes that compare as the values do; of long texts only the beginning decides.
std::string sort_value(const Sorting& sorting, const Json& resource, const ResourceType& type);

}  // namespace rosterd::scim
