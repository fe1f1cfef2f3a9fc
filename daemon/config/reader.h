// Private to config/: a parsed TOML document through the table of options into a Config.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "daemon/config/convert.h"

namespace rosterd::config {

struct Reading {
  Config config;
  std::vector<Problem> problems;
  std::vector<Problem> warnings;
  std::map<std::string, Position> where;  // "http.listen", "directory[0]", "directory[0].uris"
  bool damaged = false;                   // lines with syntax errors were left out: what is missing may not be missing

  void problem(const std::string& option, std::string message);  // placed by `where`, or by its section
  void warning(const std::string& option, std::string message);
  Position find(const std::string& option) const;
};

void read_document(const toml::table& document, const LoadOptions& options, Reading& reading);

// What the table cannot say about one option alone: names that must exist, pairs that belong together. (validate.cpp)
void validate(Reading& reading);
void validate_schemas(Reading& reading);

}  // namespace rosterd::config
