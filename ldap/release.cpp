#include <unordered_set>

#include "ldap/runner.h"
#include "ldap/source_state.h"
#include "ldap/sync.h"
#include "store/claims.h"
#include "store/groups.h"
#include "store/work.h"

namespace rosterd::ldap {
namespace {

constexpr std::size_t kItemsPerUnit = 50;

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

// What of the hold still waits: an administrator may discard it, or release it twice, while this goes on.
std::unordered_set<std::string> waiting_in(const store::View& view, store::HoldId id) {
  std::unordered_set<std::string> waiting;
  const auto hold = store::find_hold(view, id);
  if (!hold || hold->state != "held") return waiting;
  for (const store::HoldItem& item : store::hold_items(view, id)) {
    if (item.state == "held") waiting.insert(item.kind + " " + item.subject);
  }
  return waiting;
}

}  // namespace

Released release_some(store::Unit& unit, const store::Hold& hold, std::span<const store::HoldItem> items) {
  Released step;
  const auto waiting = waiting_in(unit, hold.id);
  for (const store::HoldItem& item : items) {
    const auto change = change_of(item);
    bool done = change && waiting.contains(item.kind + " " + item.subject) && still_true(unit, hold.source, *change);
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

store::Outcome<Released> release(store::Store& store, store::HoldId id, const std::string& actor,
                                 const std::stop_token& stop) {
  const auto hold = store.read([&](const store::View& view) { return store::find_hold(view, id); });
  if (!hold) return store::Refused{store::Refusal::not_found, "there is no such hold"};
  if (hold->state != "held") return store::Refused{store::Refusal::invalid, "this hold is " + hold->state + " already"};
  std::vector<store::HoldItem> items = store.read([&](const store::View& view) { return store::hold_items(view, id); });
  std::erase_if(items, [](const store::HoldItem& item) { return item.state != "held"; });

  const store::Actor who{hold->source, actor};
  Released released;
  for (std::size_t first = 0; first < items.size() && !stop.stop_requested(); first += kItemsPerUnit) {
    const auto some = std::span(items).subspan(first, std::min(kItemsPerUnit, items.size() - first));
    Released step = store.write(who, [&](store::Unit& unit) { return release_some(unit, *hold, some); });
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
