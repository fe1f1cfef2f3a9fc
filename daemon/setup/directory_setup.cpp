#include "daemon/setup/directory_setup.h"

#include "ldap/dn.h"

namespace rosterd::setup {
namespace {

std::string unless_auto(const std::string& text) {
  return text == "auto" ? std::string() : text;
}

// Each canary belongs to the most specific base that it lies below.
void place_canaries(std::vector<ldap::SearchBase>& bases, const config::Strings& canaries) {
  for (const auto& canary : canaries) {
    const auto wanted = ldap::normalize_dn(canary).value_or(canary);
    ldap::SearchBase* best = bases.empty() ? nullptr : &bases.front();
    std::size_t longest = 0;
    for (auto& base : bases) {
      const auto suffix = ldap::normalize_dn(base.base).value_or(base.base);
      if (wanted.ends_with(suffix) && suffix.size() > longest) {
        best = &base;
        longest = suffix.size();
      }
    }
    if (best) best->canaries.push_back(canary);
  }
}

std::vector<ldap::SearchBase> people_bases(const config::Directory& directory) {
  std::vector<ldap::SearchBase> bases;
  const auto add = [&](const config::Strings& dns, store::Kind kind) {
    for (const auto& dn : dns) {
      ldap::SearchBase base;
      base.base = dn;
      base.filter = directory.people_filter;
      base.kind = kind;
      bases.push_back(std::move(base));
    }
  };
  add(directory.people_bases, store::Kind::staff);
  add(directory.clients_bases, store::Kind::client);
  place_canaries(bases, directory.canary_people);
  return bases;
}

std::vector<ldap::SearchBase> group_bases(const config::Directory& directory) {
  std::vector<ldap::SearchBase> bases;
  for (const auto& dn : directory.groups_bases) {
    ldap::SearchBase base;
    base.base = dn;
    base.filter = directory.groups_filter;
    bases.push_back(std::move(base));
  }
  place_canaries(bases, directory.canary_groups);
  return bases;
}

}  // namespace

ldap::DirectoryOptions directory_options(const config::Directory& directory) {
  ldap::DirectoryOptions options;
  options.name = directory.source();
  options.server.uris = directory.uris;
  options.server.start_tls = directory.start_tls;
  options.server.ca_file = directory.ca_file.string();
  options.server.allow_plaintext = directory.allow_plaintext;
  options.server.bind_dn = directory.bind_dn;
  options.server.password = ldap::Secret(directory.bind_password.reveal());
  options.server.connect_timeout = directory.connect_timeout;
  options.server.operation_timeout = directory.operation_timeout;
  options.people = people_bases(directory);
  options.groups = group_bases(directory);
  options.mapping.key_attribute = unless_auto(directory.key_attribute);
  options.mapping.user_name = unless_auto(directory.user_name_attribute);
  options.mapping.attributes = directory.mapping;
  options.group_mapping.key_attribute = options.mapping.key_attribute;
  options.page_size = static_cast<unsigned>(directory.page_size);
  options.limits.count = static_cast<std::uint64_t>(directory.max_removals);
  options.limits.percent = directory.max_removal_percent;
  return options;
}

}  // namespace rosterd::setup
