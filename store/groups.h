// Groups and memberships, each with its source. Member changes are single rows: no call here reads a whole group to
// change one member.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "store/store.h"

namespace rosterd::store {

struct GroupFacts {
  std::optional<std::string> key = {};  // the source's own key; absent: kept
  std::string display_name;
  std::string dn = {};          // normalised
  std::string document = "{}";  // further SCIM attributes as JSON (externalId, …)
  std::string digest = {};      // of the facts and members; opaque
  bool keyless = false;         // without `key`: one that was known is forgotten
};

struct Group {
  GroupId key;
  std::string id;  // public, a UUID
  SourceId source;
  std::optional<std::string> source_key;
  std::string display_name;
  std::string dn;
  std::string document;
  std::string digest;
  bool hidden = false;
  std::int64_t version = 0;
  Instant created;
  Instant modified;
};

using Member = std::variant<UserId, GroupId>;

struct MemberRow {
  Member member;
  std::string id;  // public
  std::string display_name;
};

struct GroupOfUser {
  GroupId key;
  std::string id;
  std::string display_name;
  bool direct = false;
};

// Makes or changes a group of that source (`existing` none: found by key, also a hidden one, which is restored; or
// made).
Outcome<GroupId> put_group(Unit&, SourceId, const GroupFacts&, GroupId existing = {});
// Hides the group and ends its grants at once; what follows for many members comes in durable steps (work.h).
// Refuses: not_found; held and discarded for a source with a brake (brake.h), as do the two that remove members.
Outcome<> hide_group(Unit&, GroupId);
// Idempotent; return how many rows really changed. Privileged people are protected by the access rules, not here.
Outcome<std::size_t> add_members(Unit&, GroupId, std::span<const Member>);
Outcome<std::size_t> remove_members(Unit&, GroupId, std::span<const Member>);
Outcome<std::size_t> replace_members(Unit&, GroupId, std::span<const Member>);

std::optional<Group> find_group(const View&, GroupId);
std::optional<Group> find_group(const View&, std::string_view id);
std::optional<Group> find_group_of(const View&, SourceId, std::string_view id);                 // not hidden
std::optional<Group> find_group_by_name(const View&, SourceId, std::string_view display_name);  // not hidden, folded
std::optional<Group> find_group_by_key(const View&, SourceId, std::string_view source_key);     // hidden too
bool is_member(const View&, GroupId, Member);
// Hidden people left out; until `row` returns false.
void each_member(const View&, GroupId, const std::function<bool(const MemberRow&)>& row);
std::vector<GroupOfUser> groups_of(const View&, UserId, SourceId only = {});  // nested too; cycles are harmless

}  // namespace rosterd::store
