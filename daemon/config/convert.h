// Private to config/: one TOML value to one Value of the table, with range and form checked.
#pragma once

#include <optional>
#include <string>

#include "daemon/config/load.h"
#include "daemon/config/options.h"
#include "daemon/config/toml.h"

namespace rosterd::config {

struct Position {
  int line = 0;
  int column = 0;
};
Position position_of(const toml::source_region& region);

struct Wrong {
  Position at;
  std::string message;
};

struct Converted {
  std::optional<Value> value;  // absent: see wrong
  Wrong wrong = {};
};

// Not for Type::secret.
Converted convert(const Option& option, const toml::node& node);

// A Value as canonical TOML, for printing and comparing.
std::string to_toml(const Option& option, const Value& value);

// Text that a terminal or a log line can take: control characters as \xNN, cut after 80 bytes.
std::string shown(std::string_view text);

}  // namespace rosterd::config
