// Mail as rows of the same transaction. A sender takes a lease; when it dies, the lease expires and another sends the
// same mail with the same Message-ID. Delivery contract: at least once, never lost, never two different links.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/users.h"

namespace rosterd::store {

// queued → leased → sent | queued again (deferred) | refused | cancelled | given_up
struct Mail {
  MailId id;
  UserId user;
  std::string kind;       // template: "invitation", "test", …
  std::string recipient;  // address
  std::string recipient_name;
  InvitationId invitation;  // none for other kinds
  std::string data;         // JSON for the template; holds no secret
  std::string message_id;   // stable over attempts
  std::string state;
  int attempts = 0;
  Instant created;
  Instant due;  // next attempt not before
  std::optional<Instant> sent;
  std::string last_error;
};

struct NewMail {
  UserId user;
  std::string kind;
  std::string recipient;
  std::string recipient_name;
  InvitationId invitation = {};
  std::string data = "{}";
};

MailId queue_mail(Unit&, const NewMail&);
// Takes up to `limit` due mails, oldest first, whose lease is free or expired; each is ours until now + `lease`.
std::vector<Mail> lease_mails(Unit&, std::chrono::milliseconds lease, std::size_t limit);
// Still leased by us and not cancelled: to be asked right before sending.
bool is_sendable(const View&, MailId);
void mail_sent(Unit&, MailId);                                            // marks the person's mail_problem as gone
void mail_deferred(Unit&, MailId, Instant next, std::string_view error);  // attempts + 1
void mail_refused(Unit&, MailId, std::string_view error);                 // permanent: recorded on the person
void mail_given_up(Unit&, MailId, std::string_view error);
Outcome<> retry_mail(Unit&, MailId);  // due at once; refuses: not_found, invalid (sent, cancelled)
Outcome<> cancel_mail(Unit&, MailId);
std::size_t cancel_mails(Unit&, UserId);
std::vector<Mail> list_mails(const View&, std::string_view state, std::size_t limit);  // state empty: all; newest first
std::optional<Mail> find_mail(const View&, MailId);
std::optional<Instant> next_mail_due(const View&);

}  // namespace rosterd::store
