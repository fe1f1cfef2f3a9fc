#include "store/explain.h"

#include <algorithm>
#include <deque>
#include <unordered_map>

#include "store/fold.h"
#include "store/group_row.h"
#include "store/sources.h"
#include "store/sqlite/connection.h"

namespace rosterd::store {
namespace {

constexpr std::size_t kMailLimit = 20;

constexpr std::string_view kGroupsAbove =
    "SELECT g.key, g.display_name FROM memberships m JOIN groups g ON g.key = m.group_key "
    "WHERE m.member_kind = ? AND m.member_key = ? AND g.hidden = 0 ORDER BY g.key";

// All groups above one person, breadth first: the first way that reaches a group is a shortest one, and a cycle ends
// where it comes back to a group already seen.
class GroupsAbove {
 public:
  GroupsAbove(const View& view, UserId user) : view_(view) {
    visit("u", user.value, GroupId{});
    while (!waiting_.empty()) {
      const GroupId group = waiting_.front();
      waiting_.pop_front();
      visit("g", group.value, group);
    }
  }

  // Names from the person's own group up to that one; empty when no membership leads there any more.
  std::vector<std::string> path_to(GroupId group) const {
    std::vector<std::string> path;
    for (auto at = reached_.find(group); at != reached_.end(); at = reached_.find(at->second.below))
      path.push_back(at->second.name);
    std::reverse(path.begin(), path.end());
    return path;
  }

 private:
  struct Reached {
    std::string name;
    GroupId below;  // none: the person's own group
  };

  void visit(std::string_view kind, std::int64_t member, GroupId below) {
    auto select = view_.db().prepare(kGroupsAbove);
    select.bind(kind, member);
    while (select.step()) {
      const GroupId group{select.integer(0)};
      if (reached_.try_emplace(group, Reached{select.text(1), below}).second) waiting_.push_back(group);
    }
  }

  const View& view_;
  std::unordered_map<GroupId, Reached> reached_;
  std::deque<GroupId> waiting_;
};

std::string source_name(const View& view, SourceId id) {
  const auto source = find_source(view, id);
  return source ? source->name : std::string();
}

std::vector<WithheldRole> withheld_from(const View& view, UserId who, const AccessRules& rules,
                                        const GroupsAbove& above) {
  std::vector<WithheldRole> withheld;
  const auto roles = list_roles(view);
  const auto is_privileged_role = [&](const std::string& name) {
    return std::any_of(roles.begin(), roles.end(),
                       [&](const Role& role) { return role.privileged && fold(role.name) == fold(name); });
  };
  for (const GroupAbove& group : groups_above(view, who)) {
    if (rules.may_give_privileged(group.source_name)) continue;
    for (Access& access : rules.match({group.source_name, group.display_name, group.dn}))
      if (is_privileged_role(access.role))
        withheld.push_back(
            {std::move(access.role), std::move(access.rule), group.source_name, above.path_to(group.key)});
  }
  return withheld;
}

}  // namespace

Explanation explain(const View& view, UserId who, const AccessRules& rules) {
  auto user = find_user(view, who);
  if (!user) throw StoreError(StoreError::Kind::internal, "explain: there is no such person");
  Explanation all;
  all.user = std::move(*user);
  all.roles = roles_of(view, who);
  all.projects = projects_of(view, who);
  all.permissions = permissions_of(view, who);
  const GroupsAbove groups(view, who);
  for (Grant& grant : grants_of(view, who)) {
    const SourceId source = grant.source;
    auto path = grant.group ? groups.path_to(grant.group) : std::vector<std::string>{};
    all.grants.push_back({std::move(grant), source_name(view, source), std::move(path)});
  }
  all.withheld = withheld_from(view, who, rules, groups);
  for (Block& block : blocks_of(view, who)) {
    std::string name = source_name(view, block.source);
    all.blocks.emplace_back(std::move(name), std::move(block));
  }
  for (Claim& claim : claims_of(view, who)) {
    std::string name = source_name(view, claim.source);
    all.claims.emplace_back(std::move(name), std::move(claim));
  }
  all.remembered = remembered_for(view, who);
  all.invitations = invitations_of(view, who);
  all.mails = mails_of(view, who, kMailLimit);
  return all;
}

}  // namespace rosterd::store
