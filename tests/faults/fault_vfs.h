// A disk that fails on request: a shim over SQLite's own file layer, made the process's default while it lives, so that
// the real store runs on it unchanged. It keeps, for every database and log file, what would survive a power cut: the
// bytes of the last successful sync, and each later write apart. Thread-safe; one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

namespace rosterd::faults {

// What the disk keeps of the writes since a file's last sync.
enum class Survive {
  nothing,  // all dropped
  prefix,   // the first ones, the last of them torn at a sector's border
  some,     // each sector by chance: dropped, reordered, torn
  all,      // as if the cache had been written just in time
};

enum class Fault { full, read, write, sync };

class FaultVfs {
 public:
  FaultVfs();
  ~FaultVfs();
  FaultVfs(const FaultVfs&) = delete;
  FaultVfs& operator=(const FaultVfs&) = delete;

  // Forgets all files, faults and counts. REQUIRES: no file is open.
  void reset();
  // The power goes at the `number`th change (write, truncation, sync) from now on: from then on every call fails.
  void cut_at(std::uint64_t number);
  void cut_now();
  bool is_cut() const;
  // Writes what survived into `to`: database and log, never the shared memory. REQUIRES: is_cut().
  void write_image(const std::filesystem::path& from, const std::filesystem::path& to, Survive survive,
                   std::uint64_t seed) const;
  // A disk that says "synced" and did nothing, of files whose name ends so: shows that a test can fail. Empty: honest.
  void lie_about_sync(std::string file_ends);

  // From the `skip`th matching call on, `times` calls fail. A failed sync also loses the writes it should have kept, as
  // kernels do; full fails only writes that make a file longer.
  void fail(Fault fault, std::uint64_t skip, std::uint64_t times = ~0ull);
  void heal();                    // no fault from now on; a cut stays
  std::uint64_t failed() const;   // calls that a fault has met since reset()
  std::uint64_t changes() const;  // writes, truncations and syncs since reset()
  std::uint64_t syncs() const;

  struct State;

 private:
  std::unique_ptr<State> state_;
};

}  // namespace rosterd::faults
