// The doors' way to state facts about people. The store decides what follows: merge, uniqueness, status, invitations,
// revocations, audit and change rows, all in the caller's unit.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/merge.h"
#include "store/users.h"

namespace rosterd::store {

struct ClaimFacts {
  std::optional<std::string> key = {};  // the source's own key: externalId, entryUUID, objectGUID; absent: kept
  std::string profile;                  // SCIM-shaped JSON object with at least userName
  std::string digest = {};              // of what the source said; opaque
  std::string origin = {};              // where it was read: a DN
  std::optional<Kind> kind = {};        // absent: kept; staff for a new person
  std::optional<Instant> expires = {};  // housekeeping turns it into a block `expired`
  bool as_new = false;                  // a known key is refused, unless its person had left or was blocked by us
  bool keyless = false;                 // without `key`: one that was known is forgotten
  bool over_inactive = true;            // as_new: blocked by us is enough; else the person must have left
};

struct Claim {
  UserId user;
  SourceId source;
  std::optional<std::string> key;
  std::string profile;
  std::string digest;
  std::string origin;
  std::optional<Instant> expires;
  bool ended = false;
};

struct Claimed {
  UserId user;
  bool created = false;        // a new person
  bool restored = false;       // a hidden or ended one came back in place
  bool over_inactive = false;  // restored over a record that was there, blocked by this source
  bool linked = false;         // joined a person of another source, by the link mode
  bool changed = false;        // something visible changed
};

// A claim that was checked and read: work for before the unit, because the one writer has enough to do. Pure.
struct PreparedClaim {
  ClaimFacts facts;      // without the profile
  CleanProfile profile;  // instead
};
// Refuses: invalid.
Outcome<PreparedClaim> prepare_claim(ClaimFacts);

// States a claim. With `who` it updates that person's claim; without, the person is found by key, or by the link mode,
// or made. Refuses: uniqueness (userName, emails, externalId), privileged (link), not_found (`who`).
Outcome<Claimed> put_claim(Unit&, SourceId, const PreparedClaim&, UserId who = {});
Outcome<Claimed> put_claim(Unit&, SourceId, const ClaimFacts&, UserId who = {});  // prepares it; refuses: also invalid
// SCIM DELETE: ends the claim, blocks as `deprovisioned`, hides the person when no other live claim is left.
// Refuses: not_found, last_admin; held and discarded for a source with a brake (brake.h).
Outcome<> end_claim(Unit&, SourceId, UserId);
std::optional<Claim> find_claim(const View&, SourceId, UserId);
std::optional<Claim> find_claim(const View&, SourceId, std::string_view key);
std::optional<UserId> find_claimant(const View&, SourceId, std::string_view key);  // whose claim, ended or not
std::vector<Claim> claims_of(const View&, UserId);
// Sets key, origin and digest aside from the profile: a rename costs one row.
void touch_claim(Unit&, SourceId, UserId, std::string_view digest, std::string_view origin);

}  // namespace rosterd::store
