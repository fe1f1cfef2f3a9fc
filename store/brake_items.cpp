// The brake's removals as items of a hold: how they are named, shown, and carried out at a release.
#include "store/blocks.h"
#include "store/brake_checks.h"
#include "store/claims.h"
#include "store/pace.h"
#include "store/sources.h"
#include "store/sqlite/connection.h"

namespace rosterd::store {
namespace {

constexpr std::size_t kMostItemsPerStep = 1000;

std::string quoted(std::string_view name) {
  return "\"" + std::string(name) + "\"";
}

// As it will be shown; nothing for what has come about, or cannot any more.
std::optional<HoldItem> person_item(const View& view, const HeldRemovals& removals) {
  const auto user = find_user(view, removals.user);
  const auto claim = find_claim(view, removals.source, removals.user);
  if (!user || user->hidden || !user->active || !claim || claim->ended) return std::nullopt;
  return HoldItem{
      .kind = removals.kind,
      .subject = user->id,
      .digest = claim->key.value_or(""),
      .detail = "{}",
      .text = "- person " + quoted(user->user_name) + (removals.kind == "end_person" ? ": deleted" : ": set inactive")};
}

std::optional<HoldItem> group_item(const View& view, const HeldRemovals& removals) {
  const auto group = find_group(view, removals.group);
  if (!group || group->hidden) return std::nullopt;
  Statement row = view.db().prepare("SELECT COUNT(*) FROM memberships WHERE group_key = ?");
  row.bind(group->key).step();
  return HoldItem{.kind = removals.kind,
                  .subject = group->id,
                  .digest = std::to_string(group->version),
                  .detail = "{}",
                  .text = "- group " + quoted(group->display_name) + " with " + row.text(0) + " members: deleted"};
}

std::optional<HoldItem> member_item(const View& view, const Group& group, const Member& member) {
  const std::string digest = membership_digest(view, group.key, member);
  if (digest.empty()) return std::nullopt;
  std::string name;
  if (const auto* user = std::get_if<UserId>(&member))
    name = find_user(view, *user)->user_name;
  else
    name = find_group(view, std::get<GroupId>(member))->display_name;
  return HoldItem{.kind = "remove_member",
                  .subject = member_subject(view, group, member),
                  .digest = digest,
                  .detail = "{}",
                  .text = "- member " + quoted(name) + " of group " + quoted(group.display_name)};
}

std::vector<HoldItem> items_of(const View& view, const HeldRemovals& removals, std::size_t from, std::size_t count) {
  std::vector<HoldItem> items;
  if (removals.kind != "remove_member") {
    auto item = removals.group ? group_item(view, removals) : person_item(view, removals);
    if (item) items.push_back(std::move(*item));
    return items;
  }
  const auto group = find_group(view, removals.group);
  if (!group || group->hidden) return items;
  const std::size_t end = std::min(removals.members.size(), from + count);
  for (std::size_t i = from; i < end; ++i)
    if (auto item = member_item(view, *group, removals.members[i])) items.push_back(std::move(*item));
  return items;
}

bool end_or_block(Unit& unit, SourceId source, const HoldItem& item) {
  const auto user = find_user_of(unit, source, item.subject);
  const auto claim = user ? find_claim(unit, source, user->key) : std::nullopt;
  if (!claim || claim->key.value_or("") != item.digest) return false;
  if (item.kind == "end_person") return static_cast<bool>(end_claim(unit, source, user->key));
  return static_cast<bool>(block(unit, user->key, source, Reason::inactive_by_client));
}

bool remove_member(Unit& unit, SourceId source, const HoldItem& item) {
  const std::size_t space = item.subject.find(' ');
  if (space == std::string::npos) return false;
  const auto group = find_group_of(unit, source, item.subject.substr(0, space));
  if (!group) return false;
  const std::string id = item.subject.substr(space + 1);
  Member member;
  if (const auto user = find_user(unit, id))
    member = user->key;
  else if (const auto below = find_group(unit, id))
    member = below->key;
  else
    return false;
  if (membership_digest(unit, group->key, member) != item.digest) return false;
  return static_cast<bool>(remove_members(unit, group->key, {&member, 1}));
}

bool run(Unit& unit, const Hold& hold, const HoldItem& item) {
  unit.release_brake(true);
  bool done = false;
  if (item.kind == "hide_group") {
    const auto group = find_group_of(unit, hold.source, item.subject);
    done = group && std::to_string(group->version) == item.digest && hide_group(unit, group->key);
  } else if (item.kind == "remove_member") {
    done = remove_member(unit, hold.source, item);
  } else {
    done = end_or_block(unit, hold.source, item);
  }
  unit.release_brake(false);
  return done;
}

}  // namespace

std::string membership_digest(const View& view, GroupId group, const Member& member) {
  const bool user = std::holds_alternative<UserId>(member);
  Statement row =
      view.db().prepare("SELECT since FROM memberships WHERE group_key = ? AND member_kind = ? AND member_key = ?");
  row.bind(group, user ? "u" : "g", std::visit([](const auto id) { return id.value; }, member));
  return row.step() ? row.text(0) : std::string();
}

HoldId hold_removals(Unit& unit, const HeldRemovals& removals, std::size_t from, std::size_t count) {
  const auto items = items_of(unit, removals, from, count);
  if (items.empty()) return open_hold_id(unit, removals.source);
  // The later word of a source is the one that waits.
  if (removals.user)
    drop_from_hold(unit, removals.source, removals.kind == "end_person" ? "block_person" : "end_person",
                   items.front().subject);
  return add_to_hold(unit, removals.source, removals.excess, items);
}

HoldId hold_removals(Store& store, const Actor& actor, const HeldRemovals& removals) {
  Pace pace(kMostItemsPerStep / 4, kMostItemsPerStep);
  HoldId id;
  for (std::size_t from = 0; from < removals.size();) {
    const std::size_t count = pace.next();
    id = store.write(actor, [&](Unit& unit) {
      pace.begin();
      const HoldId hold = hold_removals(unit, removals, from, count);
      pace.end(count);
      return hold;
    });
    from += count;
  }
  return id;
}

Outcome<Released> release_removals(Store& store, HoldId id, const Actor& actor, const std::stop_token& stop) {
  return release_hold(store, id, actor, stop, run);
}

}  // namespace rosterd::store
