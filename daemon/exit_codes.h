// Every exit status of the rosterd program. Scripts and the unit's RestartPreventExitStatus= rely on these numbers.
#pragma once

#include <span>
#include <string_view>

#include "store/outcome.h"

namespace rosterd {

enum class Exit : int {
  ok = 0,
  would_change = 1,        // `sync --check`: a run would change something
  usage = 2,               // unknown command or option, missing argument
  not_found = 3,           // no such person, hold, token, mail or source
  refused = 4,             // the store's rules forbid it (last admin, privileged, address taken, ...)
  held = 5,                // the run went through, but removals over the guard's limit wait for a decision
  directory_failed = 6,    // directory unreachable, answer incomplete or not believable; nobody was removed
  daemon_unreachable = 7,  // the command needs the running daemon, and its control socket does not answer
  store_in_use = 8,        // another process holds the store's lock
  mail_failed = 9,         // `mail test`: the step that failed is printed
  doctor_found = 10,       // `doctor` found something wrong
  audit_broken = 11,       // `audit verify`: a row was changed, removed or added
  store_damaged = 65,      // the database is damaged and not written on, or the backup that should replace it is
  internal = 70,           // a defect or an unexpected condition of the system
  store_failed = 74,       // the store cannot be opened, read or written
  newer_schema = 76,       // the store was written by a newer rosterd; nothing was touched
  denied = 77,             // the caller may not do that (control socket, file permissions)
  configuration = 78,      // the configuration is wrong; each problem is printed with its line and column
};

inline int to_status(Exit code) {
  return static_cast<int>(code);
}

// All of them, in numeric order.
std::span<const Exit> all_exits();

Exit exit_of(store::StoreError::Kind kind);

// One short sentence for help texts and the last line of a failing command.
std::string_view meaning(Exit code);

}  // namespace rosterd
