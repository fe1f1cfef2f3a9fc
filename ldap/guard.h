// The brake on mass removal: too many removals of one kind are held for an administrator's word; additions go on. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "ldap/plan.h"

namespace rosterd::ldap {

// Held are removals above max(count, percent of what is held), counted apart for people, groups and memberships.
struct GuardLimits {
  std::uint64_t count = 10;
  double percent = 5.0;
};

struct Tally {
  std::uint64_t removals = 0;
  std::uint64_t held = 0;  // how many we hold of that kind, before
};

struct Tallies {
  Tally people = {};
  Tally groups = {};
  Tally members = {};  // without those that end because their person goes: these share the person's lot
};

struct Verdict {
  bool hold_people = false;
  bool hold_groups = false;
  bool hold_members = false;
  std::string summary = {};  // "61 of 204 people would be deactivated (limit 10)"; empty when nothing is held

  bool holds() const { return hold_people || hold_groups || hold_members; }
};

Verdict judge(const GuardLimits& limits, const Tallies& tallies);

}  // namespace rosterd::ldap
