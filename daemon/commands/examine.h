// What doctor looks at.
#pragma once

#include <vector>

#include "daemon/commands/command.h"
#include "daemon/commands/services.h"

namespace rosterd::commands {

std::vector<Finding> examine(const Services&);
Result told(const std::vector<Finding>&);  // as text and data
// The same command's result where the store cannot be opened: findings, and with --bundle what is left of the bundle.
Result told_without_store(const config::Config&, const std::vector<Finding>&, const Arguments&);

}  // namespace rosterd::commands
