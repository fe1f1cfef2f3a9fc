// A command of root opens the store as the user to whom it belongs.
#pragma once

#include <filesystem>
#include <string>

namespace rosterd::cli {

// When root runs this and `directory` belongs to another user: this process becomes that user for good, all threads.
// So no file of root's stays behind that the daemon cannot open, and what that user may have put there (links) reaches
// no further than he does. Returns what went wrong; empty: done, nothing to do, or no such directory.
[[nodiscard]] std::string become_owner_of(const std::filesystem::path& directory);

// The same, and where there is no store yet: the user `rosterd`, if there is one, to whom it is going to belong.
[[nodiscard]] std::string become_service_of(const std::filesystem::path& directory);

}  // namespace rosterd::cli
