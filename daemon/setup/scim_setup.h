// From the configuration to what SCIM serves.
#pragma once

#include <memory>

#include "daemon/config/config.h"
#include "scim/catalogue.h"

namespace rosterd::setup {

// The built-in schemas and those of [[schema]] and [[attribute]].
std::shared_ptr<const scim::Catalogue> make_catalogue(const config::Config& config);

}  // namespace rosterd::setup
