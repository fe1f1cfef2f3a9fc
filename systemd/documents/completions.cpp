// Completions that need no shell framework beyond the shell itself. Names of sources are read from the configuration,
// by those who may read it.
#include <functional>

#include "systemd/documents/documents.h"

namespace rosterd::documents {
namespace {

using cli::Description;
using cli::Parameter;

// awk: the `name` of each [[directory]] or [[scim]], as far as it is one: whoever writes the file must not write
// commands for whoever presses Tab, nor words of two lines.
constexpr std::string_view kNames = R"awk('
    /^[[:space:]]*\[/ { inside = ($0 ~ "^[[:space:]]*\\[\\[" section "\\]\\]") }
    inside && /^[[:space:]]*name[[:space:]]*=/ { split($0, part, /["'"'"']/); if (part[2] ~ /^[A-Za-z0-9._:-]+$/) print prefix part[2] }')awk";

std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string{"'\\''"} : std::string(1, c);
  return out + "'";
}

void each_leaf(const Description& command, const std::string& path,
               const std::function<void(const std::string&, const Description&)>& act) {
  for (const auto& sub : command.commands) {
    const std::string name = path.empty() ? sub.name : path + " " + sub.name;
    if (sub.commands.empty()) {
      act(name, sub);
    } else {
      each_leaf(sub, name, act);
    }
  }
}

std::string words(const std::vector<std::string>& all) {
  std::string text;
  for (const auto& word : all) text += (text.empty() ? "" : " ") + word;
  return text;
}

std::vector<std::string> names(const std::vector<Description>& commands) {
  std::vector<std::string> all;
  for (const auto& command : commands) all.push_back(command.name);
  return all;
}

std::vector<std::string> options(const Description& command) {
  std::vector<std::string> all;
  for (const auto& parameter : command.parameters) {
    if (!parameter.positional) all.push_back(parameter.name);
  }
  return all;
}

std::vector<std::string> groups(const Description& program) {
  std::vector<std::string> all;
  for (const auto& command : program.commands) {
    if (!command.commands.empty()) all.push_back(command.name);
  }
  return all;
}

std::string choices(const Parameter& parameter) {
  std::string text;
  for (const auto choice : parameter.choices) text += (text.empty() ? "" : " ") + std::string{choice};
  return text;
}

std::string prefix_of(const Parameter& parameter) {
  return parameter.names_of == "scim" ? "scim:" : "";
}

std::string bash_values(const Description& program) {
  std::string out;
  each_leaf(program, "", [&](const std::string& path, const Description& leaf) {
    for (const auto& parameter : leaf.parameters) {
      if (parameter.positional || !parameter.takes_value) continue;
      out += "    " + quoted(path + " " + parameter.name) + ") ";
      if (!parameter.names_of.empty()) {
        out += "_rosterd_reply " + std::string{parameter.names_of} + " " + quoted(prefix_of(parameter)) + " ;;\n";
      } else {
        out += "COMPREPLY=($(compgen -W " + quoted(choices(parameter)) + " -- \"$cur\")) ;;\n";
      }
    }
  });
  return out;
}

std::string value_options(const Description& command) {
  std::string out;
  for (const auto& parameter : command.parameters) {
    if (!parameter.positional && parameter.takes_value) out += (out.empty() ? "" : "|") + parameter.name;
  }
  for (const auto& sub : command.commands) {
    const std::string more = value_options(sub);
    if (!more.empty()) out += (out.empty() ? "" : "|") + more;
  }
  return out;
}

// _arguments takes [ ] : in descriptions for its own.
std::string zsh_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string zsh_argument(const Parameter& parameter) {
  const std::string help = zsh_text(parameter.help);
  if (parameter.positional) return quoted(":" + help + ":");
  std::string text = parameter.name + "[" + help + "]";
  if (!parameter.takes_value) return quoted(text);
  text += ":value:";
  if (parameter.name == "--config") text += "_files";
  if (!parameter.choices.empty()) text += "(" + choices(parameter) + ")";
  if (!parameter.names_of.empty()) text += "_rosterd_" + std::string{parameter.names_of};
  return quoted(text);
}

std::string zsh_commands(const std::vector<Description>& commands) {
  std::string out;
  for (const auto& command : commands) out += " " + quoted(command.name + ":" + zsh_text(command.help));
  return out;
}

std::string fish_option(const std::string& condition, const Parameter& parameter) {
  std::string line =
      "complete -c rosterd" + condition + " -l " + parameter.name.substr(2) + " -d " + quoted(parameter.help);
  if (!parameter.takes_value) return line + "\n";
  if (parameter.name == "--config") return line + " -r -F\n";
  line += " -x";
  if (!parameter.choices.empty()) line += " -a " + quoted(choices(parameter));
  if (!parameter.names_of.empty())
    line += " -a " +
            quoted("(__rosterd_names " + std::string{parameter.names_of} + " " + quoted(prefix_of(parameter)) + ")");
  return line + "\n";
}

}  // namespace

std::string bash(const Description& program) {
  std::string out =
      "# bash completion for rosterd                              -*- shell-script -*-\n\n_rosterd_names() {\n"
      "  awk -v section=\"$1\" -v prefix=\"$3\" " +
      std::string{kNames} +
      " \"$2\" 2>/dev/null\n}\n\n"
      "# compgen -W would expand what it reads once more.\n"
      "_rosterd_reply() {\n"
      "  local -a names\n  local name\n"
      "  mapfile -t names < <(_rosterd_names \"$1\" \"$config\" \"$2\")\n"
      "  for name in \"${names[@]}\"; do if [[ $name == \"$cur\"* ]]; then COMPREPLY+=(\"$name\"); fi; done\n"
      "}\n\n_rosterd() {\n"
      "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
      "  local config=/etc/rosterd/rosterd.toml command= word i j\n"
      "  local IFS=$' \\t\\n'\n  local -a line=()\n"
      "  # Bash takes scim:entra for three words.\n"
      "  for ((i = 0; i <= COMP_CWORD; i++)); do\n"
      "    word=${COMP_WORDS[i]} j=${#line[@]}\n"
      "    if ((i > 0 && j > 0)) && [[ $word == : || ${line[j-1]} == *: ]]; then line[j-1]+=$word; else "
      "line+=(\"$word\"); fi\n"
      "  done\n"
      "  cur=${line[${#line[@]}-1]} prev=${line[${#line[@]}-2]} COMPREPLY=()\n"
      "  for ((i = 1; i < ${#line[@]} - 1; i++)); do\n"
      "    case ${line[i]} in\n"
      "      --config) config=${line[i+1]}; ((i++)) ;;\n"
      "      " +
      value_options(program) +
      ") ((i++)) ;;\n"
      "      -*) ;;\n"
      "      *) case $command in\n"
      "           '') command=${line[i]} ;;\n";
  std::string all_groups;
  for (const auto& group : groups(program)) all_groups += (all_groups.empty() ? "" : "|") + group;
  out += "           " + all_groups +
         ") command+=\" ${line[i]}\" ;;\n         esac ;;\n    esac\n  done\n"
         "  if [[ $prev == --config ]]; then COMPREPLY=($(compgen -f -- \"$cur\")); return; fi\n"
         "  case \"$command $prev\" in\n" +
         bash_values(program) +
         "    *)\n      case $command in\n"
         "        '') COMPREPLY=($(compgen -W " +
         quoted(words(names(program.commands)) + " " + words(options(program))) + " -- \"$cur\")) ;;\n";
  for (const auto& group : program.commands) {
    if (!group.commands.empty())
      out += "        " + group.name + ") COMPREPLY=($(compgen -W " + quoted(words(names(group.commands)) + " --help") +
             " -- \"$cur\")) ;;\n";
  }
  each_leaf(program, "", [&](const std::string& path, const Description& leaf) {
    out += "        " + quoted(path) + ") COMPREPLY=($(compgen -W " +
           quoted(words(options(leaf)) + " --config --json") + " -- \"$cur\")) ;;\n";
  });
  return out +
         "      esac ;;\n  esac\n"
         "  # What stands before the last colon is on the line already.\n"
         "  if [[ $cur == *:* && $COMP_WORDBREAKS == *:* ]]; then "
         "COMPREPLY=(\"${COMPREPLY[@]#\"${cur%\"${cur##*:}\"}\"}\"); fi\n"
         "} &&\n  complete -F _rosterd rosterd\n";
}

std::string zsh(const Description& program) {
  std::string globals;
  for (const auto& parameter : program.parameters) {
    if (parameter.name == "--config" || parameter.name == "--json") globals += " " + zsh_argument(parameter);
  }
  std::string out = "#compdef rosterd\n\n_rosterd_names() {\n  awk -v section=\"$1\" -v prefix=\"$3\" " +
                    std::string{kNames} +
                    " \"$2\" 2>/dev/null\n}\n"
                    "_rosterd_directory() { compadd -- ${(f)\"$(_rosterd_names directory $config)\"} }\n"
                    "_rosterd_scim() { compadd -- ${(f)\"$(_rosterd_names scim $config scim:)\"} }\n\n_rosterd() {\n"
                    "  local config=/etc/rosterd/rosterd.toml command=\n  local -i i used=1\n"
                    "  for ((i = 2; i < CURRENT; i++)); do\n    case $words[i] in\n"
                    "      --config) config=$words[i+1]; ((i++)) ;;\n      -*) ;;\n"
                    "      *) command+=\"${command:+ }$words[i]\"; used=$i\n"
                    "         case $command in\n";
  std::string all_groups;
  for (const auto& group : groups(program)) all_groups += (all_groups.empty() ? "" : "|") + group;
  out += "           " + all_groups +
         ") ;;\n           *) break ;;\n         esac ;;\n    esac\n  done\n"
         "  local -a commands\n  case $command in\n    '')\n      commands=(" +
         zsh_commands(program.commands) + ")\n      _describe command commands\n      _arguments";
  for (const auto& parameter : program.parameters) out += " " + zsh_argument(parameter);
  out += " ;;\n";
  for (const auto& group : program.commands) {
    if (!group.commands.empty())
      out += "    " + group.name + ")\n      commands=(" + zsh_commands(group.commands) +
             ")\n      _describe command commands ;;\n";
  }
  each_leaf(program, "", [&](const std::string& path, const Description& leaf) {
    out += "    " + quoted(path) +
           ")\n      words=($words[1] ${words[used+1,-1]}) CURRENT=$((CURRENT - used + 1))\n      _arguments" + globals;
    for (const auto& parameter : leaf.parameters) out += " \\\n        " + zsh_argument(parameter);
    out += " ;;\n";
  });
  return out + "  esac\n}\n\n_rosterd \"$@\"\n";
}

std::string fish(const Description& program) {
  std::string out =
      "# fish completion for rosterd\n\nfunction __rosterd_names\n"
      "    set -l config /etc/rosterd/rosterd.toml\n    set -l line (commandline -opc)\n"
      "    if set -l at (contains -i -- --config $line)\n        set config $line[(math $at + 1)]\n    end\n"
      "    awk -v section=$argv[1] -v prefix=$argv[2] " +
      std::string{kNames} + " $config 2>/dev/null\nend\n\ncomplete -c rosterd -f\n";
  const std::string any = words(names(program.commands));
  for (const auto& parameter : program.parameters) out += fish_option("", parameter);
  for (const auto& command : program.commands) {
    out += "complete -c rosterd -n " + quoted("not __fish_seen_subcommand_from " + any) + " -a " + command.name +
           " -d " + quoted(command.help) + "\n";
    const std::string seen = "__fish_seen_subcommand_from " + command.name;
    for (const auto& sub : command.commands) {
      out += "complete -c rosterd -n " +
             quoted(seen + "; and not __fish_seen_subcommand_from " + words(names(command.commands))) + " -a " +
             sub.name + " -d " + quoted(sub.help) + "\n";
      for (const auto& parameter : sub.parameters) {
        if (!parameter.positional && parameter.name != "--help")
          out += fish_option(" -n " + quoted(seen + "; and __fish_seen_subcommand_from " + sub.name), parameter);
      }
    }
    for (const auto& parameter : command.parameters) {
      if (!parameter.positional && parameter.name != "--help") out += fish_option(" -n " + quoted(seen), parameter);
    }
  }
  return out;
}

}  // namespace rosterd::documents
