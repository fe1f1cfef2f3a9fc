// Why a person may not sign in. A user is active exactly when no block exists; a source lifts only its own.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "store/users.h"

namespace rosterd::store {

enum class Reason { left_directory, out_of_scope, disabled, expired, locked, deprovisioned, inactive_by_client, admin };

struct Block {
  SourceId source;
  Reason reason;
  std::string detail;  // one sentence for a person, may be empty
  Instant since;
};

std::string_view to_string(Reason);  // "left directory", "disabled in directory", …

// The first block ends sign-in at once: sessions and the person's tokens are revoked, pending invitations and queued
// mails cancelled, in the same unit. Returns whether anything changed. Refuses: last_admin; held and discarded for a
// source with a brake.
Outcome<bool> block(Unit&, UserId, SourceId, Reason, std::string_view detail = {});
// Lifts the blocks of that source (only those with that reason, when given). The last one brings the person back: still
// Pending and once invited, a fresh invitation goes out. Returns whether anything changed.
Outcome<bool> lift(Unit&, UserId, SourceId, std::optional<Reason> reason = {});
std::vector<Block> blocks_of(const View&, UserId);
// Turns expiry instants that have passed into blocks, at most `limit`; returns how many.
std::size_t block_expired(Unit&, std::size_t limit);

}  // namespace rosterd::store
