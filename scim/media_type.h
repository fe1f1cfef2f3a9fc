// Which media types a client may send and take (RFC 7644 sections 3.1 and 3.8, RFC 9110 section 12.5.1), as far as
// clients can bear it: every JSON type counts as SCIM's, parameters are no obstacle, and an Accept field that says
// nothing clear is none.
#pragma once

#include <string_view>

#include "scim/error.h"

namespace rosterd::scim {

// 415 for a body that says that it is no JSON, or that it is not in UTF-8. Without a type it is JSON.
Check check_content_type(std::string_view content_type);
// 406 when the field names media types and JSON, which is all we have, is none of them or has q=0.
Check check_accept(std::string_view accept);

}  // namespace rosterd::scim
