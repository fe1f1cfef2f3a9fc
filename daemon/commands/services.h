// What a command may use. Filled by the running daemon (calls through the control socket) or by the command line itself
// when no daemon runs; a command cannot tell the difference.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "daemon/config/config.h"
#include "scim/json.h"
#include "store/store.h"

namespace rosterd {
class ScimLog;
}

namespace rosterd::commands {

// What one directory's synchronisation came to.
struct SyncAnswer {
  std::string source;
  std::string failure;      // empty: the reading was complete and the plan ran (or was shown)
  std::string plan_text;    // what changed, or would change, and why
  scim::Json plan;          // the same as data
  std::size_t changes = 0;  // done, or to be done in a dry run
  std::size_t held = 0;     // removals that wait for a decision
};

struct ReleaseAnswer {
  std::string failure;
  std::vector<std::string> released;
  std::vector<std::string> skipped;  // no longer true, by name
  std::size_t waiting = 0;           // the daemon stopped before their turn
};

// One step of a check, for `doctor` and `mail test`.
struct Finding {
  bool good = true;
  std::string subject;
  std::string text;
};

struct Services {
  store::Store& store;
  std::shared_ptr<const config::Config> config;
  std::function<SyncAnswer(const config::Directory&, bool dry_run)> sync;
  std::function<ReleaseAnswer(store::HoldId)> release;
  std::function<std::vector<Finding>(const config::Directory&)> diagnose;
  // Sends a test mail; with an empty recipient only the options are checked.
  std::function<std::vector<Finding>(const std::string& recipient)> test_mail;  // nothing when [mail] is absent
  std::function<std::vector<Finding>()> own_state = {};  // what `doctor` says of this process: certificate, reload
  std::function<std::string()> metrics;                  // the daemon's own; empty where none runs
  std::shared_ptr<const ScimLog> scim_log = nullptr;     // the daemon's own; null where none runs
  store::Actor actor;                                    // for the audit trail: "cli:root"
};

}  // namespace rosterd::commands
