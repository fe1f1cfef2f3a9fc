// What doctor looks at.
#pragma once

#include <vector>

#include "daemon/commands/services.h"

namespace rosterd::commands {

std::vector<Finding> examine(const Services&);

}  // namespace rosterd::commands
