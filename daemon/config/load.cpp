#include "daemon/config/load.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <set>

namespace rosterd::config {
namespace {

LoadResult unreadable(const std::string& why) {
  return {.config = nullptr, .problems = {{0, 0, "", why}}, .warnings = {}};
}

// The rows of an array section as one text: rows have no name that would survive a reordering.
std::map<std::string, std::pair<std::string, bool>> by_name(const Config& config) {
  std::map<std::string, std::pair<std::string, bool>> texts;
  for (const Setting& setting : config.settings) {
    const auto bracket = setting.key.find('[');
    auto& entry = texts[bracket == std::string::npos ? setting.key : setting.key.substr(0, bracket)];
    entry.first += bracket == std::string::npos ? setting.text : setting.key + "=" + setting.text + "\n";
    entry.second = entry.second || setting.restart;
  }
  return texts;
}

bool same_secrets(const Config& a, const Config& b) {
  const auto password = [](const Config& c) { return c.mail ? c.mail->password.reveal() : std::string{}; };
  return password(a) == password(b) && a.http.tls_key.reveal() == b.http.tls_key.reveal() &&
         std::equal(a.directories.begin(), a.directories.end(), b.directories.begin(), b.directories.end(),
                    [](const Directory& x, const Directory& y) {
                      return x.bind_password.reveal() == y.bind_password.reveal();
                    });
}

}  // namespace

std::string to_text(const Problem& problem, const std::filesystem::path& file) {
  std::string text = file.string() + ":";
  if (problem.line > 0) text += std::to_string(problem.line) + ":" + std::to_string(problem.column) + ":";
  if (!problem.option.empty()) text += " " + problem.option + ":";
  return text + " " + problem.message;
}

LoadOptions LoadOptions::from_environment() {
  const char* directory = std::getenv("CREDENTIALS_DIRECTORY");
  return {.credentials_directory = directory == nullptr ? "" : directory};
}

LoadResult load(const std::filesystem::path& file, const LoadOptions& options) {
  std::error_code error;
  const auto status = std::filesystem::status(file, error);
  if (status.type() == std::filesystem::file_type::not_found) return unreadable("there is no such file");
  if (error) return unreadable("cannot be read: " + error.message());
  if (!std::filesystem::is_regular_file(status)) return unreadable("is not a regular file");
  std::ifstream in(file, std::ios::binary);
  if (!in) return unreadable(std::string{"cannot be read: "} + std::strerror(errno));
  std::string text(kMaxFileBytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad()) return unreadable("cannot be read");
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > kMaxFileBytes) return unreadable("is larger than 1 MiB");
  return parse(text, options);
}

Difference difference(const Config& running, const Config& next) {
  const auto before = by_name(running);
  const auto after = by_name(next);
  std::set<std::string> names;
  for (const auto& [name, entry] : before) names.insert(name);
  for (const auto& [name, entry] : after) names.insert(name);

  Difference result;
  for (const std::string& name : names) {
    const auto old_entry = before.find(name);
    const auto new_entry = after.find(name);
    const bool both = old_entry != before.end() && new_entry != after.end();
    if (both && old_entry->second.first == new_entry->second.first) continue;
    result.changed.push_back(name);
    if (both && new_entry->second.second) result.needs_restart.push_back(name);
  }
  if (result.changed.empty() && !same_secrets(running, next)) result.changed.push_back("secrets");
  return result;
}

}  // namespace rosterd::config
