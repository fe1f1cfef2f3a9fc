// Brings a command to where the store is open.
#pragma once

#include <filesystem>

#include "daemon/commands/command.h"

namespace rosterd::cli {

commands::Result carry(const std::filesystem::path& config_file, const commands::Command&, const commands::Arguments&);

}  // namespace rosterd::cli
