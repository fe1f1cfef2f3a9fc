// Puts what was mapped into the store's staging. Not thread-safe; one per run.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "ldap/group_mapping.h"
#include "store/staging.h"

namespace rosterd::ldap {

class Stager {
 public:
  // `staging` is empty, and outlives the stager.
  Stager(store::Store& store, store::Staging& staging, store::SourceId source);

  // Takes over only the digest when the store holds the same: an unchanged entry needs no document.
  bool needs_document(const MappedPerson& person) const;
  void person(const MappedPerson& person);
  void group(const MappedGroup& group);
  void member(const std::string& group_key, const MemberValue& value);
  // Seen, but not usable: what we hold of it stays as it is.
  void aside(const SetAside& entry, std::string normalized_dn, bool is_group);

  std::vector<store::DuplicateKey> duplicates();
  // Keys of the people and groups whom we hold under such a DN (normalised), and who were not staged.
  std::vector<std::string> missing_at(const std::function<bool(std::string_view)>& dn);
  std::uint64_t members() const { return members_; }

 private:
  store::Staging& staging_;
  std::uint64_t members_ = 0;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> held_;  // hash of key, hash of digest; sorted
};

}  // namespace rosterd::ldap
