// The outbox on hold: mails are queued as ever, none is leased, so none is sent, until an admin releases them. A
// restored store begins so, because it does not know which of its mails were sent after the backup.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "store/outcome.h"
#include "store/store.h"

namespace rosterd::store {

struct OutboxHold {
  Instant since;
  std::string reason;
};

// Again: another reason, from now. Ends leases. REQUIRES: no sender runs.
void hold_outbox(Unit&, std::string_view reason);
Outcome<> release_outbox(Unit&);  // wakes the sender; refuses invalid when nothing is held
std::optional<OutboxHold> outbox_hold(const View&);

}  // namespace rosterd::store
