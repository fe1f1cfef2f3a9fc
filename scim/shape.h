// What a request looked like without what it said: names of attributes, types and operators, never a value. For what is
// shown to administrators and logged. Pure; the results are short.
#pragma once

#include <string>
#include <string_view>

#include "scim/message.h"

namespace rosterd::scim {

// "/Users/2819c223-…": endpoints and UUIDs stay, everything else is "…".
std::string shape_of_path(std::string_view path);
// `filter=userName eq "…"&count=10`
std::string shape_of_query(std::string_view query);
// `{userName:text,emails:[{value:text}]}`, and of a PATCH `[0] Replace active: text`.
std::string shape_of_body(std::string_view body);
// A refusal's detail without the values of its request that it may repeat.
std::string without_values(std::string_view detail, const Request& request);

}  // namespace rosterd::scim
