#include "daemon/cli/check_config.h"

#include <pwd.h>
#include <unistd.h>

#include <iostream>

#include "daemon/cli/store_owner.h"
#include "daemon/config/options.h"
#include "daemon/exit_codes.h"
#include "daemon/mail/templates.h"
#include "daemon/setup/http_setup.h"
#include "scim/json.h"

namespace rosterd::cli {
namespace {

scim::Json problem_json(const config::Problem& problem, std::string_view level) {
  return scim::make_object({{"level", level},
                            {"line", problem.line},
                            {"column", problem.column},
                            {"option", problem.option},
                            {"message", problem.message}});
}

// Templates belong to the configuration: a broken one must be found before the first invitation.
void check_templates(config::LoadResult& loaded) {
  if (!loaded.config || !loaded.config->mail || loaded.config->mail->templates.empty()) return;
  try {
    mail::Templates::load(loaded.config->mail->templates);
  } catch (const mail::TemplateError& error) {
    loaded.problems.push_back({0, 0, "mail.templates", error.what()});
  }
}

// Root can read everything; what counts is what the service can read. Until its user is known, root checks.
config::LoadResult load_as_service(const std::filesystem::path& file, const config::LoadOptions& options) {
  auto without_secrets = options;
  without_secrets.read_secrets = false;
  const auto known = config::load(file, without_secrets);
  if (::geteuid() != 0 || !known.config) return config::load(file, options);
  if (auto problem = become_service_of(known.config->store.directory); !problem.empty())
    return {.config = nullptr, .problems = {{0, 0, "", std::move(problem)}}, .warnings = {}};
  auto loaded = config::load(file, options);
  const auto* user = getpwuid(::geteuid());
  if (::geteuid() != 0 && user != nullptr && !loaded.config && ::access(file.c_str(), R_OK) != 0) {
    loaded.problems.front().message += std::string(" by the user ") + user->pw_name + "; run: chgrp " + user->pw_name +
                                       " " + file.string() + " && chmod 640 " + file.string();
  }
  return loaded;
}

}  // namespace

std::string problems_text(const config::LoadResult& loaded, const std::filesystem::path& file) {
  std::string out;
  for (const auto& problem : loaded.problems) out += config::to_text(problem, file) + "\n";
  for (const auto& warning : loaded.warnings) out += config::to_text(warning, file) + " (warning)\n";
  return out;
}

int check_config(const std::filesystem::path& file, bool json) {
  auto options = config::LoadOptions::from_environment();
  options.credentials_may_be_absent = true;
  auto loaded = load_as_service(file, options);
  check_templates(loaded);
  setup::check_tls_files(loaded, std::chrono::system_clock::now());
  if (json) {
    scim::Array all;
    for (const auto& problem : loaded.problems) all.push_back(problem_json(problem, "error"));
    for (const auto& warning : loaded.warnings) all.push_back(problem_json(warning, "warning"));
    std::cout << scim::write_json(scim::make_object({{"good", loaded.problems.empty()}, {"problems", std::move(all)}}))
              << "\n";
  } else {
    std::cerr << problems_text(loaded, file);
    if (loaded.problems.empty()) std::cout << file.string() << " is fine\n";
  }
  return to_status(loaded.problems.empty() ? Exit::ok : Exit::configuration);
}

int print_example() {
  std::cout << config::example_file();
  return to_status(Exit::ok);
}

}  // namespace rosterd::cli
