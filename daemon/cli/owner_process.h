// Work on the store's files with the rights of the store's owner, while the caller keeps his own.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

namespace rosterd::cli {

// Runs `work` in a child process that first becomes the owner of `directory` (store_owner.h), and returns what it
// returned. The child has the open files of the caller. Only while there is one thread. Throws StoreError: that of
// `work`, or Kind::internal when the child ended otherwise.
std::string run_as_owner_of(const std::filesystem::path& directory, const std::function<std::string()>& work);

}  // namespace rosterd::cli
