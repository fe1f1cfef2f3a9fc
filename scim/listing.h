// GET /Users, GET /Groups and POST …/.search (RFC 7644 sections 3.4.2 and 3.4.3), pages by index or by cursor (RFC
// 9865). totalResults is exact, the order is stable, nobody is skipped by a filter that no index serves. Private to
// scim/.
#pragma once

#include <span>

#include "scim/call.h"
#include "scim/schema.h"

namespace rosterd::scim {

// Several types: one after the other, unless they are sorted.
Result<Response> list_resources(const Call& call, std::span<const ResourceType* const> types);
// The parameters come from the body.
Result<Response> search_resources(Call call, std::span<const ResourceType* const> types);

// The ListResponse message, without paging.
Object list_response(Array resources, std::size_t total);

}  // namespace rosterd::scim
