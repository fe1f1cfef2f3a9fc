// `rosterd check-config`: needs neither store nor daemon.
#pragma once

#include <filesystem>
#include <string>

#include "daemon/config/load.h"

namespace rosterd::cli {

int check_config(const std::filesystem::path& file, bool json);
int print_example();

// One line for each problem, as every command prints them.
std::string problems_text(const config::LoadResult& loaded, const std::filesystem::path& file);

}  // namespace rosterd::cli
