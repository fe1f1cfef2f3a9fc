// Mail to administrators about a hold, once for each: queued when it opens, cancelled when it ends before that was
// sent. Inside store/, and for whoever writes the mail.
#pragma once

#include <string>

#include "store/holds.h"

namespace rosterd::store {

inline constexpr std::string_view kHoldMail = "hold";  // its data: {"hold":7}

void tell_of_hold(Unit&, HoldId);
void cancel_notices(Unit&, HoldId);
HoldId hold_of_notice(std::string_view data);  // none: it is no notice's
// What waits in it: "50 people to deactivate, 1 group to end"; empty for nothing.
std::string count_waiting(const View&, HoldId);

}  // namespace rosterd::store
