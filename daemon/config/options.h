// The one table of options. From it come the parser, the defaults, the commented example file and the reference help.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "daemon/config/config.h"

namespace rosterd::config {

enum class Type {
  boolean,
  integer,
  text,
  choice,       // one of `choices`; its Value is the index
  duration,     // milliseconds
  size,         // bytes
  path,         // absolute
  url,          // http or https, without a trailing slash
  listen_list,  // addresses
  text_list,    // a single string counts as a list of one
  text_map,     // inline table of strings
  secret,       // NAME_file = "/path" or NAME_credential = "name"; never inline
};

using Map = std::map<std::string, std::string>;
using Value = std::variant<bool, std::int64_t, std::string, Duration, std::vector<Listen>, Strings, Map, Secret>;
using Setter = std::function<void(Config&, Value)>;
using Check = std::string (*)(const std::string&);  // of each string: what is wrong with it, or empty

enum class Takes { reload, restart };

struct Option {
  std::string_view name;
  Type type = Type::text;
  std::string_view fallback = {};  // the default, as TOML; empty: unset
  bool required = false;
  std::string_view example = {};  // shown in the example file where there is no default
  std::vector<std::string> choices = {};
  std::int64_t min = 0;  // of integers, durations (ms) and sizes (bytes); of a list: its length
  std::int64_t max = std::numeric_limits<std::int64_t>::max();
  Takes takes = Takes::reload;
  std::string_view help = {};
  std::string_view cost = {};  // what changing it costs
  bool is_private = false;     // names a person or an account; secrets always are
  Check check = nullptr;
  Setter set = {};
};

enum class Shape {
  table,      // [name], always there
  optional,   // [name], means something by being there
  array,      // [[name]]
  free_keys,  // [name] with keys of the user's choice: `options` has one row that stands for each
};

struct Section {
  std::string_view name;
  Shape shape = Shape::table;
  std::string_view help = {};
  std::vector<Option> options = {};
  std::function<void(Config&)> open = {};                          // array: append one; optional: make it
  std::function<void(Config&, std::string, Value)> set_free = {};  // free_keys
};

// In the order of the example file. Built once; thread-safe.
const std::vector<Section>& sections();

// The commented example: every option with help, cost and default. Active as it stands it equals the defaults.
std::string example_file();

// One line per option, for `rosterd check-config --options`.
std::string reference();

std::string_view type_name(Type type);

}  // namespace rosterd::config
