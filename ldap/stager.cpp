#include "ldap/stager.h"

#include <algorithm>

#include "ldap/dn.h"
#include "store/groups.h"

namespace rosterd::ldap {
namespace {

std::uint64_t hash(std::string_view text) {
  return std::hash<std::string_view>{}(text);
}

}  // namespace

// Empty keys are the only thing that staging refuses, and no mapper lets one through: its answers are not looked at.
Stager::Stager(store::Store& store, store::Staging& staging, store::SourceId source) : staging_(staging) {
  store.read([&](const store::View& view) {
    store::each_held_person(view, source, [&](const store::HeldPerson& held) {
      if (!held.gone) held_.emplace_back(hash(held.key), hash(held.digest));
    });
  });
  std::sort(held_.begin(), held_.end());
}

bool Stager::needs_document(const MappedPerson& person) const {
  return !std::binary_search(held_.begin(), held_.end(), std::pair(hash(person.key), hash(person.digest)));
}

void Stager::person(const MappedPerson& person) {
  (void)staging_.add(store::StagedPerson{person.key, person.digest, person.dn, person.login,
                                         needs_document(person) ? to_json(person.document()) : std::string()});
}

void Stager::group(const MappedGroup& group) {
  (void)staging_.add(
      store::StagedGroup{group.key, group.digest, group.dn, to_json(GroupDocument{group.dn, group.display_name})});
}

void Stager::member(const std::string& group_key, const MemberValue& value) {
  ++members_;
  staging_.add_member(group_key, value.text, value.is_login);
}

void Stager::aside(const SetAside& entry, std::string normalized_dn, bool is_group) {
  if (entry.key.empty()) return;
  if (is_group) {
    (void)staging_.add(store::StagedGroup{entry.key, {}, std::move(normalized_dn), {}, true});
  } else {
    (void)staging_.add(store::StagedPerson{entry.key, {}, std::move(normalized_dn), {}, {}, true});
  }
}

std::vector<store::DuplicateKey> Stager::duplicates() {
  return staging_.read([](const store::StagedView& view) { return store::duplicate_keys(view); });
}

std::vector<std::string> Stager::missing_at(const std::function<bool(std::string_view)>& dn) {
  std::vector<std::string> keys;
  staging_.read([&](const store::StagedView& view) {
    store::merge_people(view, [&](const store::HeldPerson* held, const store::StagedPerson* staged) {
      if (staged == nullptr && dn(normalize_dn(held->origin).value_or(held->origin))) keys.push_back(held->key);
      return true;
    });
    store::merge_groups(view, [&](const store::HeldGroup* held, const store::StagedGroup* staged) {
      if (staged != nullptr) return true;
      const auto group = store::find_group(view, held->group);
      if (group && dn(group->dn)) keys.push_back(held->key);
      return true;
    });
  });
  return keys;
}

}  // namespace rosterd::ldap
