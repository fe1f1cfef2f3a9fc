// What commands need, made from the parts of this process.
#pragma once

#include <memory>
#include <string>

#include "daemon/commands/services.h"
#include "daemon/jobs/directory_jobs.h"

namespace rosterd {

// References must outlive the result.
commands::Services make_services(store::Store& store, std::shared_ptr<const config::Config> config,
                                 jobs::DirectoryJobs& directories, store::Actor actor);

// What `doctor` finds where the store cannot be opened: that, and everything that needs no store.
std::vector<commands::Finding> examine_without_store(const config::Config& config, const std::string& why);

// For a command when no daemon runs: opens the store under its lock. Throws store::StoreError.
class LocalServices {
 public:
  LocalServices(std::shared_ptr<const config::Config> config, const store::Clock& clock, store::Actor actor);
  const commands::Services& services() const { return services_; }

 private:
  std::unique_ptr<store::Store> store_;
  jobs::DirectoryJobs directories_;
  commands::Services services_;
};

}  // namespace rosterd
