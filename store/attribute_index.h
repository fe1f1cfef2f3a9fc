// Attributes of a profile that people are looked up by, beside those that have columns: one row for each value that a
// live claim of the person says, so a reader finds what any connection wrote. Which attributes there are comes with the
// settings; rows of people who are there already follow in steps, and so does their removal.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/merge.h"
#include "store/pace.h"
#include "store/settings.h"
#include "store/store.h"

namespace rosterd::store {

// Brings the index in line with the settings that come into force; queues what does not fit into the unit.
// Returns whether it wrote anything.
bool index_attributes(Unit&, const std::vector<IndexedAttribute>&);

// The index that serves the attribute: its row, and the value as rows hold it. Nothing while it is being built.
struct AttributeIndex {
  std::int64_t id = 0;
  bool case_exact = false;
};
std::optional<AttributeIndex> ready_index(const View&, std::string_view address);

// Nothing, or why a value of these claims that has to be unique collides with somebody who is not hidden. Values that
// the person has already are not asked: who was there first stays.
std::optional<Refused> value_collision(const Unit&, UserId self, const std::vector<SourceProfile>& claims);
// Brings the person's rows in line with the claims. REQUIRES: no collision.
void write_values(Unit&, UserId, const std::vector<SourceProfile>& claims);

bool has_index_work(const View&);
// One step of at most about `pace`.
void step_index(Unit&, const Pace&);

}  // namespace rosterd::store
