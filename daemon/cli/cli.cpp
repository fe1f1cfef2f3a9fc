#include "daemon/cli/cli.h"

#include <CLI/CLI.hpp>
#include <iostream>

#include "daemon/cli/carrier.h"
#include "daemon/cli/check_config.h"
#include "daemon/cli/output_file.h"
#include "daemon/commands/command.h"
#include "daemon/runtime.h"

namespace rosterd::cli {
namespace {

struct Globals {
  std::string config = "/etc/rosterd/rosterd.toml";
  bool json = false;
};

// What CLI11 writes into: one per command, filled while parsing.
struct Bound {
  const commands::Command* command;
  CLI::App* app;
  std::map<std::string_view, std::string> texts;
  std::map<std::string_view, bool> flags;
  std::string output = {};  // the file of a Parameter::Type::output
  std::string_view output_name = {};

  commands::Arguments arguments() const {
    commands::Arguments out;
    for (const auto& [name, value] : texts) {
      if (!value.empty()) out.emplace(name, value);
    }
    for (const auto& [name, given] : flags) {
      if (given) out.emplace(name, "true");
    }
    if (!output.empty()) out.emplace(output_name, "true");
    return out;
  }
};

std::string group_help(const std::string& group) {
  if (group == "holds") return "Removals that wait for a decision.";
  if (group == "token") return "Bearer tokens of identity providers.";
  if (group == "mail") return "The outbox.";
  if (group == "user") return "People.";
  if (group == "audit") return "The audit trail.";
  return "The administrators of this installation.";
}

std::string exit_statuses() {
  std::string out = "Exit statuses:\n";
  for (const auto code : all_exits()) {
    const auto number = std::to_string(to_status(code));
    out += "  " + number + std::string(4 - number.size(), ' ') + std::string(meaning(code)) + "\n";
  }
  return out;
}

// "token create" lies below "token"; the group is made on first use.
CLI::App* place(CLI::App& app, std::string_view name) {
  const auto space = name.find(' ');
  if (space == std::string_view::npos) return &app;
  const std::string group(name.substr(0, space));
  for (auto* known : app.get_subcommands([&](CLI::App* sub) { return sub->get_name() == group; })) return known;
  auto* made = app.add_subcommand(group, group_help(group));
  made->footer("Each has an example: rosterd " + group + " COMMAND --help");
  made->require_subcommand(1);
  made->fallthrough();
  return made;
}

void add_parameters(CLI::App& app, Bound& bound) {
  for (const auto& parameter : bound.command->parameters) {
    const std::string name(parameter.name), help(parameter.help);
    CLI::Option* option = nullptr;
    switch (parameter.type) {
      case commands::Parameter::Type::flag:
        option = app.add_flag("--" + name, bound.flags[parameter.name], help);
        break;
      case commands::Parameter::Type::option:
        option = app.add_option("--" + name, bound.texts[parameter.name], help);
        break;
      case commands::Parameter::Type::output:
        option = app.add_option("--" + name, bound.output, help)->type_name("FILE");
        bound.output_name = parameter.name;
        break;
      case commands::Parameter::Type::positional:
        option = app.add_option(name, bound.texts[parameter.name], help);
        break;
    }
    if (parameter.required) option->required();
  }
}

void add_commands(CLI::App& app, std::vector<std::unique_ptr<Bound>>& bound) {
  for (const auto& command : commands::table()) {
    const auto leaf = command.name.substr(command.name.rfind(' ') + 1);
    auto* sub = place(app, command.name)->add_subcommand(std::string(leaf), std::string(command.help));
    sub->fallthrough();
    sub->footer("Example:\n  rosterd " + std::string(command.example));
    bound.push_back(std::make_unique<Bound>(Bound{&command, sub, {}, {}, {}, {}}));
    add_parameters(*sub, *bound.back());
  }
}

int print(const commands::Result& result, bool json) {
  if (json) {
    std::cout << scim::write_json(result.data) << "\n";
  } else if (result.data.find("error")) {
    std::cerr << "rosterd: " << result.text;
  } else {
    std::cout << result.text;
  }
  std::cout.flush();
  return std::cout.good() ? to_status(result.exit) : to_status(Exit::internal);
}

// What the command says is worth having, even where its file cannot be made.
int run_without_file(const Globals& globals, const Bound& bound, const std::string& problem) {
  auto arguments = bound.arguments();
  arguments.erase(std::string(bound.output_name));
  const auto result = carry(globals.config, *bound.command, arguments);
  print(result, globals.json);
  std::cerr << "rosterd: the file was not written: " << problem << "; name a new file in a folder that is there\n";
  return to_status(result.data.find("error") ? result.exit : Exit::denied);
}

int run_command(const Globals& globals, const Bound& bound) {
  if (bound.output.empty()) return print(carry(globals.config, *bound.command, bound.arguments()), globals.json);
  OutputFile file(bound.output);
  if (!file.problem().empty()) return run_without_file(globals, bound, file.problem());
  auto result = carry(globals.config, *bound.command, bound.arguments());
  if (!result.data.find("error")) {
    if (file.write(result.data)) {
      result.data = scim::make_object({{"file", bound.output}});
      result.text += "written: " + bound.output + "\n";
    } else {
      result = commands::failure(Exit::internal, file.problem());
    }
  }
  return print(result, globals.json);
}

struct Program {
  CLI::App app{"SCIM 2.0 and LDAP provisioning bridge.", "rosterd"};
  Globals globals;
  bool example = false;
  CLI::App* daemon = nullptr;
  CLI::App* check = nullptr;
  std::vector<std::unique_ptr<Bound>> bound;

  Program();
};

Program::Program() {
  app.set_version_flag("--version", "rosterd " ROSTERD_VERSION);
  app.add_option("--config", globals.config, "the configuration file")->capture_default_str();
  app.add_flag("--json", globals.json, "print data as JSON");
  app.require_subcommand(1);
  app.fallthrough();
  app.footer(exit_statuses() + "\nExample:\n  rosterd sync --dry-run --config /etc/rosterd/rosterd.toml");

  daemon = app.add_subcommand("run", "Run the daemon in the foreground, as the systemd unit does.");
  daemon->footer("Example:\n  rosterd run --config /etc/rosterd/rosterd.toml");
  daemon->fallthrough();
  check = app.add_subcommand("check-config", "Check the configuration file; print every problem with line and column.");
  check->footer(
      "Example:\n  rosterd check-config --config /etc/rosterd/rosterd.toml\n  rosterd check-config --example > "
      "rosterd.toml");
  check->fallthrough();
  check->add_flag("--example", example, "print a commented example file with every option instead");
  add_commands(app, bound);
}

Parameter describe(const CLI::Option& option, const commands::Command* command) {
  Parameter made{.name = option.get_name(),
                 .help = option.get_description(),
                 .takes_value = option.get_expected_max() > 0,
                 .positional = option.get_positional(),
                 .required = option.get_required()};
  if (command == nullptr) return made;
  for (const auto& parameter : command->parameters) {
    if (made.name != parameter.name && made.name != "--" + std::string{parameter.name}) continue;
    made.choices = parameter.choices;
    made.names_of = parameter.names_of;
  }
  return made;
}

Description describe(const CLI::App& app, const std::string& path) {
  Description made{app.get_name(), app.get_description(), app.get_footer(), {}, {}};
  for (const auto* option : app.get_options()) made.parameters.push_back(describe(*option, commands::find(path)));
  for (const auto* sub : app.get_subcommands([](const CLI::App*) { return true; })) {
    made.commands.push_back(describe(*sub, path.empty() ? sub->get_name() : path + " " + sub->get_name()));
  }
  return made;
}

}  // namespace

int run(int argc, const char* const* argv) {
  Program program;
  try {
    program.app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return program.app.exit(error) == 0 ? to_status(Exit::ok) : to_status(Exit::usage);
  }
  const Globals& globals = program.globals;
  if (*program.daemon) return to_status(run_daemon(globals.config));
  if (*program.check) return program.example ? print_example() : check_config(globals.config, globals.json);
  for (const auto& one : program.bound) {
    if (*one->app) return run_command(globals, *one);
  }
  return to_status(Exit::usage);
}

Description describe() {
  return describe(Program{}.app, "");
}

}  // namespace rosterd::cli
