#include "daemon/setup/store_setup.h"

#include <string_view>
#include <utility>

#include "daemon/setup/scim_setup.h"
#include "ldap/dn.h"
#include "scim/indexing.h"
#include "store/access.h"
#include "store/sources.h"

namespace rosterd::setup {
namespace {

store::LinkMode link_mode(config::Link link) {
  switch (link) {
    case config::Link::user_name:
      return store::LinkMode::user_name;
    case config::Link::email:
      return store::LinkMode::email;
    case config::Link::never:
      break;
  }
  return store::LinkMode::never;
}

store::RemovalLimits removal_limits(const config::ScimSource& connection) {
  return {.count = static_cast<std::size_t>(connection.max_removals),
          .percent = connection.max_removal_percent,
          .window = connection.removal_window};
}

// Groups of a directory are known by their normalised DN; what is no DN is a displayName and stays as it is.
std::string group_name(const std::string& written) {
  if (written.starts_with("*,") && store::is_dn(written)) {
    const auto rest = ldap::normalize_dn(std::string_view(written).substr(2));
    return rest ? "*," + *rest : written;
  }
  auto dn = ldap::normalize_dn(written);
  return dn && store::is_dn(*dn) ? std::move(*dn) : written;
}

store::AccessRule access_rule(const config::AccessRule& rule) {
  store::AccessRule out;
  out.name = rule.name.empty() ? rule.group : rule.name;
  out.group = group_name(rule.group);
  out.source = rule.source;
  out.role = rule.role;
  out.projects = rule.projects;
  out.kind = rule.kind == config::Kind::client ? store::Kind::client : store::Kind::staff;
  out.company = rule.company;
  out.permissions = rule.permissions;
  return out;
}

}  // namespace

store::Settings store_settings(const config::Config& config) {
  store::Settings settings;
  std::vector<store::AccessRule> rules;
  for (const auto& rule : config.access) rules.push_back(access_rule(rule));
  store::Privileges privileges;
  for (const auto& connection : config.scim) {
    settings.link[connection.source()] = link_mode(connection.link);
    if (connection.assign_roles) settings.assigning[connection.source()] = {connection.may_give_privileged};
    if (connection.may_give_privileged) privileges.givers.push_back(connection.source());
  }
  for (const auto& role : config.roles)
    if (role.privileged) privileges.roles.push_back(role.name);
  settings.access = store::AccessRules(std::move(rules), std::move(privileges));
  for (const auto& directory : config.directories) settings.link[directory.source()] = link_mode(directory.link);
  for (const auto& connection : config.scim) settings.brakes[connection.source()] = removal_limits(connection);
  settings.notify = config.notices.to;
  settings.notify_after = config.notices.wait;
  settings.authority = config.authority;
  settings.indexed = scim::indexed_attributes(*make_catalogue(config));
  settings.invitation_lifetime = config.invitation.expires;
  settings.session_lifetime = config.authentication.session_lifetime;
  return settings;
}

void apply(const config::Config& config, store::Store& store) {
  store.write({store::kLocal, "configuration"}, [&](store::Unit& unit) {
    for (const auto& role : config.roles) {
      store::ensure_role(unit, {{}, role.name, role.rank, role.privileged, role.permissions});
    }
    for (const auto& connection : config.scim) store::ensure_source(unit, connection.source());
    for (const auto& directory : config.directories) {
      const auto source = store::ensure_source(unit, directory.source());
      if (directory.invite_on_first_sync) store::mark_complete(unit, source);
    }
  });
  store.configure(store_settings(config));
}

}  // namespace rosterd::setup
