// What `doctor` says about a directory: each step of a sync tried apart, so that the one that is wrong is named.
#include "daemon/jobs/directory_jobs.h"
#include "daemon/setup/directory_setup.h"
#include "ldap/sync.h"

namespace rosterd::jobs {
namespace {

using commands::Finding;

// Entries below `base`, or the error as a sentence.
std::variant<std::uint64_t, std::string> count(ldap::Connection& connection, const ldap::SearchBase& base,
                                               const std::string& filter, unsigned page_size) {
  const ldap::Search what{.base = base.base, .scope = base.scope, .filter = filter, .attributes = {"1.1"}};
  const auto outcome = ldap::search(connection, what, page_size, [](const ldap::EntryView&) {});
  if (const auto* error = std::get_if<ldap::DirectoryError>(&outcome)) return ldap::describe(*error);
  return std::get<ldap::SearchEnd>(outcome).entries;
}

Finding look(ldap::Connection& connection, const ldap::SearchBase& base, unsigned page_size) {
  const auto found = count(connection, base, base.filter, page_size);
  if (const auto* error = std::get_if<std::string>(&found)) return {false, base.base, *error};
  if (const auto entries = std::get<std::uint64_t>(found); entries > 0) {
    return {true, base.base, std::to_string(entries) + " entries"};
  }
  const auto all = count(connection, base, "(objectClass=*)", page_size);
  const auto* entries = std::get_if<std::uint64_t>(&all);
  if (entries != nullptr && *entries > 0) {
    return {false, base.base,
            "no entry matches the filter " + base.filter + ", but " + std::to_string(*entries) +
                " are there without it: the filter is wrong"};
  }
  return {false, base.base, "nothing is visible here: the base is wrong, or the account may not see it"};
}

Finding look_for_canary(ldap::Connection& connection, const std::string& dn) {
  const auto found = count(connection, {.base = dn, .scope = ldap::Scope::base, .filter = {}}, "(objectClass=*)", 0);
  const auto* entries = std::get_if<std::uint64_t>(&found);
  const bool seen = entries != nullptr && *entries == 1;
  return {seen, "canary " + dn, seen ? "visible" : "not visible: every sync fails until it is"};
}

}  // namespace

std::vector<Finding> DirectoryJobs::diagnose(const config::Directory& directory) {
  const auto options = setup::directory_options(directory);
  const auto name = directory.source();
  if (auto wrong = ldap::check(options); !wrong.empty()) return {{false, name, std::move(wrong)}};
  auto opened = ldap::Connection::open(options.server);
  if (const auto* error = std::get_if<ldap::DirectoryError>(&opened)) return {{false, name, ldap::describe(*error)}};
  auto& connection = *std::get<std::unique_ptr<ldap::Connection>>(opened);

  std::vector<Finding> findings{{true, name, "connected and bound at " + connection.uri()}};
  const auto root = ldap::read_root_dse(connection);
  if (const auto* error = std::get_if<ldap::DirectoryError>(&root)) {
    findings.push_back({false, name + " root DSE", ldap::describe(*error)});
    return findings;
  }
  const auto& dse = std::get<ldap::RootDse>(root);
  findings.push_back({true, name + " server", std::string{ldap::to_string(dse.kind)} + " " + dse.vendor});
  const unsigned page_size = ldap::page_size_for(dse, options.page_size);
  for (const auto* bases : {&options.people, &options.groups}) {
    for (const auto& base : *bases) {
      findings.push_back(look(connection, base, page_size));
      for (const auto& canary : base.canaries) findings.push_back(look_for_canary(connection, canary));
    }
  }
  return findings;
}

}  // namespace rosterd::jobs
