// GET /Users, GET /Groups and POST …/.search (RFC 7644 sections 3.4.2 and 3.4.3). totalResults is exact, the order is
// stable, nobody is skipped by a filter that no index serves. Private to scim/.
#pragma once

#include "scim/call.h"
#include "scim/schema.h"

namespace rosterd::scim {

Result<Response> list_resources(const Call& call, const ResourceType& type);
// The parameters come from the body.
Result<Response> search_resources(Call call, const ResourceType& type);

// The ListResponse message.
Json list_response(Array resources, std::size_t total, std::size_t start_index);

}  // namespace rosterd::scim
