#include "daemon/config/reader.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

namespace rosterd::config {
namespace {

const toml::table& no_keys() {
  static const toml::table empty;
  return empty;
}

std::vector<std::string> keys_of(const Section& section) {
  std::vector<std::string> keys;
  for (const Option& option : section.options) {
    const std::string name{option.name};
    if (option.type == Type::secret) {
      keys.insert(keys.end(), {name + "_file", name + "_credential"});
    } else {
      keys.push_back(name);
    }
  }
  return keys;
}

class Reader {
 public:
  Reader(const LoadOptions& options, Reading& reading) : options_(options), reading_(reading) {}

  void document(const toml::table& document) {
    unknown_sections(document);
    for (const Section& section : sections()) {
      const toml::node* node = document.get(section.name);
      if (section.shape == Shape::array) {
        array(section, node);
      } else if (node != nullptr && !node->is_table()) {
        report(position_of(node->source()), std::string{section.name},
               node->is_array_of_tables()
                   ? "is one table; write [" + std::string{section.name} + "]"
                   : "is a section; write [" + std::string{section.name} + "] on a line of its own");
      } else if (node != nullptr || section.shape == Shape::table) {
        table(section, std::string{section.name}, node == nullptr ? no_keys() : *node->as_table());
      }
    }
  }

 private:
  void report(Position at, std::string option, std::string message) {
    reading_.problems.push_back({at.line, at.column, std::move(option), std::move(message)});
  }

  void unknown_sections(const toml::table& document) {
    std::vector<std::string> names;
    for (const Section& section : sections()) names.emplace_back(section.name);
    for (const auto& [key, node] : document) {
      const std::string name{key.str()};
      if (std::find(names.begin(), names.end(), name) != names.end()) continue;
      std::string message =
          node.is_table() || node.is_array_of_tables() ? "unknown section" : "stands outside of a section";
      if (const auto guess = nearest(name, names)) message += "; did you mean [" + *guess + "]?";
      report(position_of(key.source()), shown(name), message);
    }
  }

  void array(const Section& section, const toml::node* node) {
    if (node == nullptr) return;
    const std::string name{section.name};
    const auto* rows = node->as_array();
    if (rows == nullptr || (!rows->empty() && !rows->is_homogeneous<toml::table>())) {
      report(position_of(node->source()), name, "may be there several times; write [[" + name + "]]");
      return;
    }
    if (rows->size() > 1000) return report(position_of(node->source()), name, "is there more than 1000 times");
    std::size_t index = 0;
    for (const toml::node& row : *rows) table(section, name + "[" + std::to_string(index++) + "]", *row.as_table());
  }

  void table(const Section& section, const std::string& prefix, const toml::table& keys) {
    reading_.where[prefix] = position_of(keys.source());
    if (section.open) section.open(reading_.config);
    if (section.shape == Shape::free_keys) return free_keys(section, prefix, keys);
    unknown_keys(section, prefix, keys);
    for (const Option& option : section.options) {
      if (option.type == Type::secret) {
        secret(option, prefix, keys);
      } else if (const toml::node* node = keys.get(option.name)) {
        value(option, prefix + "." + std::string{option.name}, *node);
      } else {
        absent(option, prefix);
      }
    }
  }

  void free_keys(const Section& section, const std::string& prefix, const toml::table& keys) {
    const Option& option = section.options.front();
    for (const auto& [key, node] : keys) {
      const std::string name{key.str()};
      reading_.where[prefix + "." + name] = position_of(key.source());
      Converted converted = convert(option, node);
      if (!converted.value) {
        report(converted.wrong.at, prefix + "." + shown(name), converted.wrong.message);
        continue;
      }
      remember(option, prefix + "." + name, to_toml(option, *converted.value), false);
      section.set_free(reading_.config, name, std::move(*converted.value));
    }
  }

  void unknown_keys(const Section& section, const std::string& prefix, const toml::table& keys) {
    const auto known = keys_of(section);
    for (const auto& [key, node] : keys) {
      const std::string name{key.str()};
      if (std::find(known.begin(), known.end(), name) != known.end()) continue;
      report(position_of(key.source()), prefix + "." + shown(name), unknown_key(section, name, known));
    }
  }

  static std::string unknown_key(const Section& section, const std::string& name,
                                 const std::vector<std::string>& known) {
    for (const Option& option : section.options) {
      if (option.type == Type::secret && option.name == name) {
        return "secrets do not belong in this file; use " + name + "_file = \"/path\" or " + name +
               "_credential = \"name\"";
      }
    }
    if (const auto guess = nearest(name, known)) return "unknown option; did you mean \"" + *guess + "\"?";
    for (const Section& other : sections()) {
      const auto keys = keys_of(other);
      if (other.shape != Shape::free_keys && std::find(keys.begin(), keys.end(), name) != keys.end()) {
        return "unknown option; \"" + name + "\" belongs in [" + std::string{other.name} + "]";
      }
    }
    return "unknown option";
  }

  void value(const Option& option, const std::string& key, const toml::node& node) {
    reading_.where[key] = position_of(node.source());
    Converted converted = convert(option, node);
    if (!converted.value) return report(converted.wrong.at, key, converted.wrong.message);
    remember(option, key, to_toml(option, *converted.value), false);
    option.set(reading_.config, std::move(*converted.value));
  }

  void absent(const Option& option, const std::string& prefix) {
    const std::string key = prefix + "." + std::string{option.name};
    if (option.required) {
      // A line that did not parse may have held it.
      if (!reading_.damaged) report(reading_.where[prefix], key, "is missing");
      return;
    }
    if (option.fallback.empty()) return;
    const toml::table parsed = toml::parse("v = " + std::string{option.fallback});
    Converted converted = convert(option, *parsed.get("v"));
    remember(option, key, to_toml(option, *converted.value), true);
    option.set(reading_.config, std::move(*converted.value));
  }

  void secret(const Option& option, const std::string& prefix, const toml::table& keys) {
    const std::string name = prefix + "." + std::string{option.name};
    const toml::node* file = keys.get(std::string{option.name} + "_file");
    const toml::node* credential = keys.get(std::string{option.name} + "_credential");
    if (file == nullptr && credential == nullptr) return;
    if (file != nullptr && credential != nullptr) {
      return report(position_of(credential->source()), name + "_credential",
                    "is set beside " + name + "_file; keep one");
    }
    const toml::node& node = file != nullptr ? *file : *credential;
    const std::string key = name + (file != nullptr ? "_file" : "_credential");
    reading_.where[name] = reading_.where[key] = position_of(node.source());
    const Option plain{.name = option.name, .type = file != nullptr ? Type::path : Type::text};
    const Converted converted = convert(plain, node);
    if (!converted.value) return report(converted.wrong.at, key, converted.wrong.message);
    remember(option, key, to_toml(plain, *converted.value), false);
    if (!options_.read_secrets) return option.set(reading_.config, Secret{std::string{kUnreadSecret}});

    const auto& text = std::get<std::string>(*converted.value);
    if (file == nullptr && options_.credentials_directory.empty() && options_.credentials_may_be_absent) {
      reading_.warning(key, "not checked: only the service sees its credential \"" + text + "\"");
      return option.set(reading_.config, Secret{std::string{kUnreadSecret}});
    }
    SecretResult result = file != nullptr ? read_secret_file(text, service_user())
                                          : read_credential(options_.credentials_directory, text);
    if (!result.error.empty()) {
      report(position_of(node.source()), key, result.error);
      result.secret = Secret{std::string{kUnreadSecret}};  // one problem, not a second one about its absence
    }
    option.set(reading_.config, std::move(result.secret));
  }

  // Root checks files of the user to whom the store belongs.
  std::optional<uid_t> service_user() const {
    struct stat info {};
    if (::geteuid() != 0 || ::stat(reading_.config.store.directory.c_str(), &info) != 0) return std::nullopt;
    return info.st_uid;
  }

  void remember(const Option& option, std::string key, std::string text, bool is_default) {
    const bool is_private = option.is_private || option.type == Type::secret;
    reading_.config.settings.push_back(
        {std::move(key), std::move(text), is_default, option.takes == Takes::restart, is_private});
  }

  const LoadOptions& options_;
  Reading& reading_;
};

}  // namespace

Position Reading::find(const std::string& option) const {
  for (std::string key = option; !key.empty();) {
    if (const auto found = where.find(key); found != where.end()) return found->second;
    const auto dot = key.rfind('.');
    key = dot == std::string::npos ? "" : key.substr(0, dot);
  }
  return {};
}

void Reading::problem(const std::string& option, std::string message) {
  const Position at = find(option);
  problems.push_back({at.line, at.column, option, std::move(message)});
}

void Reading::warning(const std::string& option, std::string message) {
  const Position at = find(option);
  warnings.push_back({at.line, at.column, option, std::move(message)});
}

void read_document(const toml::table& document, const LoadOptions& options, Reading& reading) {
  Reader{options, reading}.document(document);
}

}  // namespace rosterd::config
