// POST /Bulk (RFC 7644 section 3.7). Every operation is done as it would be alone (endpoint, rights, rewriting,
// version) or leaves nothing behind; a circle of creations is done or left out together. Many share a unit of the store
// and its commit; a unit ends after about 20 ms, so that other clients' changes pass between. Private to scim/.
#pragma once

#include "scim/call.h"

namespace rosterd::scim {

// 200 with the result of each operation that was processed, in the order of the request; 413, invalidSyntax. When the
// store fails before anything was done its StoreError passes through, later it is the answer of the operations left.
Result<Response> bulk(const Call& call, const std::string&);

}  // namespace rosterd::scim
