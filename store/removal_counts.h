// How much of what a source has removed lately, and how much more it may: the numbers behind the brake (brake.h). A
// window is a sum of minutes, the first one whole. Inside store/ only.
#pragma once

#include <cstdint>
#include <string_view>

#include "store/store.h"

namespace rosterd::store {

enum class Removed { people, groups, members };

struct Allowance {
  std::int64_t limit = 0;  // max(count, percent of `held`)
  std::int64_t done = 0;   // within the window
  std::int64_t held = 0;   // what the source holds, with what it has removed within the window
  std::int64_t left() const { return limit > done ? limit - done : 0; }
};

Allowance allowance(const View&, SourceId, Removed, const RemovalLimits&);
// `subject` counts once, however often it is removed. `gone`: the source holds so much less.
void count_removal(Unit&, SourceId, Removed, std::string_view subject, std::int64_t number, std::int64_t gone);
// The subject is back: it no longer counts. False when it did not.
bool give_back(Unit&, SourceId, Removed, std::string_view subject);
bool has_counted(const View&, SourceId, Removed);
// What a source holds has changed by so much.
void count_groups(Unit&, SourceId, std::int64_t more);
void count_members(Unit&, SourceId, std::int64_t more);

}  // namespace rosterd::store
