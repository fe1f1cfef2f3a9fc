#include <algorithm>

#include "store/brake_checks.h"
#include "store/claims.h"
#include "store/removal_counts.h"
#include "store/sources.h"
#include "store/sqlite/connection.h"

namespace rosterd::store {
namespace {

constexpr std::int64_t kMostIdleMembers = 20'000;  // of an ending group, looked at within the unit

const RemovalLimits* limits_of(const Unit& unit, SourceId source) {
  const auto& brakes = unit.settings().brakes;
  if (brakes.empty() || unit.is_brake_released()) return nullptr;
  const auto known = find_source(unit, source);
  const auto found = known ? brakes.find(known->name) : brakes.end();
  return found == brakes.end() || found->second.percent >= 100 ? nullptr : &found->second;
}

std::string print_window(std::chrono::milliseconds window) {
  using namespace std::chrono;
  const auto minutes = ceil<std::chrono::minutes>(window).count();
  if (minutes % (24 * 60) == 0) return std::to_string(minutes / (24 * 60)) + "d";
  if (minutes % 60 == 0) return std::to_string(minutes / 60) + "h";
  return std::to_string(minutes) + "min";
}

std::string excess_of(const Allowance& may, const char* what, const RemovalLimits& limits) {
  return "more than " + std::to_string(may.limit) + " of " + std::to_string(may.held) + " " + what + " within " +
         print_window(limits.window);
}

Refused held(HeldRemovals removals, const char* field) {
  std::string message = "held for an administrator's decision: " + removals.excess;
  return {Refusal::held, std::move(message), field, std::make_shared<const HeldRemovals>(std::move(removals))};
}

Refused discarded(const std::string& what, const char* field) {
  return {Refusal::discarded, "an administrator has discarded this removal: " + what, field};
}

std::string row_of(const Member& member) {
  const bool user = std::holds_alternative<UserId>(member);
  return (user ? "u:" : "g:") + std::to_string(std::visit([](const auto id) { return id.value; }, member));
}

std::string row_of(GroupId group) {
  return "g:" + std::to_string(group.value);
}

std::string row_of(GroupId group, const Member& member) {
  return row_of(group) + " " + row_of(member);
}

bool is_active(const View& view, UserId user) {
  return view.db().prepare("SELECT 1 FROM users WHERE key = ? AND active = 1 AND hidden = 0").bind(user).step();
}

bool loses_access(const View& view, const Member& member) {
  const auto* user = std::get_if<UserId>(&member);
  return user == nullptr || is_active(view, *user);
}

struct Membership {
  std::int64_t rows = 0;    // looked at
  std::int64_t counts = 0;  // of those whose end takes something from somebody
};

Membership membership_of(const View& view, GroupId group, std::int64_t most_rows) {
  Statement row = view.db().prepare(
      "SELECT COUNT(*), COUNT(CASE WHEN m.member_kind = 'g' OR u.active = 1 THEN 1 END) FROM "
      "(SELECT member_kind, member_key FROM memberships WHERE group_key = ? LIMIT ?) m "
      "LEFT JOIN users u ON m.member_kind = 'u' AND u.key = m.member_key AND u.hidden = 0");
  row.bind(group, most_rows).step();
  return {row.integer(0), row.integer(1)};
}

// Whether anything of this kind is held or was discarded: one look for a whole list of members.
struct Pending {
  HoldId open;
  bool discarded = false;
  explicit operator bool() const { return open || discarded; }
};

Pending pending_members(const View& view, SourceId source) {
  return {open_hold_id(view, source), has_discarded(view, source, "remove_member")};
}

}  // namespace

std::string member_subject(const View& view, const Group& group, const Member& member) {
  if (const auto* user = std::get_if<UserId>(&member)) {
    const auto found = find_user(view, *user);
    return group.id + " " + (found ? found->id : std::string());
  }
  const auto found = find_group(view, std::get<GroupId>(member));
  return group.id + " " + (found ? found->id : std::string());
}

Outcome<> brake_person(Unit& unit, SourceId source, const User& user, Reason reason) {
  const RemovalLimits* limits = limits_of(unit, source);
  if (limits == nullptr) return Done{};
  if (!user.active || unit.was_woken(user.key)) {  // he loses nothing, and what waits for him has come about
    for (const char* kind : {"block_person", "end_person"}) {
      if (kind == std::string_view("end_person") && reason != Reason::deprovisioned) continue;
      drop_from_hold(unit, source, kind, user.id);
      forget_discarded(unit, source, kind, user.id);
    }
    return Done{};
  }
  const bool ends = reason == Reason::deprovisioned;
  const char* const kind = ends ? "end_person" : "block_person";
  const auto claim = find_claim(unit, source, user.key);
  const std::string digest = claim ? claim->key.value_or("") : "";
  if (was_discarded(unit, source, kind, user.id, digest)) return discarded("the person stays active", "active");
  const Allowance may = allowance(unit, source, Removed::people, *limits);
  const HoldId open = open_hold_id(unit, source);
  const bool waiting = open && (waits(unit, open, "block_person", user.id) || waits(unit, open, "end_person", user.id));
  if (waiting || may.left() < 1)
    return held({.source = source, .kind = kind, .user = user.key, .excess = excess_of(may, "people", *limits)},
                "active");
  count_removal(unit, source, Removed::people, row_of(Member(user.key)), 1, ends ? 1 : 0);
  return Done{};
}

Outcome<> brake_group(Unit& unit, const Group& group) {
  const RemovalLimits* limits = limits_of(unit, group.source);
  if (limits == nullptr) return Done{};
  if (was_discarded(unit, group.source, "hide_group", group.id, std::to_string(group.version)))
    return discarded("the group stays", "");
  const Allowance groups = allowance(unit, group.source, Removed::groups, *limits);
  const Allowance members = allowance(unit, group.source, Removed::members, *limits);
  const std::int64_t most_rows = members.left() + kMostIdleMembers;
  const Membership inside = membership_of(unit, group.key, most_rows);
  const HoldId open = open_hold_id(unit, group.source);
  const bool waiting = open && waits(unit, open, "hide_group", group.id);
  if (waiting || groups.left() < 1 || inside.counts > members.left() || inside.rows == most_rows) {
    const bool by_members = groups.left() >= 1;
    return held(
        {.source = group.source,
         .kind = "hide_group",
         .group = group.key,
         .excess = by_members ? excess_of(members, "memberships", *limits) : excess_of(groups, "groups", *limits)},
        "");
  }
  count_removal(unit, group.source, Removed::groups, row_of(group.key), 1, 1);
  if (inside.counts > 0)
    count_removal(unit, group.source, Removed::members, row_of(group.key), inside.counts, inside.rows);
  return Done{};
}

Outcome<> brake_members(Unit& unit, const Group& group, std::span<const Member> leaving) {
  const RemovalLimits* limits = leaving.empty() ? nullptr : limits_of(unit, group.source);
  if (limits == nullptr) return Done{};
  const Pending pending = pending_members(unit, group.source);
  bool waiting = false;
  for (const Member& member : pending ? leaving : std::span<const Member>{}) {
    const std::string subject = member_subject(unit, group, member);
    if (was_discarded(unit, group.source, "remove_member", subject, membership_digest(unit, group.key, member)))
      return discarded("the member stays", "members");
    waiting = waiting || (pending.open && waits(unit, pending.open, "remove_member", subject));
  }
  const Allowance may = allowance(unit, group.source, Removed::members, *limits);
  std::vector<Member> losing;
  for (const Member& member : leaving)
    if (static_cast<std::int64_t>(losing.size()) <= may.left() && loses_access(unit, member)) losing.push_back(member);
  if (waiting || static_cast<std::int64_t>(losing.size()) > may.left())
    return held({.source = group.source,
                 .kind = "remove_member",
                 .group = group.key,
                 .members = {leaving.begin(), leaving.end()},
                 .excess = excess_of(may, "memberships", *limits)},
                "members");
  for (const Member& member : losing)
    count_removal(unit, group.source, Removed::members, row_of(group.key, member), 1, 1);
  return Done{};
}

bool person_stays(Unit& unit, SourceId source, const User& user) {
  if (limits_of(unit, source) == nullptr) return false;
  for (const char* kind : {"block_person", "end_person"}) {
    drop_from_hold(unit, source, kind, user.id);
    forget_discarded(unit, source, kind, user.id);
  }
  return give_back(unit, source, Removed::people, row_of(Member(user.key)));
}

void group_is_back(Unit& unit, const Group& group) {
  if (limits_of(unit, group.source) == nullptr) return;
  give_back(unit, group.source, Removed::groups, row_of(group.key));
  give_back(unit, group.source, Removed::members, row_of(group.key));
}

void members_stay(Unit& unit, const Group& group, std::span<const Member> members) {
  if (members.empty() || limits_of(unit, group.source) == nullptr) return;
  const Pending pending = pending_members(unit, group.source);
  const bool counted = has_counted(unit, group.source, Removed::members);
  if (!pending && !counted) return;
  for (const Member& member : members) {
    if (counted) give_back(unit, group.source, Removed::members, row_of(group.key, member));
    if (!pending) continue;
    const std::string subject = member_subject(unit, group, member);
    drop_from_hold(unit, group.source, "remove_member", subject);
    forget_discarded(unit, group.source, "remove_member", subject);
  }
}

}  // namespace rosterd::store
