// Long consequences as durable, resumable steps: a large group nested, hidden or re-ruled commits its fact at once, the
// per-person rows follow here in steps of at most about 20 ms, so that other units pass between.
#pragma once

#include "store/pace.h"
#include "store/store.h"

namespace rosterd::store {

enum class Work { refresh_group, refresh_everybody };  // everybody below a group; everybody who has or gets any grant

void queue_work(Unit&, Work, GroupId group = {});
bool has_work(const View&);
// Runs one step as one unit. Returns whether more is left. Call until false to wait for all consequences.
bool step_work(Store&);
bool step_work(Store&, Pace&);  // for tests: with a clock of their own

}  // namespace rosterd::store
