// Attributes that arrive in slices (Active Directory: "member;range=0-1499", the last one "…-*"), put together again.
// An empty "member" beside "member;range=0-1499" is part of the game. Pure.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "ldap/entry.h"

namespace rosterd::ldap {

bool has_ranges(const EntryView& entry);

// Collects the slices of one entry. Order of calls: add() per answer; while missing() is not empty, ask for exactly
// that.
class RangedEntry {
 public:
  explicit RangedEntry(std::string dn) : dn_(std::move(dn)) {}

  void add(const EntryView& part);
  std::vector<std::string> missing() const;  // attribute names to ask for next: "member;range=1500-*"
  bool stuck() const { return stuck_; }      // a slice did not begin where the one before had ended
  void deliver(const std::function<void(const EntryView&)>& handler) const;

 private:
  struct Slices {
    std::vector<std::string> values;
    std::size_t next = 0;
    bool open = false;  // more to come
  };

  std::string dn_;
  std::map<std::string, Slices> attributes_;  // by name without options of range, in lower case
  bool stuck_ = false;
};

}  // namespace rosterd::ldap
