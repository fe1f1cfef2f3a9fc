// From TOML text to Config: all problems at once, each with its place.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/config/config.h"

namespace rosterd::config {

inline constexpr std::size_t kMaxFileBytes = 1024 * 1024;

struct Problem {
  int line = 0;  // from 1; 0: the file as a whole
  int column = 0;
  std::string option;   // "http.request_threads"; may be empty
  std::string message;  // a sentence; never holds a secret
  bool operator==(const Problem&) const = default;
};

// "rosterd.toml:12:5: http.request_threads: must be between 1 and 256"
std::string to_text(const Problem& problem, const std::filesystem::path& file);

struct LoadOptions {
  std::filesystem::path credentials_directory;  // $CREDENTIALS_DIRECTORY
  bool read_secrets = true;                     // false: check everything but the secrets' files
  bool credentials_may_be_absent = false;       // a warning for each: a check outside of the service cannot see them
  static LoadOptions from_environment();
};

struct LoadResult {
  std::shared_ptr<const Config> config;       // null when there are problems
  std::vector<Problem> problems;              // in the order of the file; the first hundred and how many more
  std::vector<Problem> warnings;              // legal, but probably not meant
  std::filesystem::path control_socket = {};  // as far as the file could be read; with its default otherwise
};

// `text` is the whole file; no I/O but the secrets' files.
LoadResult parse(std::string_view text, const LoadOptions& options = {});
LoadResult load(const std::filesystem::path& file, const LoadOptions& options = LoadOptions::from_environment());

// For SIGHUP: what a new configuration changes against the running one.
struct Difference {
  std::vector<std::string> changed;        // options, by name; rows of arrays by section ("directory")
  std::vector<std::string> needs_restart;  // those of them that keep their old effect until a restart
};
Difference difference(const Config& running, const Config& next);

}  // namespace rosterd::config
