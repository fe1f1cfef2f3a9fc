// `rosterd check-config`: needs neither store nor daemon. Root checks as the user of the store, who is
// the service: this process becomes that user.
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
