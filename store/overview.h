// How much there is of everything: for a support bundle. Numbers only, nobody's data.
#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "store/store.h"

namespace rosterd::store {

int schema_version(const View&);
// Rows per table, and people by kind and state. Reads whole indexes: not for requests.
std::vector<std::pair<std::string_view, std::int64_t>> row_counts(const View&);

// For an examination: notes the time in a place that means nothing to anybody, without audit or change row. A store
// that takes this unit takes writes.
void try_writing(Unit&);

}  // namespace rosterd::store
