// Synchronisations of directories, and releases of any source's holds: one run at a time per source, whoever asks
// (schedule, command), each told to logs and metrics. Thread-safe.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>

#include "daemon/commands/services.h"
#include "daemon/metrics/metrics.h"

namespace rosterd::ldap {
struct SyncResult;
}

namespace rosterd::jobs {

class DirectoryJobs {
 public:
  // `store` and `metrics` must outlive it; metrics may be null (a command without a daemon).
  DirectoryJobs(store::Store& store, metrics::Metrics* metrics) : store_(store), metrics_(metrics) {}

  // Waits for a run of the same directory to end. What follows from it in the store (work queue) is done when it
  // returns; after `stop`, housekeeping does the rest.
  commands::SyncAnswer sync(const config::Directory& directory, bool dry_run, std::stop_token stop = {});
  commands::ReleaseAnswer release(store::HoldId hold, const store::Actor& actor, std::stop_token stop = {});
  static std::vector<commands::Finding> diagnose(const config::Directory& directory);

 private:
  void report(const commands::SyncAnswer&, const ldap::SyncResult&, double seconds, bool dry_run);
  std::shared_ptr<std::mutex> turn_of(const std::string& source);

  store::Store& store_;
  metrics::Metrics* metrics_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<std::mutex>> turns_;
};

}  // namespace rosterd::jobs
