// What a directory said in one run, streamed in, so that memory stays flat; and merges of it with what we hold, in key
// order. Rows of a run that did not complete are thrown away by the next begin.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "store/store.h"

namespace rosterd::store {

struct StagedPerson {
  std::string key;
  std::string digest;
  std::string dn;        // normalised, for resolving members
  std::string login;     // folded uid, for memberUid
  std::string document;  // JSON of ldap's own: the mapped facts; empty when `digest` equals the held one
};

struct StagedGroup {
  std::string key;
  std::string digest;  // of the facts; members are compared as sets
  std::string dn;
  std::string document;
};

struct HeldPerson {  // what we hold from that source
  std::string key;
  std::string digest;
  UserId user;
  std::string origin;
};

struct HeldGroup {
  std::string key;
  std::string digest;
  GroupId group;
  bool hidden = false;
};

void begin_staging(Unit&, SourceId);
// Refuses: uniqueness (a second entry with the same key; both are then set aside by the caller).
Outcome<> stage_person(Unit&, SourceId, const StagedPerson&);
Outcome<> stage_group(Unit&, SourceId, const StagedGroup&);
// A member as written: a normalised DN, or a login name.
void stage_member(Unit&, SourceId, std::string_view group_key, std::string_view member, bool is_login);
void drop_staging(Unit&, SourceId);
std::size_t staged_people(const View&, SourceId);
std::size_t staged_groups(const View&, SourceId);
bool is_staged(const View&, SourceId, std::string_view dn);  // canaries: a person or group with that DN was seen

// Merge joins in key order: (held, staged); one of the two may be absent. `row` returns false to stop.
void merge_people(const View&, SourceId, const std::function<bool(const HeldPerson*, const StagedPerson*)>& row);
void merge_groups(const View&, SourceId, const std::function<bool(const HeldGroup*, const StagedGroup*)>& row);

// Members of all staged groups against the held memberships, as keys of people or groups; in group, then member order.
struct MemberDifference {
  std::string group_key;
  std::string member_key;
  bool is_group = false;
  bool add = false;  // false: remove
};
void member_differences(const View&, SourceId, const std::function<bool(const MemberDifference&)>& row);
std::size_t unresolved_members(const View&, SourceId);  // dangling: counted, harmless

}  // namespace rosterd::store
