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
  std::string message_id;   // a UUID, stable over attempts; the sender appends "@" and its own domain
  std::string state;
  int attempts = 0;    // begun, the present one included
  int unfinished = 0;  // how many of them, the last ones in a row, have no outcome: their sender died or failed itself
  Instant created;
  Instant due;  // next attempt not before; while leased, the lease's end; no meaning once it is over
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
  std::chrono::milliseconds wait{0};  // not sent before
};

// Due at once, or after `wait`; wakes the sender when the unit is durable.
MailId queue_mail(Unit&, const NewMail&);
// Takes up to `limit` due mails, oldest first, whose lease is free or expired; each is ours until now + `lease`. Counts
// the attempt before it begins, so that a mail which ends its process is counted, too. None while the outbox is on hold
// (outbox_hold.h).
std::vector<Mail> lease_mails(Unit&, std::chrono::milliseconds lease, std::size_t limit);
// Still ours: leased and not cancelled, the lease the one that we took, its invitation still open. To be asked right
// before sending.
bool is_sendable(const View&, const Mail&);
// What became of an attempt. "Sent" is what happened, whoever holds the mail; the others count only while the lease is
// still this one. A mail that was cancelled meanwhile stays cancelled. Errors are cut to 500 bytes and must hold no
// secret.
void mail_sent(Unit&, MailId);                                          // marks the person's mail_problem as gone
void mail_refused(Unit&, const Mail& leased, std::string_view error);   // permanent: recorded on the person
void mail_given_up(Unit&, const Mail& leased, std::string_view error);  // likewise
// Queued again: deferred by the server, or not finished by our own failure, which goes on counting in `unfinished`.
void mail_deferred(Unit&, const Mail& leased, Instant next, std::string_view error);
void mail_unfinished(Unit&, const Mail& leased, Instant next, std::string_view error);
// Due at once, attempts counted anew. Refuses: not_found, invalid (sent, cancelled, being sent, its link has ended).
Outcome<> retry_mail(Unit&, MailId);
Outcome<> cancel_mail(Unit&, MailId);  // refuses: not_found, invalid (sent already)
std::size_t cancel_mails(Unit&, UserId);
std::size_t cancel_mails_of(Unit&, InvitationId);
std::vector<Mail> list_mails(const View&, std::string_view state, std::size_t limit);  // state empty: all; newest first
std::size_t count_mails(const View&, std::string_view state);
std::vector<Mail> mails_of(const View&, UserId, std::size_t limit);  // newest first
std::optional<Mail> find_mail(const View&, MailId);
std::optional<Instant> next_mail_due(const View&);  // queued or lease running out; none on hold

}  // namespace rosterd::store
