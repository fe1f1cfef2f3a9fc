#include "ldap/runner.h"
#include "ldap/source_state.h"
#include "ldap/sync.h"
#include "store/claims.h"
#include "store/groups.h"
#include "store/pace.h"
#include "store/work.h"

namespace rosterd::ldap {
namespace {

constexpr std::size_t kMostItemsPerUnit = 200;

// Whether what was shown in the hold is still what we hold.
bool still_true(const store::View& view, store::SourceId source, const Change& change) {
  if (change.kind == ChangeKind::block_person) {
    const auto claim = store::find_claim(view, source, change.key);
    return claim && !claim->ended && claim->digest == change.before;
  }
  const auto group = store::find_group_by_key(view, source, change.key);
  if (!group || group->hidden) return false;
  if (change.kind == ChangeKind::hide_group) return group->digest == change.before;
  if (change.member_is_group) {
    const auto member = store::find_group_by_key(view, source, change.member);
    return member && store::is_member(view, group->key, member->key);
  }
  const auto claim = store::find_claim(view, source, change.member);
  return claim && store::is_member(view, group->key, claim->user);
}

}  // namespace

Released release_some(store::Unit& unit, const store::Hold& hold, std::span<const store::HoldItem> items) {
  Released step;
  for (const store::HoldItem& item : items) {
    const auto change = change_of(item);
    // An administrator may discard the hold, or release it twice, while this goes on.
    bool done =
        change && store::waits(unit, hold.id, item.kind, item.subject) && still_true(unit, hold.source, *change);
    if (done) {
      apply(unit, hold.source, {&*change, 1}, [&](const Change&, const store::Refused&) { done = false; });
    }
    store::settle_item(unit, hold.id, item.kind, item.subject, done ? "released" : "skipped");
    if (done) {
      ++step.released;
    } else {
      step.skipped.push_back(item.text);
    }
  }
  return step;
}

bool finish_work(store::Store& store, const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    if (!store::step_work(store)) return true;
  }
  return false;
}

store::Outcome<Released> release(store::Store& store, store::HoldId id, const store::Actor& actor,
                                 const std::stop_token& stop) {
  const auto hold = store.read([&](const store::View& view) { return store::find_hold(view, id); });
  if (!hold) return store::Refused{store::Refusal::not_found, "there is no such hold"};
  if (hold->state != "held") return store::Refused{store::Refusal::invalid, "this hold is " + hold->state + " already"};
  std::vector<store::HoldItem> items = store.read([&](const store::View& view) { return store::hold_items(view, id); });
  std::erase_if(items, [](const store::HoldItem& item) { return item.state != "held"; });

  const store::Actor who{hold->source, actor.name, actor.request_id};
  Released released;
  store::Pace pace(kMostItemsPerUnit / 4, kMostItemsPerUnit);
  for (auto left = std::span<const store::HoldItem>(items); !left.empty() && !stop.stop_requested();) {
    const auto some = left.first(std::min(pace.next(), left.size()));
    left = left.subspan(some.size());
    Released step = store.write(who, [&](store::Unit& unit) {
      pace.begin();
      auto done = release_some(unit, *hold, some);
      pace.end(some.size());
      return done;
    });
    released.released += step.released;
    released.skipped.insert(released.skipped.end(), step.skipped.begin(), step.skipped.end());
  }
  if (items.empty()) {  // otherwise the last item has ended it
    const auto marked = store.write(who, [&](store::Unit& unit) { return store::mark_released(unit, id); });
    if (!marked) return marked.refused();
  }
  finish_work(store, stop);
  return released;
}

}  // namespace rosterd::ldap
