// The command line's side of the control socket. One call, one connection.
#pragma once

#include <filesystem>
#include <string>
#include <variant>

#include "daemon/commands/command.h"

namespace rosterd::control {

struct NotRunning {
  std::string why;
};
struct Failed {
  std::string why;
  bool denied = false;
};

// Runs the command in the daemon that listens on `socket`. Waits as long as the command takes.
std::variant<commands::Result, NotRunning, Failed> call(const std::filesystem::path& socket, std::string_view command,
                                                        const commands::Arguments& arguments);

}  // namespace rosterd::control
