// Carrying out a hold, in steps: exactly the items that still wait and are still true.
#include "store/holds.h"
#include "store/pace.h"

namespace rosterd::store {
namespace {

constexpr std::size_t kMostItemsPerUnit = 200;

}  // namespace

Released release_some(Unit& unit, const Hold& hold, std::span<const HoldItem> items, const RunItem& run) {
  Released step;
  for (const HoldItem& item : items) {
    // An administrator may discard the hold, or release it twice, while this goes on.
    const bool done = waits(unit, hold.id, item.kind, item.subject) && run(unit, hold, item);
    settle_item(unit, hold.id, item.kind, item.subject, done ? "released" : "skipped");
    if (done)
      ++step.released;
    else
      step.skipped.push_back(item.text);
  }
  return step;
}

Outcome<Released> release_hold(Store& store, HoldId id, const Actor& actor, const std::stop_token& stop,
                               const RunItem& run) {
  const auto hold = store.read([&](const View& view) { return find_hold(view, id); });
  if (!hold) return Refused{Refusal::not_found, "there is no such hold"};
  if (hold->state != "held") return Refused{Refusal::invalid, "this hold is " + hold->state + " already"};
  std::vector<HoldItem> items = store.read([&](const View& view) { return hold_items(view, id); });
  std::erase_if(items, [](const HoldItem& item) { return item.state != "held"; });

  const Actor who{hold->source, actor.name, actor.request_id};
  Released released;
  Pace pace(kMostItemsPerUnit / 4, kMostItemsPerUnit);
  for (auto left = std::span<const HoldItem>(items); !left.empty() && !stop.stop_requested();) {
    const auto some = left.first(std::min(pace.next(), left.size()));
    left = left.subspan(some.size());
    Released step = store.write(who, [&](Unit& unit) {
      pace.begin();
      auto done = release_some(unit, *hold, some, run);
      pace.end(some.size());
      return done;
    });
    released.released += step.released;
    released.skipped.insert(released.skipped.end(), step.skipped.begin(), step.skipped.end());
  }
  if (items.empty()) {  // otherwise the last item has ended it
    const auto marked = store.write(who, [&](Unit& unit) { return mark_released(unit, id); });
    if (!marked) return marked.refused();
  }
  return released;
}

}  // namespace rosterd::store
