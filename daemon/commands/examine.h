// What doctor looks at.
#pragma once

#include <vector>

#include "daemon/commands/command.h"
#include "daemon/commands/services.h"

namespace rosterd::commands {

std::vector<Finding> examine(const Services&);
Result told(const std::vector<Finding>&);  // as text and data

}  // namespace rosterd::commands
