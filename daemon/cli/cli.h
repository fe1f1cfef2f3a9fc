// The command line. Every command but `run` and `check-config` comes from commands::table(); it is carried to the
// running daemon by the control socket, or, when no daemon runs, done here under the store's exclusive lock.
#pragma once

namespace rosterd::cli {

// Returns the process's exit status (exit_codes.h). Writes results to stdout, problems to stderr.
int run(int argc, const char* const* argv);

}  // namespace rosterd::cli
