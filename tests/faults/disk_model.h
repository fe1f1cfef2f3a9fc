// One file as a disk sees it: what the last sync made durable, and the changes since.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "tests/faults/fault_vfs.h"

namespace rosterd::faults {

class DiskFile {
 public:
  explicit DiskFile(std::string durable) : durable_(std::move(durable)) {}
  void write(std::int64_t at, std::string_view bytes);
  void truncate(std::int64_t size);
  void sync();  // all changes become durable
  void lose();  // a failed sync: the changes are gone from the cache, and nobody will write them again
  // The bytes after a power cut.
  std::string survivors(Survive survive, std::mt19937_64& chance) const;

 private:
  struct Change {
    std::int64_t at;
    std::string bytes;
    bool cuts;  // truncation to `at`
  };
  static void apply(std::string& to, const Change& change);
  static void apply_some(std::string& to, const Change& change, std::mt19937_64& chance);

  std::string durable_;
  std::vector<Change> pending_;
};

}  // namespace rosterd::faults
