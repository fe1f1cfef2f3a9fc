// One consistent copy of a database into a single file, while others read and write it. Errors: StoreError.
#pragma once

#include <map>
#include <string>

namespace rosterd::store {

using Notes = std::map<std::string, std::string>;

// Copies page by page inside one read transaction, so that no writer waits and none restarts the copy; adds `notes`,
// folds everything into the one file, and checks the whole copy. `to` exists and is empty; the caller syncs it.
void copy_database(const std::string& from, const std::string& to, const Notes& notes);
// The notes of such a copy, after a check of its whole file. Kind::corrupt when it is no copy, or a damaged one.
Notes read_notes(const std::string& path);

inline constexpr const char* kDropNotes = "DROP TABLE backup_notes";

}  // namespace rosterd::store
