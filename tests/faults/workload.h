// Writers whose every unit touches many tables, and the accounts that must balance afterwards: whatever was
// acknowledged is there, and no unit is there by half.
#pragma once

#include <array>
#include <atomic>
#include <filesystem>
#include <mutex>
#include <string>
#include <vector>

#include "store/store.h"

namespace rosterd::faults {

// A private directory, removed at the end.
class TempDirectory {
 public:
  TempDirectory();
  ~TempDirectory();
  TempDirectory(const TempDirectory&) = delete;
  TempDirectory& operator=(const TempDirectory&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

class Workload {
 public:
  static constexpr int kWriters = 8;

  // Source, group, rule and one pair of people for each writer, unless they are there.
  static void prepare(store::Store& store);

  // Runs all writers until `stop` or until each has stated `units`. A unit adds a person with membership, grant,
  // invitation and mail, or gives both of the writer's pair the next number. StoreErrors are counted and survived.
  void run(store::Store& store, const std::atomic<bool>& stop, int units);

  // Sentences about what is lost or half applied; empty: all is well.
  std::vector<std::string> problems(store::Store& store) const;

  std::size_t acknowledged() const { return people_.size() + pairs_; }
  std::size_t refused() const { return refused_; }
  bool refused_as(store::StoreError::Kind kind) const { return kinds_[static_cast<std::size_t>(kind)] > 0; }

 private:
  void add_person(store::Store& store, const std::string& name);
  void number_pair(store::Store& store, int writer, int number);
  void writer(store::Store& store, int number, const std::atomic<bool>& stop, int units);

  std::mutex mutex_;
  int round_ = 0;
  std::vector<std::string> people_;
  std::array<int, kWriters> numbers_{};
  std::size_t pairs_ = 0;
  std::size_t refused_ = 0;
  std::array<std::size_t, 16> kinds_{};
};

}  // namespace rosterd::faults
