// Whether a directory was read whole. Only a CompleteReading can say that somebody is gone, and only Reading makes one.
// Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <variant>
#include <vector>

#include "ldap/mapping.h"
#include "ldap/reader.h"

namespace rosterd::ldap {

struct SearchBase {
  std::string base;
  Scope scope = Scope::subtree;
  std::string filter;                      // no test of the account's status: it would turn "disabled" into "gone"
  store::Kind kind = store::Kind::staff;   // people only
  std::vector<std::string> canaries = {};  // DNs that must be seen, or the account sees less than it should
  bool may_be_empty = false;
};

// Entries that are in the directory but could not be used: nobody of them is gone.
class SetAsideList {
 public:
  void add(const SetAside& entry, std::string_view normalized_dn);
  // Somebody whom we hold turned out to be one of those that came without a key.
  void add_key(std::string key) { keys_.insert(std::move(key)); }
  bool has_nameless() const { return !nameless_.empty(); }  // entries of which only the DN is known
  bool is_nameless(std::string_view normalized_dn) const { return nameless_.contains(std::string(normalized_dn)); }
  bool protects(std::string_view key, std::string_view normalized_dn) const;
  bool has_key(std::string_view key) const { return keys_.contains(std::string(key)); }
  std::size_t size() const { return size_; }
  const std::vector<SetAside>& shown() const { return shown_; }  // the first kMostShown, with their reasons

 private:
  static constexpr std::size_t kMostShown = 1000;
  std::unordered_set<std::string> keys_;
  std::unordered_set<std::string> dns_;
  std::unordered_set<std::string> nameless_;
  std::vector<SetAside> shown_;
  std::size_t size_ = 0;
};

class CompleteReading {
 public:
  std::uint64_t people() const { return people_; }
  std::uint64_t groups() const { return groups_; }
  std::uint64_t references() const { return references_; }
  const SetAsideList& set_aside() const { return set_aside_; }

 private:
  friend class Reading;
  CompleteReading() = default;
  std::uint64_t people_ = 0;
  std::uint64_t groups_ = 0;
  std::uint64_t references_ = 0;
  SetAsideList set_aside_;
};

// Follows the searches of one run. Per base: begin, seen…, end; then finish.
class Reading {
 public:
  enum class What { people, groups };

  void begin(What what, const SearchBase& base);
  void seen(std::string_view normalized_dn);  // a usable entry
  void aside(const SetAside& entry, std::string_view normalized_dn);
  void end(const SearchOutcome& outcome);
  const SetAsideList& set_aside() const { return reading_.set_aside_; }
  void protect(std::string key) { reading_.set_aside_.add_key(std::move(key)); }

  // The first failed search, an empty base or a canary that was not seen is an error of the whole reading.
  std::variant<CompleteReading, DirectoryError> finish() &&;

 private:
  What what_ = What::people;
  const SearchBase* base_ = nullptr;
  std::vector<std::string> missing_;  // canaries of this base, normalised
  std::uint64_t usable_ = 0;
  std::optional<DirectoryError> error_;
  CompleteReading reading_;
};

}  // namespace rosterd::ldap
