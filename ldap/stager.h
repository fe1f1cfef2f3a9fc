// Writes what was mapped into the store's staging, in units of a limited size. Not thread-safe; one per run.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "ldap/group_mapping.h"
#include "store/pace.h"
#include "store/staging.h"

namespace rosterd::ldap {

class Stager {
 public:
  // Throws away what an earlier run has left.
  Stager(store::Store& store, const store::Actor& actor, store::SourceId source);

  // Takes over only the digest when the store holds the same: an unchanged entry needs no document.
  bool needs_document(const MappedPerson& person) const;
  void person(const MappedPerson& person);
  void group(const MappedGroup& group);
  void member(const std::string& group_key, MemberValue value);
  // Seen, but not usable: what we hold of it stays as it is.
  void aside(const SetAside& entry, std::string normalized_dn, bool is_group);
  void flush();

  std::vector<store::DuplicateKey> duplicates() const;
  // Keys of the people and groups whom we hold under such a DN (normalised), and who were not staged.
  std::vector<std::string> missing_at(const std::function<bool(std::string_view)>& dn) const;
  std::uint64_t members() const { return members_; }

 private:
  struct StagedMember {
    std::string group_key;
    MemberValue value;
  };
  using Row = std::variant<store::StagedPerson, store::StagedGroup, StagedMember>;

  void add(Row row);
  void load_held();

  store::Store& store_;
  const store::Actor& actor_;
  const store::SourceId source_;
  std::vector<Row> rows_;
  store::Pace pace_;
  std::uint64_t members_ = 0;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> held_;  // hash of key, hash of digest; sorted
};

// Empties the source's staging, so that other units pass between.
void drop_staging_in_steps(store::Store& store, const store::Actor& actor, store::SourceId source);

}  // namespace rosterd::ldap
