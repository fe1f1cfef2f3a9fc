// /Users and /Users/{id} (RFC 7644 sections 3.3 to 3.6). Private to scim/.
#pragma once

#include "scim/call.h"

namespace rosterd::scim {

Result<Response> create_user(const Call& call);
// RFC 7644 section 3.11: whose session this is, as everybody together says it. A provisioning token is nobody: 501.
Result<Response> read_me(const Call& call);
Result<Response> read_user(const Call& call, const std::string& id);
Result<Response> replace_user(const Call& call, const std::string& id);
Result<Response> patch_user(const Call& call, const std::string& id);
Result<Response> delete_user(const Call& call, const std::string& id);

}  // namespace rosterd::scim
