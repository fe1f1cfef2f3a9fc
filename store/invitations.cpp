#include "store/invitations.h"

#include "store/audit.h"
#include "store/outbox.h"
#include "store/secrets.h"
#include "store/sign_in.h"
#include "store/sqlite/connection.h"

namespace rosterd::store {
namespace {

constexpr std::size_t kNonceBytes = 16;

constexpr std::string_view kSelectInvitations = "SELECT id, user_key, created_at, expires_at, state FROM invitations ";

Statement select_invitations(const View& view, std::string_view which) {
  return view.db().prepare(std::string(kSelectInvitations).append(which));
}

Invitation read_invitation(const Statement& row) {
  return {{row.integer(0)}, {row.integer(1)}, from_millis(row.integer(2)), from_millis(row.integer(3)), row.text(4)};
}

std::vector<Invitation> read_invitations(Statement& select) {
  std::vector<Invitation> invitations;
  while (select.step()) invitations.push_back(read_invitation(select));
  return invitations;
}

// Nothing in the row gives the token away without the key, and no two rows share one.
std::string derive_token(std::string_view secret_key, std::string_view nonce, InvitationId id) {
  return derive_secret(secret_key, std::string(nonce) + ":" + std::to_string(id.value));
}

void end_invitation(Unit& unit, InvitationId id, std::string_view state) {
  unit.db()
      .prepare("UPDATE invitations SET state = ?, ended_at = ? WHERE id = ? AND state = 'open'")
      .bind(state, unit.now(), id)
      .run();
  cancel_mails_of(unit, id);
}

std::optional<InvitationId> open_invitation(const View& view, UserId user) {
  auto select = select_invitations(view, "WHERE user_key = ? AND state = 'open'");
  select.bind(user);
  if (!select.step()) return std::nullopt;
  return InvitationId{select.integer(0)};
}

std::optional<Refused> why_not_invitable(const std::optional<User>& user) {
  if (!user || user->hidden) return Refused{Refusal::invalid, "There is no such person to invite."};
  if (!user->active) return Refused{Refusal::invalid, user->user_name + " is inactive and cannot be invited."};
  if (user->joined_at) return Refused{Refusal::invalid, user->user_name + " has joined already."};
  if (user->email.empty()) return Refused{Refusal::invalid, user->user_name + " has no e-mail address.", "emails"};
  return std::nullopt;
}

InvitationId insert_invitation(Unit& unit, UserId user) {
  const std::string nonce = base64url(random_bytes(kNonceBytes));
  // The hash needs the row's id; until it is known the nonce holds the place (it is unique and no hash equals it).
  unit.db()
      .prepare(
          "INSERT INTO invitations (user_key, nonce, token_hash, state, created_at, expires_at) "
          "VALUES (?, ?, ?, 'open', ?, ?)")
      .bind(user, nonce, nonce, unit.now(), unit.now() + unit.settings().invitation_lifetime)
      .run();
  const InvitationId id{unit.db().last_id()};
  unit.db()
      .prepare("UPDATE invitations SET token_hash = ? WHERE id = ?")
      .bind(hash_secret(derive_token(unit.secret_key(), nonce, id)), id)
      .run();
  return id;
}

void mark_joined(Unit& unit, const User& user) {
  unit.db()
      .prepare("UPDATE users SET joined_at = ?, version = version + 1, modified_at = ? WHERE key = ?")
      .bind(unit.now(), unit.now(), user.key)
      .run();
  audit(unit, "user.join", user.id, "accepted the invitation");
  note_change(unit, Changed::user, user.id);
}

}  // namespace

Outcome<InvitationId> invite(Unit& unit, UserId who) {
  const auto user = find_user(unit, who);
  if (const auto refused = why_not_invitable(user)) return *refused;
  if (const auto older = open_invitation(unit, who)) end_invitation(unit, *older, "replaced");
  const InvitationId id = insert_invitation(unit, who);
  queue_mail(unit, {who, "invitation", user->email, user->display_name, id});
  audit(unit, "user.invite", user->id, "to " + user->email);
  note_change(unit, Changed::user, user->id);
  return id;
}

std::optional<Invitation> find_invitation(const View& view, std::string_view token) {
  if (token.size() != kSecretLength) return std::nullopt;
  auto select = select_invitations(view, "WHERE token_hash = ? AND state = 'open' AND expires_at > ?");
  select.bind(hash_secret(token), view.now());
  if (!select.step()) return std::nullopt;
  return read_invitation(select);
}

Outcome<UserId> accept_invitation(Unit& unit, std::string_view token, std::string_view password_hash) {
  const Refused ended{Refusal::expired, "This invitation has ended or was used already."};
  if (password_hash.empty()) return Refused{Refusal::invalid, "A password is needed.", "password"};
  const auto invitation = find_invitation(unit, token);
  if (!invitation) return ended;
  // The state is asked again in the statement that changes it: of many at once exactly one finds it open.
  unit.db()
      .prepare("UPDATE invitations SET state = 'accepted', ended_at = ? WHERE id = ? AND state = 'open'")
      .bind(unit.now(), invitation->id)
      .run();
  if (unit.db().changes() != 1) return ended;
  const auto user = find_user(unit, invitation->user);
  if (!user || !user->active || user->hidden) return ended;
  cancel_mails_of(unit, invitation->id);
  set_password_hash(unit, user->key, password_hash);
  if (!user->joined_at) mark_joined(unit, *user);
  return user->key;
}

std::size_t revoke_invitations(Unit& unit, UserId who) {
  const auto open = open_invitation(unit, who);
  if (!open) return 0;
  end_invitation(unit, *open, "revoked");
  if (const auto user = find_user(unit, who)) {
    audit(unit, "invitation.revoke", user->id);
    note_change(unit, Changed::user, user->id);
  }
  return 1;
}

std::vector<Invitation> invitations_of(const View& view, UserId user) {
  auto select = select_invitations(view, "WHERE user_key = ? ORDER BY id");
  select.bind(user);
  return read_invitations(select);
}

std::optional<std::string> invitation_token(const View& view, InvitationId id, std::string_view secret_key) {
  auto select = view.db().prepare("SELECT nonce, token_hash FROM invitations WHERE id = ? AND state = 'open'");
  select.bind(id);
  if (!select.step()) return std::nullopt;
  std::string token = derive_token(secret_key, select.view(0), id);
  if (hash_secret(token) != select.view(1)) return std::nullopt;  // made with another key: the link would be dead
  return token;
}

std::size_t expire_invitations(Unit& unit, std::size_t limit) {
  std::vector<Invitation> over;
  {
    auto select = select_invitations(unit, "WHERE state = 'open' AND expires_at <= ? ORDER BY expires_at LIMIT ?");
    select.bind(unit.now(), static_cast<std::int64_t>(limit));
    over = read_invitations(select);
  }
  for (const Invitation& invitation : over) {
    end_invitation(unit, invitation.id, "expired");
    if (const auto user = find_user(unit, invitation.user)) {
      audit(unit, "invitation.expire", user->id);
      note_change(unit, Changed::user, user->id);
    }
  }
  return over.size();
}

}  // namespace rosterd::store
