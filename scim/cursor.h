// Where a walk over pages goes on (RFC 9865): behind one resource, by the walk's own order. A place, not a number of
// rows passed: whoever is added or deleted meanwhile moves nobody over a page's edge. The server keeps nothing, so a
// cursor does not expire. Private to scim/.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>

#include "scim/error.h"

namespace rosterd::scim {

struct Position {
  std::string value = {};  // what a sorted walk orders by (sorting.h); empty in the stable order
  std::size_t type = 0;    // of the walk's resource types
  std::int64_t key = 0;    // the store's, which grows with creation; 0: before the first

  bool operator==(const Position&) const = default;
};

// `walk`: everything that a walk must keep the same from page to page, in any form.
std::string to_cursor(const Position& position, std::string_view walk);
// invalidCursor: no cursor of ours, or one of another walk.
Result<Position> parse_cursor(std::string_view text, std::string_view walk);

}  // namespace rosterd::scim
