#include "ldap/stager.h"

#include <algorithm>

#include "ldap/dn.h"
#include "store/groups.h"

namespace rosterd::ldap {
namespace {

// Staging rows are small and touch no consequences: larger units than for changes.
constexpr std::size_t kMostRowsPerUnit = 2000;
constexpr std::size_t kFirstRowsPerUnit = 500;

std::uint64_t hash(std::string_view text) {
  return std::hash<std::string_view>{}(text);
}

}  // namespace

Stager::Stager(store::Store& store, const store::Actor& actor, store::SourceId source)
    : store_(store), actor_(actor), source_(source), pace_(kFirstRowsPerUnit, kMostRowsPerUnit) {
  drop_staging_in_steps(store_, actor_, source_);
  store_.write(actor_, [&](store::Unit& unit) { store::begin_staging(unit, source_); });
  load_held();
}

void Stager::load_held() {
  store_.read([&](const store::View& view) {
    store::merge_people(view, source_, [&](const store::HeldPerson* held, const store::StagedPerson*) {
      if (held != nullptr && !held->gone) held_.emplace_back(hash(held->key), hash(held->digest));
      return true;
    });
  });
  std::sort(held_.begin(), held_.end());
}

bool Stager::needs_document(const MappedPerson& person) const {
  return !std::binary_search(held_.begin(), held_.end(), std::pair(hash(person.key), hash(person.digest)));
}

void Stager::person(const MappedPerson& person) {
  add(store::StagedPerson{person.key, person.digest, person.dn, person.login,
                          needs_document(person) ? to_json(person.document()) : std::string()});
}

void Stager::group(const MappedGroup& group) {
  add(store::StagedGroup{group.key, group.digest, group.dn, to_json(GroupDocument{group.dn, group.display_name})});
}

void Stager::member(const std::string& group_key, MemberValue value) {
  ++members_;
  add(StagedMember{group_key, std::move(value)});
}

void Stager::add(Row row) {
  rows_.push_back(std::move(row));
  if (rows_.size() >= pace_.next()) flush();
}

void Stager::aside(const SetAside& entry, std::string normalized_dn, bool is_group) {
  if (entry.key.empty()) return;
  if (is_group) {
    add(store::StagedGroup{entry.key, {}, std::move(normalized_dn), {}, true});
  } else {
    add(store::StagedPerson{entry.key, {}, std::move(normalized_dn), {}, {}, true});
  }
}

std::vector<store::DuplicateKey> Stager::duplicates() const {
  return store_.read([&](const store::View& view) { return store::duplicate_keys(view, source_); });
}

std::vector<std::string> Stager::missing_at(const std::function<bool(std::string_view)>& dn) const {
  std::vector<std::string> keys;
  store_.read([&](const store::View& view) {
    store::merge_people(view, source_, [&](const store::HeldPerson* held, const store::StagedPerson* staged) {
      if (staged == nullptr && dn(normalize_dn(held->origin).value_or(held->origin))) keys.push_back(held->key);
      return true;
    });
    store::merge_groups(view, source_, [&](const store::HeldGroup* held, const store::StagedGroup* staged) {
      if (staged != nullptr) return true;
      const auto group = store::find_group(view, held->group);
      if (group && dn(group->dn)) keys.push_back(held->key);
      return true;
    });
  });
  return keys;
}

// Empty keys are the only thing that staging refuses, and no mapper lets one through.
void Stager::flush() {
  if (rows_.empty()) return;
  store_.write(actor_, [&](store::Unit& unit) {
    pace_.begin();
    for (const Row& row : rows_) {
      if (const auto* person = std::get_if<store::StagedPerson>(&row)) {
        (void)store::stage_person(unit, source_, *person);
      } else if (const auto* group = std::get_if<store::StagedGroup>(&row)) {
        (void)store::stage_group(unit, source_, *group);
      } else {
        const auto& member = std::get<StagedMember>(row);
        store::stage_member(unit, source_, member.group_key, member.value.text, member.value.is_login);
      }
    }
    pace_.end(rows_.size());
  });
  rows_.clear();
}

void drop_staging_in_steps(store::Store& store, const store::Actor& actor, store::SourceId source) {
  store::Pace pace(kFirstRowsPerUnit, kMostRowsPerUnit);
  const auto step = [&](store::Unit& unit) {
    pace.begin();
    const std::size_t dropped = store::drop_staging(unit, source, pace.next());
    pace.end(dropped);
    return dropped;
  };
  while (store.write(actor, step) > 0) {
  }
}

}  // namespace rosterd::ldap
