#include "daemon/cli/carrier.h"

#include <pwd.h>
#include <unistd.h>

#include <iostream>

#include "daemon/cli/check_config.h"
#include "daemon/cli/store_owner.h"
#include "daemon/commands/examine.h"
#include "daemon/config/load.h"
#include "daemon/control/client.h"
#include "daemon/services.h"
#include "store/sources.h"

namespace rosterd::cli {
namespace {

std::string caller() {
  const auto* entry = getpwuid(geteuid());
  return "cli:" + (entry ? std::string(entry->pw_name) : std::to_string(geteuid()));
}

commands::Result here(const std::filesystem::path& file, const commands::Command& command,
                      const commands::Arguments& arguments) {
  auto options = config::LoadOptions::from_environment();
  options.read_secrets = command.needs_secrets;
  const auto loaded = config::load(file, options);
  if (!loaded.config) return commands::failure(Exit::configuration, problems_text(loaded, file));
  const std::string who = caller();
  if (const auto problem = become_owner_of(loaded.config->store.directory); !problem.empty()) {
    return commands::failure(Exit::store_failed, problem);
  }
  try {
    const store::SystemClock clock;
    LocalServices local(loaded.config, clock, {store::kLocal, who});
    return commands::run(command, local.services(), arguments);
  } catch (const store::StoreError& error) {
    if (error.kind() == store::StoreError::Kind::locked_by_other) {
      return commands::failure(Exit::daemon_unreachable, "another rosterd has the store open, but nobody answers at " +
                                                             loaded.config->control.socket.string());
    }
    if (command.name == "doctor")
      return commands::told_without_store(*loaded.config, examine_without_store(*loaded.config, error.what()),
                                          arguments);
    return commands::failure(exit_of(error.kind()), error.what());
  }
}

}  // namespace

commands::Result carry(const std::filesystem::path& config_file, const commands::Command& command,
                       const commands::Arguments& arguments) {
  // The daemon has the secrets; a caller who only talks to it needs none.
  const auto loaded = config::load(config_file, {.credentials_directory = {}, .read_secrets = false});
  if (command.here && loaded.config) return commands::run_here(command, *loaded.config, arguments, caller());
  if (command.here || loaded.control_socket.empty())
    return commands::failure(Exit::configuration, problems_text(loaded, config_file));
  auto answer = control::call(loaded.control_socket, command.name, arguments);
  if (auto* result = std::get_if<commands::Result>(&answer)) {
    // A file that was broken while the daemon runs must not stop an urgent command: the daemon goes on with the old
    // one.
    if (!loaded.config)
      std::cerr << problems_text(loaded, config_file) << "The daemon runs on an older configuration.\n";
    return std::move(*result);
  }
  if (!loaded.config) return commands::failure(Exit::configuration, problems_text(loaded, config_file));
  if (const auto* failed = std::get_if<control::Failed>(&answer)) {
    return commands::failure(failed->denied ? Exit::denied : Exit::daemon_unreachable, failed->why);
  }
  return here(config_file, command, arguments);
}

}  // namespace rosterd::cli
