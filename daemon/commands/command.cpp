#include "daemon/commands/command.h"

#include <algorithm>
#include <filesystem>

#include "daemon/commands/text.h"

namespace rosterd::commands {
namespace {

constexpr std::size_t kLongestArgument = 4096;

std::string problem_with(const Command& command, const Arguments& arguments) {
  for (const auto& [name, value] : arguments) {
    const bool known = std::any_of(command.parameters.begin(), command.parameters.end(),
                                   [&](const Parameter& parameter) { return parameter.name == name; });
    if (!known) return "unknown argument: " + printable(name);
    if (value.size() > kLongestArgument) return name + " is longer than 4096 bytes";
  }
  for (const auto& parameter : command.parameters) {
    if (parameter.required && argument(arguments, parameter.name).empty()) {
      return std::string(parameter.name) + " is missing";
    }
  }
  return {};
}

}  // namespace

Result failure(Exit exit, std::string sentence) {
  return {exit, scim::make_object({{"error", sentence}}), sentence + "\n"};
}

Result refusal(const store::Refused& refused) {
  return failure(refused.kind == store::Refusal::not_found ? Exit::not_found : Exit::refused,
                 printable(refused.message));
}

std::string argument(const Arguments& arguments, std::string_view name) {
  const auto found = arguments.find(name);
  return found == arguments.end() ? std::string() : found->second;
}

bool flag(const Arguments& arguments, std::string_view name) {
  return argument(arguments, name) == "true";
}

store::Actor actor(const Services& services) {
  return services.actor;
}

const Command* find(std::string_view name) {
  const auto commands = table();
  const auto found = std::find_if(commands.begin(), commands.end(), [&](const Command& c) { return c.name == name; });
  return found == commands.end() ? nullptr : &*found;
}

Result run(const Command& command, const Services& services, const Arguments& arguments) {
  if (auto problem = problem_with(command, arguments); !problem.empty())
    return failure(Exit::usage, std::move(problem));
  if (!command.run) return failure(Exit::usage, std::string(command.name) + " runs on the command line only");
  try {
    return command.run(services, arguments);
  } catch (const store::StoreError& error) {
    return failure(exit_of(error.kind()), error.what());
  }
}

Result run_here(const Command& command, const config::Config& config, const Arguments& arguments,
                const std::string& caller) {
  if (auto problem = problem_with(command, arguments); !problem.empty())
    return failure(Exit::usage, std::move(problem));
  try {
    return command.here(config, arguments, caller);
  } catch (const store::StoreError& error) {
    return failure(exit_of(error.kind()), error.what());
  } catch (const std::filesystem::filesystem_error& error) {
    return failure(Exit::store_failed, error.what());
  }
}

}  // namespace rosterd::commands
