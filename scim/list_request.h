// What a list is asked for (RFC 7644 section 3.4.2, RFC 9865), from query parameters or the body of a .search.
// Private to scim/.
#pragma once

#include <optional>
#include <string>

#include "scim/call.h"
#include "scim/cursor.h"
#include "scim/sorting.h"

namespace rosterd::scim {

struct ListRequest {
  std::optional<Filter> filter;
  std::optional<Sorting> sorting;
  std::size_t count = 0;
  std::size_t start_index = 1;
  std::optional<Position> after;  // pages by cursor
  std::string walk;               // what the walk's cursors are bound to
};

Result<ListRequest> parse_list_request(const Call& call, std::span<const ResourceType* const> types);

// The parameters and selection of a SearchRequest message, in place of the query's.
Check take_search_request(Call& call);

}  // namespace rosterd::scim
