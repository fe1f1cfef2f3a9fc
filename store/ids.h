// Strong ids: the rows' integer keys inside the store. People and groups also carry a public id (a random UUID as
// text), the only one that leaves the process.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace rosterd::store {

template <class Tag>
struct Id {
  std::int64_t value = 0;  // 0 is "none"
  explicit operator bool() const { return value != 0; }
  auto operator<=>(const Id&) const = default;
};

using SourceId = Id<struct SourceTag>;
using UserId = Id<struct UserTag>;
using GroupId = Id<struct GroupTag>;
using RoleId = Id<struct RoleTag>;
using ProjectId = Id<struct ProjectTag>;
using TokenId = Id<struct TokenTag>;
using SessionId = Id<struct SessionTag>;
using InvitationId = Id<struct InvitationTag>;
using MailId = Id<struct MailTag>;
using HoldId = Id<struct HoldTag>;

}  // namespace rosterd::store

template <class Tag>
struct std::hash<rosterd::store::Id<Tag>> {
  std::size_t operator()(const rosterd::store::Id<Tag>& id) const noexcept {
    return std::hash<std::int64_t>{}(id.value);
  }
};
