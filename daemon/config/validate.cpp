#include <algorithm>
#include <set>

#include "daemon/config/reader.h"

namespace rosterd::config {
namespace {

std::string row(const char* section, std::size_t index) {
  return std::string{section} + "[" + std::to_string(index) + "]";
}

template <class Rows>
void unique_names(const Rows& rows, const char* section, Reading& reading) {
  std::set<std::string> seen;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].name.empty() || seen.insert(rows[i].name).second) continue;
    reading.problem(row(section, i) + ".name", "\"" + rows[i].name + "\" is there twice");
  }
}

std::vector<std::string> source_names(const Config& config) {
  std::vector<std::string> names;
  for (const ScimSource& scim : config.scim) names.push_back(scim.source());
  for (const Directory& directory : config.directories) names.push_back(directory.source());
  return names;
}

std::string unknown(const std::string& what, const std::string& name, const std::vector<std::string>& known) {
  std::string message = "there is no " + what + " \"" + shown(name) + "\"";
  if (const auto guess = nearest(name, known)) message += "; did you mean \"" + *guess + "\"?";
  return message;
}

void check_tls(const Http& http, Reading& reading) {
  const bool certificate = !http.tls_certificate_file.empty();
  const bool asks = http.client_certificates != ClientCertificates::off;
  const auto tls = std::find_if(http.listen.begin(), http.listen.end(), [](const Listen& l) { return l.tls; });
  if (certificate && http.tls_key.empty()) {
    reading.problem("http.tls_certificate_file", "needs tls_key_file or tls_key_credential");
  } else if (!certificate && !http.tls_key.empty()) {
    reading.problem("http.tls_key", "needs tls_certificate_file");
  } else if (!certificate && tls != http.listen.end()) {
    reading.problem("http.listen", "\"" + print_listen(*tls) + "\" needs tls_certificate_file and tls_key_file");
  } else if (!certificate && asks) {
    reading.problem("http.client_certificates", "needs tls_certificate_file: only TLS carries certificates");
  }
  if (certificate && tls == http.listen.end()) {
    reading.warning(
        "http.tls_certificate_file",
        "no address of listen begins with \"tls:\"; only a socket named https of a socket unit will use it");
  }
  if (asks && http.client_ca_file.empty()) reading.problem("http.client_certificates", "needs client_ca_file");
  if (!asks && !http.client_ca_file.empty()) {
    reading.warning("http.client_ca_file", "has no effect without client_certificates");
  }
  for (std::size_t i = 0; i < reading.config.scim.size(); ++i) {
    if (asks || reading.config.scim[i].client_certificates.empty()) continue;
    reading.warning(row("scim", i) + ".client_certificate",
                    "locks everybody out: nobody can show one while http.client_certificates is \"off\"");
  }
}

void check_http(Reading& reading) {
  const Http& http = reading.config.http;
  const bool plain = http.public_url.starts_with("http://");
  const bool local =
      plain && (http.public_url.starts_with("http://127.") || http.public_url.starts_with("http://[::1]") ||
                http.public_url.starts_with("http://localhost"));
  if (plain && !local) reading.warning("http.public_url", "is not https: tokens and passwords travel in clear");
  if (std::any_of(http.listen.begin(), http.listen.end(), [](const Listen& l) { return !l.tls && !is_loopback(l); })) {
    reading.warning("http.listen",
                    "accepts plain HTTP from the network; write \"tls:\" before the address, or put a TLS reverse "
                    "proxy in front");
  }
  check_tls(http, reading);
  const auto& sign_in = reading.config.authentication;
  if (http.request_threads < sign_in.hash_parallel + sign_in.hash_queue) {
    reading.warning("http.request_threads", "is less than hash_parallel + hash_queue: sign-ins can hold all of them");
  }
}

void check_directory(const Directory& directory, const std::string& name, Reading& reading) {
  const auto in_clear = [](const std::string& uri) {
    return uri.starts_with("ldap://") && !uri.starts_with("ldap://127.") && !uri.starts_with("ldap://localhost") &&
           !uri.starts_with("ldap://[::1]");
  };
  const auto uses = [&](const char* scheme) {
    return std::any_of(directory.uris.begin(), directory.uris.end(),
                       [&](const std::string& uri) { return uri.starts_with(scheme); });
  };
  if (!directory.bind_dn.empty() && directory.bind_password.empty()) {
    reading.problem(name + ".bind_dn", "needs bind_password_file or bind_password_credential");
  }
  if (directory.bind_dn.empty() && !directory.bind_password.empty()) {
    reading.problem(name + ".bind_password", "needs bind_dn");
  }
  if (directory.start_tls && uses("ldaps://")) {
    reading.problem(name + ".start_tls", "does not go with ldaps://, which is TLS from the start");
  }
  if (!directory.bind_dn.empty() && !directory.start_tls && !directory.allow_plaintext &&
      std::any_of(directory.uris.begin(), directory.uris.end(), in_clear)) {
    reading.problem(name + ".uris", "would send the password in clear; use ldaps:// or start_tls = true");
  }
  if (directory.canary_people.empty()) {
    reading.warning(name, "has no canary_people: a blind account looks like an empty company (the guard still holds)");
  }
  if (directory.groups_bases.empty()) reading.warning(name, "has no groups_bases: nobody gets a role from it");
}

void check_rule(const AccessRule& rule, const std::string& name, Reading& reading) {
  const auto sources = source_names(reading.config);
  if (!rule.source.empty() && std::find(sources.begin(), sources.end(), rule.source) == sources.end()) {
    reading.problem(name + ".source", unknown("source", rule.source, sources));
  }
  std::vector<std::string> roles;
  for (const Role& role : reading.config.roles) roles.push_back(role.name);
  if (!rule.role.empty() && std::find(roles.begin(), roles.end(), rule.role) == roles.end()) {
    reading.problem(name + ".role", unknown("role", rule.role, roles));
  }
  // Whoever may name a group would hand out the role: any connection can push a group of any name.
  const bool anybody = rule.source.empty() && rule.group.find('=') == std::string::npos;
  for (const Role& role : reading.config.roles) {
    if (anybody && role.privileged && role.name == rule.role) {
      reading.problem(name + ".source", "is needed: \"" + shown(rule.role) +
                                            "\" is privileged, and every source could bring a group of this name");
    }
  }
  if (rule.role.empty() && rule.projects.empty() && rule.permissions.empty()) {
    reading.problem(name, "gives nothing; set role, projects or permissions");
  }
  if (!rule.company.empty() && rule.kind != Kind::client)
    reading.warning(name + ".company", "has no effect without kind = \"client\"");
  const auto stars = std::count(rule.group.begin(), rule.group.end(), '*');
  Strings texts = rule.projects;
  texts.push_back(rule.company);
  for (const std::string& text : texts) {
    for (auto at = text.find('{'); at != std::string::npos; at = text.find('{', at + 1)) {
      const bool good =
          at + 2 < text.size() && text[at + 1] >= '1' && text[at + 1] - '0' <= stars && text[at + 2] == '}';
      if (!good)
        reading.problem(name + ".projects", "\"" + shown(text) + "\": the group pattern catches nothing for it");
    }
  }
}

// Connections of one namespace are one source, and a source has one way of linking and of giving.
void check_namespaces(Reading& reading) {
  const auto& all = reading.config.scim;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto first =
        std::find_if(all.begin(), all.end(), [&](const ScimSource& one) { return one.source() == all[i].source(); });
    if (first->link != all[i].link)
      reading.problem(row("scim", i) + ".link",
                      "differs from that of \"" + first->name + "\", which shares its namespace");
    if (first->max_removals != all[i].max_removals || first->max_removal_percent != all[i].max_removal_percent ||
        first->removal_window != all[i].removal_window)
      reading.problem(row("scim", i) + ".max_removals",
                      "and its neighbours differ from those of \"" + first->name + "\", which shares its namespace");
    if (first->assign_roles != all[i].assign_roles)
      reading.problem(row("scim", i) + ".assign_roles",
                      "differs from that of \"" + first->name + "\", which shares its namespace");
    if (first->may_give_privileged != all[i].may_give_privileged)
      reading.problem(row("scim", i) + ".may_give_privileged",
                      "differs from that of \"" + first->name + "\", which shares its namespace");
  }
}

// A rule that would give what its source may not.
void check_giver(const AccessRule& rule, const std::string& name, Reading& reading) {
  const auto& config = reading.config;
  const auto role = std::find_if(config.roles.begin(), config.roles.end(),
                                 [&](const Role& one) { return one.name == rule.role && one.privileged; });
  const auto giver = std::find_if(config.scim.begin(), config.scim.end(),
                                  [&](const ScimSource& one) { return one.source() == rule.source; });
  if (role == config.roles.end() || giver == config.scim.end() || giver->may_give_privileged) return;
  reading.warning(name + ".role", "is withheld: \"" + shown(rule.role) + "\" is privileged and \"" + rule.source +
                                      "\" may not give it; set may_give_privileged on that connection to allow it");
}

// Admin stays privileged whatever the file says: the last-admin rule hangs on it.
void complete_roles(Reading& reading) {
  auto& roles = reading.config.roles;
  const Strings all{"projects", "tasks", "files", "invoices", "communication", "review", "approval"};
  const std::vector<Role> built_in{{"Admin", 100, all, true},
                                   {"Staff", 50, {"projects", "tasks", "files", "communication"}, false},
                                   {"Client", 10, {}, false}};
  for (const Role& role : built_in) {
    const auto found = std::find_if(roles.begin(), roles.end(), [&](const Role& r) { return r.name == role.name; });
    if (found == roles.end())
      roles.push_back(role);
    else
      found->privileged = found->privileged || role.privileged;
  }
}

void check_mail(Reading& reading) {
  if (!reading.config.mail) return;
  const Mail& mail = *reading.config.mail;
  if (mail.user.empty() != mail.password.empty()) {
    reading.problem(mail.user.empty() ? "mail.password" : "mail.user",
                    mail.user.empty() ? "needs user" : "needs password_file or password_credential");
  }
  if (mail.security == MailSecurity::none && !mail.user.empty()) {
    reading.problem("mail.security", "\"none\" would send the password in clear");
  }
  if (mail.retry_cap < mail.retry_first) reading.problem("mail.retry_cap", "is shorter than retry_first");
}

}  // namespace

scim::HabitSet ScimSource::switched() const {
  scim::HabitSet set = scim::habits_of(profile);
  for (const std::string& text : habits)
    if (const auto change = scim::parse_switch(text)) set.set(change->habit, change->on);
  return set;
}

const ScimSource* Config::find_scim(std::string_view connection) const {
  const auto found =
      std::find_if(scim.begin(), scim.end(), [&](const ScimSource& s) { return s.connection() == connection; });
  return found == scim.end() ? nullptr : &*found;
}

const Directory* Config::find_directory(std::string_view name) const {
  const auto found = std::find_if(directories.begin(), directories.end(),
                                  [&](const Directory& d) { return d.name == name || d.source() == name; });
  return found == directories.end() ? nullptr : &*found;
}

void validate(Reading& reading) {
  Config& config = reading.config;
  unique_names(config.scim, "scim", reading);
  unique_names(config.directories, "directory", reading);
  unique_names(config.roles, "role", reading);
  complete_roles(reading);
  check_http(reading);
  for (std::size_t i = 0; i < config.directories.size(); ++i) {
    check_directory(config.directories[i], row("directory", i), reading);
  }
  check_namespaces(reading);
  for (std::size_t i = 0; i < config.access.size(); ++i) {
    check_rule(config.access[i], row("access", i), reading);
    check_giver(config.access[i], row("access", i), reading);
  }
  auto sources = source_names(config);
  sources.emplace_back("local");
  for (const auto& [attribute, order] : config.authority) {
    for (const std::string& source : order) {
      if (std::find(sources.begin(), sources.end(), source) != sources.end()) continue;
      reading.problem("authority." + attribute, unknown("source", source, sources));
    }
  }
  check_mail(reading);
  validate_schemas(reading);
  if (config.authentication.lock_cap < config.authentication.lock_for) {
    reading.problem("authentication.lock_cap", "is shorter than lock_for");
  }
  if (config.invitation.link_base.empty()) config.invitation.link_base = config.http.public_url;
}

}  // namespace rosterd::config
