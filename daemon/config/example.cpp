// The table as text: the example file and the reference.
#include <algorithm>

#include "daemon/config/options.h"
#include "daemon/exit_codes.h"

namespace rosterd::config {
namespace {

void wrapped(std::string& out, std::string_view text, std::string_view first, std::string_view next) {
  std::string line{first};
  bool fresh = true;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    if (!fresh && line.size() + 1 + word.size() > 110) {
      out += line + "\n";
      line = next;
      fresh = true;
    }
    if (!fresh) line += ' ';
    line += word;
    fresh = false;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  out += line + "\n";
}

std::string bounds(const Option& option) {
  const bool open = option.max == std::numeric_limits<std::int64_t>::max();
  if (option.type == Type::integer && !open) return std::to_string(option.min) + " to " + std::to_string(option.max);
  if (option.type == Type::duration && !open) {
    return print_duration(Duration{option.min}) + " to " + print_duration(Duration{option.max});
  }
  if (option.type == Type::size && !open) return print_size(option.min) + " to " + print_size(option.max);
  std::string text;
  for (const std::string& choice : option.choices) text += (text.empty() ? "" : " | ") + choice;
  return text.empty() ? std::string{type_name(option.type)} : text;
}

std::string default_text(const Option& option) {
  if (option.required) return "required";
  return option.fallback.empty() ? "unset" : "default " + std::string{option.fallback};
}

std::string key_of(const Option& option) {
  return std::string{option.name} + (option.type == Type::secret ? "_credential" : "");
}

void option_example(std::string& out, const Option& option) {
  wrapped(out, option.help, "# ", "# ");
  if (!option.cost.empty()) wrapped(out, option.cost, "# Cost: ", "#       ");
  if (option.type == Type::secret) {
    out += "# A systemd credential by name (LoadCredential=), or " + std::string{option.name} +
           "_file = \"/path\" (mode 0600). Never the secret itself.\n";
  }
  out += "# (" + bounds(option) + "; " + default_text(option) +
         (option.takes == Takes::restart ? "; a change needs a restart)\n" : ")\n");
  out += "#" + key_of(option) + " = " + std::string{option.example.empty() ? option.fallback : option.example} + "\n\n";
}

}  // namespace

std::string example_file() {
  std::string out =
      "# rosterd's configuration. Lines that start with \"#\" and a letter are options with their default or an "
      "example;\n"
      "# remove the \"#\" to set one. `rosterd check-config` checks the whole file, `systemctl reload rosterd` applies "
      "it.\n"
      "# Secrets never stand here: they are systemd credentials or files of their own.\n";
  out += "#\n# Exit statuses of the rosterd program:\n";
  for (const Exit exit : all_exits()) {
    const std::string number = std::to_string(to_status(exit));
    out += "#   " + std::string(3 - number.size(), ' ') + number + "  " + std::string{meaning(exit)} + "\n";
  }
  for (const Section& section : sections()) {
    const std::string name{section.name};
    const bool plain = section.shape == Shape::table;
    out += "\n";
    wrapped(out, section.help, "# ", "# ");
    out += (plain                           ? "["
            : section.shape == Shape::array ? "#[["
                                            : "#[") +
           name + (section.shape == Shape::array ? "]]" : "]") + "\n\n";
    for (const Option& option : section.options) option_example(out, option);
    out.pop_back();
  }
  return out;
}

std::string reference() {
  std::string out;
  for (const Section& section : sections()) {
    for (const Option& option : section.options) {
      out += std::string{section.name} + (section.shape == Shape::array ? "[]." : ".") + key_of(option) + " (" +
             bounds(option) + "; " + default_text(option) +
             (option.takes == Takes::restart ? "; restart" : "; reload") + ")\n";
      wrapped(out, option.help, "    ", "    ");
      if (!option.cost.empty()) wrapped(out, option.cost, "    Cost: ", "          ");
    }
  }
  return out;
}

}  // namespace rosterd::config
