// Held removals: a plan over the limits waits here, each item with its precondition, until an admin releases or
// discards it.
#pragma once

#include <optional>
#include <span>
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

// Holds these removals. The source's open hold stays when it has the same items (kind, subject, digest, detail), and is
// replaced otherwise. No items: clears, and returns none. Every item once only.
HoldId hold(Unit&, SourceId, std::string_view summary, std::span<const HoldItem>);
// The same for any number of items, in steps: the first writes them where nobody sees them (or returns the open hold,
// when it has the same; none without items), the second puts that in force, in the unit that ends the run.
HoldId draft_hold(Store&, const Actor&, SourceId, std::string_view summary, std::span<const HoldItem>);
HoldId hold(Unit&, SourceId, std::string_view summary, HoldId drafted);
void clear_hold(Unit&, SourceId);  // the reason has gone: the open hold becomes "replaced"
std::optional<Hold> open_hold(const View&, SourceId);
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
void forget_discarded(Unit&, SourceId, std::string_view kind, std::string_view subject);

}  // namespace rosterd::store
