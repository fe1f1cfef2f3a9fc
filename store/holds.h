// Held removals: a plan over the limits waits here, each item with its precondition, until an admin releases or
// discards it.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "store/store.h"

namespace rosterd::store {

struct HoldItem {
  std::string kind;            // the holder's own word: "block_person", "hide_group", "remove_member", …
  std::string subject;         // the source's key of what would be removed
  std::string digest;          // must still be what we hold, or the item is skipped
  std::string detail;          // JSON of the holder's own: what to run
  std::string text;            // shown to a person: name and reason
  std::string state = "held";  // held, released, skipped, discarded
};

struct Hold {
  HoldId id;
  SourceId source;
  std::string source_name;
  Instant created;
  std::string state;    // "held", "released", "discarded", "replaced"
  std::string summary;  // "61 of 204 people would be deactivated (limit 10 or 5 %)"
  std::size_t items = 0;
};

// Whole plans. Opening a hold tells the administrators by mail, once (notices.h).
// Holds these removals. The source's open hold stays when it has the same items (kind, subject, digest, detail), and is
// replaced otherwise. No items: clears, and returns none. Every item once only.
HoldId hold(Unit&, SourceId, std::string_view summary, std::span<const HoldItem>);
// The same for any number of items, in steps: the first writes them where nobody sees them (or returns the open hold,
// when it has the same; none without items), the second puts that in force, in the unit that ends the run.
HoldId draft_hold(Store&, const Actor&, SourceId, std::string_view summary, std::span<const HoldItem>);
HoldId hold(Unit&, SourceId, std::string_view summary, HoldId drafted);
void clear_hold(Unit&, SourceId);  // the reason has gone: the open hold becomes "replaced"
// Removals that come one by one: into the source's open hold, which is opened when there is none. An item that waits
// there already is brought up to date. `excess` says why, and is part of the summary once.
HoldId add_to_hold(Unit&, SourceId, std::string_view excess, std::span<const HoldItem>);
// The reason of one has gone. The hold whose last item goes becomes "replaced".
void drop_from_hold(Unit&, SourceId, std::string_view kind, std::string_view subject);

std::optional<Hold> open_hold(const View&, SourceId);
HoldId open_hold_id(const View&, SourceId);  // the same at the cost of one look-up, however many items
std::vector<Hold> list_holds(const View&, bool open_only);
std::optional<Hold> find_hold(const View&, HoldId);
std::vector<HoldItem> hold_items(const View&, HoldId);
bool waits(const View&, HoldId, std::string_view kind, std::string_view subject);  // in an open hold, not settled
// For the holder's release: marks one item "released" or "skipped", and the whole "released" when none is left.
void settle_item(Unit&, HoldId, std::string_view kind, std::string_view subject, std::string_view state);
Outcome<> discard_hold(Unit&, HoldId);   // refuses: not_found, invalid (not open)
Outcome<> mark_released(Unit&, HoldId);  // ends it; items not settled become "skipped"; refuses likewise
// True when an admin discarded exactly this removal and nothing changed since: it is not held or run again.
bool was_discarded(const View&, SourceId, std::string_view kind, std::string_view subject, std::string_view digest);
// What an admin discarded and is remembered. A holder forgets those whose reason has gone (the person is back), so that
// the next departure with the same digest is a new one.
std::vector<HoldItem> discarded_items(const View&, SourceId);
bool has_discarded(const View&, SourceId, std::string_view kind);
void forget_discarded(Unit&, SourceId, std::string_view kind, std::string_view subject);

// True when a release carried this removal out.
bool was_released(const View&, SourceId, std::string_view kind, std::string_view subject);

struct Released {
  std::uint64_t released = 0;
  std::vector<std::string> skipped = {};  // the items' texts
};
// Carries one item out; false when it is no longer as it was shown, or was refused. May run twice.
using RunItem = std::function<bool(Unit&, const Hold&, const HoldItem&)>;
// Runs exactly those items that still wait and are still true, and names the others; in steps. Refuses: not_found,
// invalid (not open). A stop leaves the rest of the hold open.
Outcome<Released> release_hold(Store&, HoldId, const Actor&, const std::stop_token&, const RunItem&);
Released release_some(Unit&, const Hold&, std::span<const HoldItem>, const RunItem&);  // one step of it

}  // namespace rosterd::store
