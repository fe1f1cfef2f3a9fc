// What stands around the tables: it must stay true by hand, and is therefore short.
#include "daemon/config/options.h"
#include "daemon/exit_codes.h"
#include "systemd/documents/documents.h"
#include "systemd/documents/roff.h"

namespace rosterd::documents {
namespace {

std::string term_of(const cli::Parameter& parameter) {
  if (parameter.positional || !parameter.takes_value) return parameter.name;
  std::string value = parameter.name.substr(2);
  for (char& c : value) c = c == '-' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  return parameter.name + " " + value;
}

bool is_help(const cli::Parameter& parameter) {
  return parameter.name == "--help";
}

std::string synopsis(const std::string& path, const cli::Description& command) {
  std::string line = path;
  for (const auto& parameter : command.parameters) {
    if (is_help(parameter)) continue;
    const std::string term = term_of(parameter);
    line += parameter.required ? " " + term : " [" + term + "]";
  }
  return line;
}

// "Example:\n  rosterd sync\n  rosterd ..." without its first line.
std::string examples(const std::string& footer) {
  const auto begin = footer.find("Example:\n");
  return begin == std::string::npos ? "" : footer.substr(begin + 9);
}

void commands(Page& page, const cli::Description& command, const std::string& path) {
  for (const auto& sub : command.commands) {
    const std::string name = path.empty() ? sub.name : path + " " + sub.name;
    if (!sub.commands.empty()) {
      commands(page, sub, name);
      continue;
    }
    page.part(synopsis(name, sub)).text(sub.help);
    for (const auto& parameter : sub.parameters) {
      if (!is_help(parameter)) page.item(term_of(parameter)).text(parameter.help);
    }
    if (const auto shown = examples(sub.footer); !shown.empty()) page.example(shown);
  }
}

void signals(Page& page) {
  page.chapter("SIGNALS")
      .item("SIGHUP")
      .text(
          "Reads the configuration again. A wrong one is refused, told in the log and in the unit's status, and the "
          "old one goes on.")
      .item("SIGTERM, SIGINT")
      .text("Finishes the requests that were begun, then ends.");
}

void files(Page& page) {
  page.chapter("FILES")
      .item("/etc/rosterd/rosterd.toml")
      .text("The configuration, see rosterd.toml(5).")
      .item("/var/lib/rosterd")
      .text("The store. Members of the group rosterd may read its documented views.")
      .item("/etc/credstore")
      .text("Secrets that systemd passes to the service as credentials, by the names in the unit's LoadCredential=.");
}

std::string bounds_of(const config::Option& option) {
  std::string text = std::string{config::type_name(option.type)};
  if (!option.choices.empty()) {
    text = "one of";
    for (const auto& choice : option.choices) text += " \"" + choice + "\"";
  } else if (option.max != std::numeric_limits<std::int64_t>::max()) {
    if (option.type == config::Type::integer)
      text += " from " + std::to_string(option.min) + " to " + std::to_string(option.max);
    if (option.type == config::Type::duration)
      text += " from " + config::print_duration(config::Duration{option.min}) + " to " +
              config::print_duration(config::Duration{option.max});
    if (option.type == config::Type::size)
      text += " from " + config::print_size(option.min) + " to " + config::print_size(option.max);
  }
  return text;
}

void option_item(Page& page, const config::Option& option) {
  std::string name{option.name};
  if (option.type == config::Type::secret) name = name + "_file, " + name + "_credential";
  std::string facts = "Takes " + bounds_of(option) + "; ";
  if (option.required) {
    facts += "required.";
  } else {
    facts += option.fallback.empty() ? "unset by default." : "the default is " + std::string{option.fallback} + ".";
  }
  if (option.takes == config::Takes::restart) facts += " A change needs a restart.";
  page.item(name).text(option.help).more(facts);
  if (option.type == config::Type::secret)
    page.more(
        "The path of a file that nobody else can read, or the name of a systemd credential. Never the secret itself.");
  if (!option.cost.empty()) page.more("Cost: " + std::string{option.cost});
}

std::string title(const config::Section& section) {
  const std::string name{section.name};
  return section.shape == config::Shape::array ? "[[" + name + "]]" : "[" + name + "]";
}

}  // namespace

std::string commands_page(const cli::Description& program, const std::string& date) {
  Page page("ROSTERD", 8, date, "System Administration");
  page.chapter("NAME").raw("rosterd \\- SCIM 2.0 and LDAP provisioning bridge\n");
  page.chapter("SYNOPSIS").raw("\\fBrosterd\\fR [\\fIOPTIONS\\fR] \\fICOMMAND\\fR [\\fIARGUMENTS\\fR]\n");
  page.chapter("DESCRIPTION")
      .text(
          "Keeps an organisation's local users, clients, roles and projects in line with its identity providers (SCIM "
          "2.0) and directories (LDAP). "
          "The daemon runs as the systemd service rosterd.service.")
      .raw(".PP\n")
      .text(
          "Commands talk to the running daemon over its control socket, or open the store themselves when no daemon "
          "runs. "
          "Options may stand before or after the command.");
  page.chapter("OPTIONS");
  for (const auto& parameter : program.parameters) page.item(term_of(parameter)).text(parameter.help);
  page.chapter("COMMANDS");
  commands(page, program, "");
  signals(page);
  page.chapter("EXIT STATUS");
  for (const Exit exit : all_exits()) page.item(std::to_string(to_status(exit))).text(meaning(exit));
  files(page);
  page.chapter("SEE ALSO").raw(".BR rosterd.toml (5),\n.BR systemctl (1)\n");
  return page.take();
}

std::string options_page(const std::string& date) {
  Page page("ROSTERD.TOML", 5, date, "File Formats");
  page.chapter("NAME").raw("rosterd.toml \\- configuration of rosterd\n");
  page.chapter("SYNOPSIS").text("/etc/rosterd/rosterd.toml");
  page.chapter("DESCRIPTION")
      .text(
          "A TOML file. Sections in double brackets may appear several times. An unknown section or option is an "
          "error. "
          "\"rosterd check-config\" checks the whole file and prints every problem with its line and column; "
          "\"rosterd check-config --example\" prints a commented example. \"systemctl reload rosterd\" applies a "
          "changed file.");
  page.chapter("OPTIONS");
  for (const config::Section& section : config::sections()) {
    page.part(title(section)).text(section.help);
    for (const auto& option : section.options) option_item(page, option);
  }
  page.chapter("SEE ALSO").raw(".BR rosterd (8)\n");
  return page.take();
}

}  // namespace rosterd::documents
