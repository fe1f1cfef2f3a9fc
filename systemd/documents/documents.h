// Manual pages and shell completions, written while building from the program's own tables of commands and options.
// Pure functions.
#pragma once

#include <string>

#include "daemon/cli/cli.h"

namespace rosterd::documents {

// rosterd(8) and rosterd.toml(5) in man(7) macros; `date` is YYYY-MM-DD.
std::string commands_page(const cli::Description& program, const std::string& date);
std::string options_page(const std::string& date);

std::string bash(const cli::Description& program);
std::string zsh(const cli::Description& program);
std::string fish(const cli::Description& program);

}  // namespace rosterd::documents
