// What a directory said in one run, streamed in, so that memory stays flat; and merges of it with what we hold, in key
// order. Rows of a run that did not complete are thrown away by the next begin.
//
// Set aside: an entry that was seen but cannot be used (a bad value, or its key stands on two different entries). It is
// neither changed nor gone: no merge and no member difference mentions it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/store.h"

namespace rosterd::store {

struct StagedPerson {
  std::string key;
  std::string digest;
  std::string dn;          // normalised, for resolving members
  std::string login;       // folded uid, for memberUid
  std::string document;    // JSON of ldap's own: the mapped facts
  bool set_aside = false;  // seen, but not usable: see above
};

struct StagedGroup {
  std::string key;
  std::string digest;  // of the facts; members are compared as sets
  std::string dn;
  std::string document;
  bool set_aside = false;  // its members are left alone, too
};

struct HeldPerson {  // what we hold from that source
  std::string key;
  std::string digest;
  UserId user;
  std::string origin;
  bool gone = false;  // already known as gone: our own block left_directory or out_of_scope, or the claim has ended
};

struct HeldGroup {
  std::string key;
  std::string digest;
  GroupId group;
  bool hidden = false;  // only together with a staged one: it comes back
};

void begin_staging(Unit&, SourceId);
// Refuse: invalid (empty key). An entry that is staged twice (same key and DN: overlapping bases) counts once, the last
// one; the same key with another DN sets both aside, see duplicate_keys. Fastest in units of some thousand rows.
Outcome<> stage_person(Unit&, SourceId, const StagedPerson&);
Outcome<> stage_group(Unit&, SourceId, const StagedGroup&);
// A member as written: a normalised DN, or a login name.
void stage_member(Unit&, SourceId, std::string_view group_key, std::string_view member, bool is_login);
void drop_staging(Unit&, SourceId);
// At most `limit` rows, so that other units pass between; returns how many. 0: nothing is left.
std::size_t drop_staging(Unit&, SourceId, std::size_t limit);

struct DuplicateKey {
  std::string key;
  bool is_group = false;
  std::vector<std::string> dns;
};
std::vector<DuplicateKey> duplicate_keys(const View&, SourceId);

// Merge joins in key order: (held, staged); one of the two may be absent. `row` returns false to stop. When the digests
// are equal and the person is not gone, only key and digest of the staged one are filled in.
void merge_people(const View&, SourceId, const std::function<bool(const HeldPerson*, const StagedPerson*)>& row);
// A hidden group that is not staged either is not mentioned.
void merge_groups(const View&, SourceId, const std::function<bool(const HeldGroup*, const StagedGroup*)>& row);

// Members of all staged groups against the held memberships, as keys of people or groups; by group key, people before
// groups, member key. A login name that two people share resolves to nobody.
struct MemberDifference {
  std::string group_key;
  std::string member_key;
  bool is_group = false;
  bool add = false;  // false: remove
};
void member_differences(const View&, SourceId, const std::function<bool(const MemberDifference&)>& row);
std::size_t unresolved_members(const View&, SourceId);  // dangling: counted, harmless

// Whether what a comparison saw still stands, by the change feed: the feed's last number, and whether anything after
// `since` is about a person or a group of that source, whoever did it.
std::int64_t last_change(const View&);
bool has_changed(const View&, SourceId, std::int64_t since);

}  // namespace rosterd::store
