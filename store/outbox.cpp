#include "store/outbox.h"

#include "store/audit.h"
#include "store/link_text.h"
#include "store/outbox_hold.h"
#include "store/sqlite/connection.h"
#include "store/uuid.h"

namespace rosterd::store {
namespace {

constexpr std::size_t kErrorLimit = 500;

constexpr std::string_view kSelectMails =
    "SELECT id, user_key, kind, recipient, recipient_name, invitation_id, data, message_id, state, attempts, "
    "created_at, due_at, sent_at, last_error, unfinished FROM outbox ";

// due_at is set exactly while a mail waits; a leased one carries the lease's end there, so that one small index serves
// new mail and dead leases.
constexpr std::string_view kLease =
    "UPDATE outbox SET state = 'leased', leased_until = ?, due_at = ?, attempts = attempts + 1, "
    "unfinished = unfinished + 1 WHERE id = ? AND state IN ('queued', 'leased')";
// Only while the lease is ours: somebody may have taken the mail after it had run out.
constexpr std::string_view kRequeue =
    "UPDATE outbox SET state = 'queued', due_at = ?, leased_until = 0, last_error = ?, unfinished = ? "
    "WHERE id = ? AND state = 'leased' AND leased_until = ?";
constexpr std::string_view kFail =
    "UPDATE outbox SET state = ?, due_at = NULL, unfinished = 0, last_error = ? "
    "WHERE id = ? AND state = 'leased' AND leased_until = ?";
constexpr std::string_view kCancelOfUser =
    "UPDATE outbox SET state = 'cancelled', due_at = NULL WHERE user_key = ? AND state IN ('queued', 'leased')";
constexpr std::string_view kCancelOfInvitation =
    "UPDATE outbox SET state = 'cancelled', due_at = NULL WHERE user_key = ? AND invitation_id = ? AND state IN "
    "('queued', 'leased')";
constexpr std::string_view kSelectSendable =
    "SELECT o.leased_until FROM outbox o LEFT JOIN invitations i ON i.id = o.invitation_id "
    "WHERE o.id = ? AND o.state = 'leased' AND (o.invitation_id = 0 OR i.state = 'open')";

Mail read_mail(const Statement& row) {
  Mail mail;
  mail.id = {row.integer(0)};
  mail.user = {row.integer(1)};
  mail.kind = row.text(2);
  mail.recipient = row.text(3);
  mail.recipient_name = row.text(4);
  mail.invitation = {row.integer(5)};
  mail.data = row.text(6);
  mail.message_id = row.text(7);
  mail.state = row.text(8);
  mail.attempts = static_cast<int>(row.integer(9));
  mail.created = from_millis(row.integer(10));
  mail.due = row.is_null(11) ? mail.created : from_millis(row.integer(11));
  if (const auto sent = row.maybe_integer(12)) mail.sent = from_millis(*sent);
  mail.last_error = row.text(13);
  mail.unfinished = static_cast<int>(row.integer(14));
  return mail;
}

Statement select_mails(const View& view, std::string_view which) {
  return view.db().prepare(std::string(kSelectMails).append(which));
}

std::vector<Mail> read_mails(Statement& select) {
  std::vector<Mail> mails;
  while (select.step()) mails.push_back(read_mail(select));
  return mails;
}

// A server's words: they may repeat a link, and reasons are shown to many.
std::string kept_reason(std::string_view error) {
  std::string reason = without_links(error);
  if (reason.size() <= kErrorLimit) return reason;
  std::size_t end = kErrorLimit;
  while (end > 0 && (static_cast<unsigned char>(reason[end]) & 0xc0) == 0x80) --end;  // never half a character
  reason.resize(end);
  return reason;
}

std::string public_id(const View& view, UserId user) {
  auto select = view.db().prepare("SELECT id FROM users WHERE key = ?");
  select.bind(user);
  return select.step() ? select.text(0) : std::string();
}

std::string target_of(const View& view, const Mail& mail) {
  std::string id = public_id(view, mail.user);
  return id.empty() ? mail.recipient : id;
}

// mail_problem is shown beside the person but is no attribute of the resource: the ETag stays.
void set_mail_problem(Unit& unit, UserId user, std::string_view problem) {
  auto update = unit.db().prepare("UPDATE users SET mail_problem = ? WHERE key = ? AND mail_problem <> ? RETURNING id");
  update.bind(problem, user, problem);
  if (!update.step()) return;
  const std::string id = update.text(0);
  update.run();
  note_change(unit, Changed::user, id);
}

// Ends a mail that cannot be delivered; nothing happens to one that was cancelled meanwhile, or that another sender has
// taken because the lease had run out: what became of it is his to say.
void fail(Unit& unit, const Mail& mail, std::string_view state, std::string_view action, std::string_view error) {
  const std::string reason = kept_reason(error);
  unit.db().prepare(kFail).bind(state, reason, mail.id, to_millis(mail.due)).run();
  if (unit.db().changes() == 0) return;
  if (mail.user) set_mail_problem(unit, mail.user, reason);
  audit(unit, action, target_of(unit, mail), mail.kind + " to " + mail.recipient + ": " + reason);
}

void requeue(Unit& unit, const Mail& mail, Instant next, std::string_view error, int unfinished) {
  unit.db().prepare(kRequeue).bind(next, kept_reason(error), unfinished, mail.id, to_millis(mail.due)).run();
}

Refused no_such_mail() {
  return {Refusal::not_found, "There is no such mail."};
}

}  // namespace

MailId queue_mail(Unit& unit, const NewMail& mail) {
  unit.db()
      .prepare(
          "INSERT INTO outbox (user_key, kind, recipient, recipient_name, invitation_id, data, message_id, state, "
          "created_at, due_at) VALUES (?, ?, ?, ?, ?, ?, ?, 'queued', ?, ?)")
      .bind(mail.user, mail.kind, mail.recipient, mail.recipient_name, mail.invitation, mail.data, random_uuid(),
            unit.now(), unit.now() + mail.wait)
      .run();
  unit.mail_was_queued();
  return {unit.db().last_id()};
}

std::vector<Mail> lease_mails(Unit& unit, std::chrono::milliseconds lease, std::size_t limit) {
  std::vector<Mail> mails;
  if (outbox_hold(unit)) return mails;
  {
    auto select = select_mails(unit, "WHERE due_at <= ? ORDER BY due_at, id LIMIT ?");
    select.bind(unit.now(), static_cast<std::int64_t>(limit));
    mails = read_mails(select);
  }
  const Instant until = unit.now() + lease;
  for (Mail& mail : mails) {
    unit.db().prepare(kLease).bind(until, until, mail.id).run();
    mail.state = "leased";
    mail.due = until;
    ++mail.attempts;
    ++mail.unfinished;
  }
  return mails;
}

bool is_sendable(const View& view, const Mail& mail) {
  auto select = view.db().prepare(kSelectSendable);
  select.bind(mail.id);
  return select.step() && select.integer(0) == to_millis(mail.due) && view.now() < mail.due;
}

void mail_sent(Unit& unit, MailId id) {
  const auto mail = find_mail(unit, id);
  if (!mail || mail->state == "sent") return;
  unit.db()
      .prepare(
          "UPDATE outbox SET state = 'sent', due_at = NULL, unfinished = 0, sent_at = ?, last_error = '' "
          "WHERE id = ?")
      .bind(unit.now(), id)
      .run();
  if (mail->user) set_mail_problem(unit, mail->user, "");
  audit(unit, "mail.sent", target_of(unit, *mail), mail->kind + " to " + mail->recipient);
}

void mail_deferred(Unit& unit, const Mail& leased, Instant next, std::string_view error) {
  requeue(unit, leased, next, error, 0);
}

void mail_unfinished(Unit& unit, const Mail& leased, Instant next, std::string_view error) {
  requeue(unit, leased, next, error, leased.unfinished);
}

void mail_refused(Unit& unit, const Mail& leased, std::string_view error) {
  fail(unit, leased, "refused", "mail.refused", error);
}

void mail_given_up(Unit& unit, const Mail& leased, std::string_view error) {
  fail(unit, leased, "given_up", "mail.given_up", error);
}

Outcome<> retry_mail(Unit& unit, MailId id) {
  const auto mail = find_mail(unit, id);
  if (!mail) return no_such_mail();
  if (mail->state == "sent" || mail->state == "cancelled")
    return Refused{Refusal::invalid, "The mail was " + mail->state + "; it cannot be tried again."};
  if (mail->state == "leased" && unit.now() < mail->due)
    return Refused{Refusal::invalid, "The mail is being sent right now."};
  if (mail->invitation) {
    auto open = unit.db().prepare("SELECT 1 FROM invitations WHERE id = ? AND state = 'open' AND expires_at > ?");
    open.bind(mail->invitation, unit.now());
    if (!open.step()) return Refused{Refusal::invalid, "The link in this mail has ended; send a new invitation."};
  }
  unit.db()
      .prepare(
          "UPDATE outbox SET state = 'queued', attempts = 0, unfinished = 0, due_at = ?, leased_until = 0 WHERE id = ?")
      .bind(unit.now(), id)
      .run();
  audit(unit, "mail.retry", target_of(unit, *mail), mail->kind + " to " + mail->recipient);
  unit.mail_was_queued();
  return Done{};
}

Outcome<> cancel_mail(Unit& unit, MailId id) {
  const auto mail = find_mail(unit, id);
  if (!mail) return no_such_mail();
  if (mail->state == "sent") return Refused{Refusal::invalid, "The mail was sent already."};
  if (mail->state == "cancelled") return Done{};
  unit.db().prepare("UPDATE outbox SET state = 'cancelled', due_at = NULL WHERE id = ?").bind(id).run();
  audit(unit, "mail.cancel", target_of(unit, *mail), mail->kind + " to " + mail->recipient);
  return Done{};
}

std::size_t cancel_mails(Unit& unit, UserId user) {
  unit.db().prepare(kCancelOfUser).bind(user).run();
  const auto count = unit.db().changes();
  if (count > 0) audit(unit, "mail.cancel", public_id(unit, user), std::to_string(count) + " waiting");
  return static_cast<std::size_t>(count);
}

std::size_t cancel_mails_of(Unit& unit, InvitationId invitation) {
  std::int64_t user = 0;
  {
    auto select = unit.db().prepare("SELECT user_key FROM invitations WHERE id = ?");
    select.bind(invitation);
    if (!select.step()) return 0;
    user = select.integer(0);
  }
  unit.db().prepare(kCancelOfInvitation).bind(user, invitation).run();
  return static_cast<std::size_t>(unit.db().changes());
}

std::vector<Mail> list_mails(const View& view, std::string_view state, std::size_t limit) {
  auto select =
      select_mails(view, state.empty() ? "ORDER BY id DESC LIMIT ?" : "WHERE state = ? ORDER BY id DESC LIMIT ?");
  if (!state.empty()) select.bind(state);
  select.bind(static_cast<std::int64_t>(limit));
  return read_mails(select);
}

std::size_t count_mails(const View& view, std::string_view state) {
  auto select = view.db().prepare("SELECT COUNT(*) FROM outbox WHERE state = ?");
  select.bind(state);
  select.step();
  return static_cast<std::size_t>(select.integer(0));
}

std::vector<Mail> mails_of(const View& view, UserId user, std::size_t limit) {
  auto select = select_mails(view, "WHERE user_key = ? ORDER BY id DESC LIMIT ?");
  select.bind(user, static_cast<std::int64_t>(limit));
  return read_mails(select);
}

std::optional<Mail> find_mail(const View& view, MailId id) {
  auto select = select_mails(view, "WHERE id = ?");
  select.bind(id);
  if (!select.step()) return std::nullopt;
  return read_mail(select);
}

std::optional<Instant> next_mail_due(const View& view) {
  if (outbox_hold(view)) return std::nullopt;
  auto select = view.db().prepare("SELECT due_at FROM outbox WHERE due_at IS NOT NULL ORDER BY due_at, id LIMIT 1");
  if (!select.step()) return std::nullopt;
  return from_millis(select.integer(0));
}

}  // namespace rosterd::store
