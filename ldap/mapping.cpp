#include "ldap/mapping.h"

#include <algorithm>

#include "ldap/digest.h"
#include "ldap/dn.h"
#include "ldap/entry_key.h"
#include "ldap/mapping_table.h"
#include "ldap/text.h"

namespace rosterd::ldap {
namespace {

// Counts up whenever the same entry gives another profile than before.
constexpr std::string_view kMappingVersion = "1";
constexpr std::size_t kLongestValue = 4096;
constexpr std::size_t kMostValues = 50;

std::vector<std::string> sources_of(const Target& target, const MappingOptions& options) {
  const auto chosen = options.attributes.find(std::string(target.name));
  if (chosen != options.attributes.end()) {
    return chosen->second.empty() ? std::vector<std::string>{} : std::vector<std::string>{chosen->second};
  }
  if (target.name == "userName") return {options.user_name};
  std::vector<std::string> names;
  for (const std::string_view name : target.defaults) {
    if (!name.empty()) names.emplace_back(name);
  }
  return names;
}

// Why these bytes cannot go into a profile; empty when they can.
std::string text_problem(std::string_view attribute, std::string_view value) {
  if (value.size() > kLongestValue) return std::string(attribute) + " is longer than 4096 bytes";
  if (!is_text(value)) return std::string(attribute) + " is not valid UTF-8";
  return {};
}

bool looks_like_mail(std::string_view value) {
  const std::size_t at = value.find('@');
  return at != std::string_view::npos && at > 0 && at + 1 < value.size() && value.size() <= 254 &&
         value.find_first_of(" \t\r\n<>,;") == std::string_view::npos &&
         value.find('@', at + 1) == std::string_view::npos;
}

}  // namespace

std::vector<std::string_view> mapping_targets() {
  std::vector<std::string_view> names;
  for (const Target& target : kTargets) names.push_back(target.name);
  return names;
}

std::string check(const MappingOptions& options) {
  for (const auto& [name, attribute] : options.attributes) {
    const auto known = mapping_targets();
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      return "there is no attribute \"" + printable(name, 60) + "\" to map to";
    }
  }
  return {};
}

PersonMapper::PersonMapper(MappingOptions options, ServerKind server) : options_(std::move(options)) {
  if (options_.key_attribute.empty()) options_.key_attribute = default_key_attribute(server);
  if (options_.user_name.empty()) {
    options_.user_name = server == ServerKind::active_directory ? "sAMAccountName" : "uid";
  }
  Digest version;
  version.add(kMappingVersion);
  for (const Target& target : kTargets) {
    sources_.push_back(sources_of(target, options_));
    version.add(target.name);
    for (const std::string& name : sources_.back()) version.add(name);
  }
  version.add(options_.disabled.attribute);
  for (const std::string& value : options_.disabled.values) version.add(value);
  version_ = version.hex();
}

std::vector<std::string> PersonMapper::wanted_attributes() const {
  std::vector<std::string> names = {options_.key_attribute, options_.login, "primaryGroupID"};
  for (const auto& sources : sources_) names.insert(names.end(), sources.begin(), sources.end());
  for (const std::string_view name : account_attributes()) names.emplace_back(name);
  if (!options_.disabled.attribute.empty()) names.push_back(options_.disabled.attribute);
  std::vector<std::string> unique;
  for (std::string& name : names) {
    const auto same = [&](const std::string& other) { return equals_ignoring_case(name, other); };
    if (!name.empty() && std::none_of(unique.begin(), unique.end(), same)) unique.push_back(std::move(name));
  }
  return unique;
}

std::variant<MappedPerson, SetAside> PersonMapper::map(const EntryView& entry, store::Kind kind) const {
  MappedPerson person;
  person.raw_dn = entry.dn;
  person.kind = kind;
  const std::string shown = printable(entry.dn);
  const auto keys = entry.all(options_.key_attribute);
  const auto key = keys.size() == 1 ? key_text(options_.key_attribute, keys.front()) : std::nullopt;
  if (!key) return SetAside{shown, {}, "no usable " + options_.key_attribute};
  person.key = *key;
  const auto dn = is_text(entry.dn) ? normalize_dn(entry.dn) : std::nullopt;
  if (!dn) return SetAside{shown, *key, "its name cannot be read"};
  person.dn = *dn;
  if (std::string problem = fill(entry, person); !problem.empty()) return SetAside{shown, *key, std::move(problem)};
  auto account = read_account(entry, options_.disabled);
  if (auto* unreadable = std::get_if<Unreadable>(&account)) return SetAside{shown, *key, unreadable->reason};
  person.account = std::get<Account>(std::move(account));
  person.digest = digest_of(person);
  return person;
}

std::string PersonMapper::fill(const EntryView& entry, MappedPerson& person) const {
  person.texts.resize(kTargets.size());
  for (std::size_t i = 0; i < kTargets.size(); ++i) {
    for (const std::string& source : sources_[i]) {
      const auto values = entry.all(source);
      if (values.size() > kMostValues) return source + " has more than 50 values";
      for (const std::string_view value : values) {
        if (std::string problem = text_problem(source, value); !problem.empty()) return problem;
        if (kTargets[i].shape == Shape::mails && looks_like_mail(value)) person.mails.push_back(value);
        if (kTargets[i].shape == Shape::phone) person.phones.emplace_back(value, kTargets[i].member);
        if (person.texts[i].empty()) person.texts[i] = trim(value);
      }
      if (!values.empty()) break;
    }
  }
  if (person.texts[kUserName].empty()) return "no " + sources_[kUserName].front() + " to be its user name";
  const std::string_view login = entry.first(options_.login);
  if (is_text(login)) person.login = fold(login);
  return {};
}

std::string PersonMapper::digest_of(const MappedPerson& person) const {
  Digest digest;
  digest.add(version_).add(person.raw_dn).add(static_cast<std::int64_t>(person.kind)).add(person.account.reason);
  digest.add(person.account.expires ? store::to_millis(*person.account.expires) : -1);
  for (std::size_t i = 0; i < kTargets.size(); ++i) {
    if (kTargets[i].shape != Shape::mails && kTargets[i].shape != Shape::phone) digest.add(person.texts[i]);
  }
  // Values have no order (RFC 4511, 4.1.7): a server that lists them differently has changed nothing.
  auto mails = person.mails;
  std::sort(mails.begin(), mails.end());
  for (const std::string_view mail : mails) digest.add(mail);
  auto phones = person.phones;
  std::sort(phones.begin(), phones.end());
  for (const auto& [number, type] : phones) digest.add(number).add(type);
  return static_cast<char>(person.account.state) + digest.hex();
}

std::optional<AccountState> state_in(std::string_view digest) {
  if (digest.empty()) return std::nullopt;
  for (const AccountState state : {AccountState::active, AccountState::disabled, AccountState::locked}) {
    if (digest.front() == static_cast<char>(state)) return state;
  }
  return std::nullopt;
}

}  // namespace rosterd::ldap
