// A [[directory]] of the configuration as the directory reader's own options. Pure.
#pragma once

#include "daemon/config/config.h"
#include "ldap/sync.h"

namespace rosterd::setup {

ldap::DirectoryOptions directory_options(const config::Directory& directory);

}  // namespace rosterd::setup
