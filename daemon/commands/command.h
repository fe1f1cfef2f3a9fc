// Every command of the binary that works on the store, in one table: the command line, the control socket, the help and
// the completeness tests read it. A command is a plain function from arguments to a result; it prints nothing itself.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/commands/services.h"
#include "daemon/exit_codes.h"

namespace rosterd::commands {

struct Parameter {
  // output: an option naming a new file (mode 0600) into which the command line writes the answer's data. The command
  // itself sees only "true": it may run as another user, in a sandbox.
  enum class Type { positional, option, flag, output };
  Type type;
  std::string_view name;  // "PERSON", "source", "dry-run"
  std::string_view help;
  bool required = false;
  std::vector<std::string_view> choices = {};  // all of its values, where they are few: for completion
  std::string_view names_of = {};              // "directory" or "scim": its values are names of such sections
};

// By Parameter::name; a flag that was given holds "true".
using Arguments = std::map<std::string, std::string, std::less<>>;

struct Result {
  Exit exit = Exit::ok;
  scim::Json data;   // what --json prints
  std::string text;  // what a person reads; ends with a line feed
};

struct Command {
  std::string_view name;     // "token create"
  std::string_view help;     // one sentence
  std::string_view example;  // to copy and paste, without the program's name
  bool changes = false;      // must leave an audit row
  std::vector<Parameter> parameters;
  Result (*run)(const Services&, const Arguments&);
  // Instead of `run` (then nullptr): works on the store's files in the caller's own process, whether a daemon runs or
  // not.
  using Here = Result (*)(const config::Config&, const Arguments&, const std::string& caller);
  bool needs_secrets = false;  // passwords of directories or of the mail server, when no daemon runs
  Here here = nullptr;
};

std::span<const Command> table();
const Command* find(std::string_view name);

// Checks the arguments against the table (unknown, missing, over 4 KiB), then runs; a StoreError becomes its exit code.
Result run(const Command&, const Services&, const Arguments&);
Result run_here(const Command&, const config::Config&, const Arguments&, const std::string& caller);

// For the commands themselves.
Result failure(Exit exit, std::string sentence);
Result refusal(const store::Refused&);
std::string argument(const Arguments&, std::string_view name);
bool flag(const Arguments&, std::string_view name);
store::Actor actor(const Services&);

}  // namespace rosterd::commands
