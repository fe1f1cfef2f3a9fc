// /ServiceProviderConfig, /ResourceTypes and /Schemas (RFC 7644 section 4). They say what is so, and no more.
// Private to scim/.
#pragma once

#include "scim/call.h"

namespace rosterd::scim {

Response service_provider_config(const Call& call);
Result<Response> list_resource_types(const Call& call);
Result<Response> read_resource_type(const Call& call, const std::string& name);
Result<Response> list_schemas(const Call& call);
Result<Response> read_schema(const Call& call, const std::string& urn);

}  // namespace rosterd::scim
