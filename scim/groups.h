// /Groups and /Groups/{id}. No member change reads the group. Private to scim/.
#pragma once

#include "scim/call.h"

namespace rosterd::scim {

Result<Response> create_group(const Call& call);
Result<Response> read_group(const Call& call, const std::string& id);
Result<Response> replace_group(const Call& call, const std::string& id);
// 204; 200 with the group when the request names `attributes`.
Result<Response> patch_group(const Call& call, const std::string& id);
Result<Response> delete_group(const Call& call, const std::string& id);

}  // namespace rosterd::scim
