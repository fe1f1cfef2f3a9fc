// Members that a client named before they were there. Each is kept by the name the client used (an id, an externalId or
// a userName) until a person or group of the same source answers to it, and then becomes a member like any other. A
// name is dropped when the client takes it back or the group ends; nobody is remembered because he left.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/groups.h"

namespace rosterd::store {

inline constexpr std::size_t kMostRemembered = 10'000;  // names of one source

struct RememberedMember {
  SourceId source;
  std::string source_name;
  std::string group;  // displayName
  std::string named;
  Instant since;
};

// Who of that source answers to this name now: a person by externalId or userName, or a group by externalId. Not by id:
// that is find_user_of and find_group_of.
std::optional<Member> find_named_member(const View&, SourceId, std::string_view name);

// Idempotent. Refuses: not_found (group), invalid (a name that is empty or longer than 1,024 bytes, or too many).
Outcome<std::size_t> remember_members(Unit&, GroupId, std::span<const std::string> names);
std::size_t forget_members(Unit&, GroupId, std::span<const std::string> names);
// From now on exactly these. Refuses like remember_members.
Outcome<std::size_t> replace_remembered(Unit&, GroupId, std::span<const std::string> names);

std::size_t count_remembered(const View&, SourceId);
std::vector<RememberedMember> remembered_of(const View&, SourceId, std::size_t limit);  // oldest first
std::vector<RememberedMember> remembered_as(const View&, std::string_view name);        // of all sources
// The names that wait for this person, who has no live claim of that source yet.
std::vector<RememberedMember> remembered_for(const View&, UserId);

}  // namespace rosterd::store
