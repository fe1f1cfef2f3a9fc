// Random public ids (RFC 9562 version 4).
#pragma once

#include <string>

namespace rosterd::store {

std::string random_uuid();

}  // namespace rosterd::store
