// Invitations: one live link per person, derived from the secret key and the row's random nonce, stored only as a hash,
// so that a mail sent twice carries the same link and a stolen database carries none. Single use; reading never
// consumes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/users.h"

namespace rosterd::store {

struct Invitation {
  InvitationId id;
  UserId user;
  Instant created;
  Instant expires;
  std::string state;  // "open", "accepted", "replaced", "revoked", "expired"
};

// Queues an invitation mail; an older open link dies. Refuses: invalid (no address, already joined, inactive, hidden).
Outcome<InvitationId> invite(Unit&, UserId);
// The open invitation behind a link's token; an expired one is nothing. GET uses this.
std::optional<Invitation> find_invitation(const View&, std::string_view token);
// Consumes the link: sets the password, marks the person joined. Exactly one of many at once succeeds. Refuses:
// expired (also for a person who became inactive), invalid (empty hash).
Outcome<UserId> accept_invitation(Unit&, std::string_view token, std::string_view password_hash);
std::size_t revoke_invitations(Unit&, UserId);  // also cancels their queued mail
std::vector<Invitation> invitations_of(const View&, UserId);
// The link's token (43 characters, base64url), for the mail sender only. Nothing when the invitation has ended or was
// made with another key.
std::optional<std::string> invitation_token(const View&, InvitationId, std::string_view secret_key);
std::size_t expire_invitations(Unit&, std::size_t limit);  // housekeeping

}  // namespace rosterd::store
