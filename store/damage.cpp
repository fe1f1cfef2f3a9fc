#include "store/damage.h"

#include <filesystem>
#include <fstream>

#include "store/file.h"
#include "store/outcome.h"

namespace rosterd::store {
namespace {

std::string first_line(const std::string& path) {
  std::ifstream in(path);
  std::string line;
  std::getline(in, line);
  return line;
}

}  // namespace

Damage::Damage(std::string directory) : directory_(std::move(directory)) {
  if (std::filesystem::exists(directory_ + "/" + kRestoreMark))
    throw StoreError(StoreError::Kind::corrupt,
                     "store: a restore into " + directory_ + " was cut off; run `rosterd restore FILE` once more");
  const std::string path = directory_ + "/" + kDamageFile;
  if (std::filesystem::exists(path))
    throw StoreError(StoreError::Kind::corrupt, "store: the database is damaged (" + first_line(path) +
                                                    "); restore a backup with `rosterd restore FILE`, or remove " +
                                                    path + " when the disk was at fault and is well again");
}

void Damage::note(const std::string& what) {
  std::lock_guard lock(mutex_);
  if (!text_.empty()) return;
  text_ = what;
  std::ofstream(directory_ + "/" + kDamageFile) << what << "\n";
  try {
    sync_directory(directory_);
  } catch (const StoreError&) {
    // The disk may be what is damaged: then the next start finds out again by itself.
  }
}

std::string Damage::text() const {
  std::lock_guard lock(mutex_);
  return text_;
}

void Damage::refuse() const {
  if (const std::string what = text(); !what.empty())
    throw StoreError(StoreError::Kind::corrupt, "store: the database is damaged: " + what);
}

}  // namespace rosterd::store
