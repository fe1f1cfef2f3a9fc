// The command line. Every command but `run` and `check-config` comes from commands::table(); it is carried to the
// running daemon by the control socket, or, when no daemon runs, done here under the store's exclusive lock.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rosterd::cli {

// Returns the process's exit status (exit_codes.h). Writes results to stdout, problems to stderr.
int run(int argc, const char* const* argv);

struct Parameter {
  std::string name;  // "--source", "PERSON"
  std::string help;
  bool takes_value = false;  // an option with a value; positionals too
  bool positional = false;
  bool required = false;
  std::vector<std::string_view> choices = {};  // all of its values, if they are few
  std::string_view names_of = {};              // "directory" or "scim": its values are names in the configuration
};

struct Description {
  std::string name;  // "create"; of the whole: "rosterd"
  std::string help;
  std::string footer;  // examples
  std::vector<Parameter> parameters;
  std::vector<Description> commands;
};

// The command line as run() takes it apart, for manual pages and completions.
Description describe();

}  // namespace rosterd::cli
