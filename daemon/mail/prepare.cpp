#include "daemon/mail/prepare.h"

#include <array>
#include <cstdio>

#include "daemon/mail/message.h"
#include "store/access.h"
#include "store/invitations.h"
#include "store/notices.h"

namespace rosterd::mail {
namespace {

struct Facts {
  bool sendable = false;
  std::optional<store::User> user;
  std::optional<store::Invitation> invitation;
  std::optional<std::string> token;
  std::vector<std::string> projects;
  std::optional<store::Hold> hold;
  std::string waiting;  // in it
};

Facts read_facts(const store::Store& store, const store::Mail& mail) {
  return store.read([&](const store::View& view) {
    Facts facts;
    facts.sendable = store::is_sendable(view, mail);
    if (mail.user) {
      facts.user = store::find_user(view, mail.user);
      facts.projects = store::projects_of(view, mail.user);
    }
    if (mail.kind == store::kHoldMail) {
      facts.hold = store::find_hold(view, store::hold_of_notice(mail.data));
      if (facts.hold) facts.waiting = store::count_waiting(view, facts.hold->id);
    }
    if (!mail.invitation) return facts;
    facts.token = store::invitation_token(view, mail.invitation, store.secret_key());
    for (const store::Invitation& invitation : store::invitations_of(view, mail.user))
      if (invitation.id == mail.invitation) facts.invitation = invitation;
    return facts;
  });
}

std::optional<Unsendable> why_not(const Facts& facts, const store::Mail& mail, store::Instant now) {
  using Kind = Unsendable::Kind;
  if (!facts.sendable) return Unsendable{Kind::gone, "cancelled"};
  if (mail.user && (!facts.user || !facts.user->active || facts.user->hidden))
    return Unsendable{Kind::refused, "the person is not active any more"};
  if (mail.kind == store::kHoldMail && (!facts.hold || facts.waiting.empty()))
    return Unsendable{Kind::refused, "nothing waits in the hold any more"};
  if (mail.kind == "invitation" && !facts.invitation) return Unsendable{Kind::refused, "the mail has no invitation"};
  if (!facts.invitation) return std::nullopt;
  if (facts.invitation->expires <= now)
    return Unsendable{Kind::given_up, "the invitation ended before its mail could be sent"};
  if (!facts.token)
    return Unsendable{Kind::refused, "the link was made with another secret key; send a new invitation"};
  return std::nullopt;
}

std::string link_of(const Stationery& stationery, const Facts& facts) {
  if (!facts.token) return "";
  std::string base = stationery.link_base;
  while (base.ends_with('/')) base.pop_back();
  return base + "/invitation/" + *facts.token;
}

ReadyMail written(const store::Mail& mail, const Facts& facts, const Stationery& stationery, const Address& to,
                  store::Instant now) {
  const MailValues values{.name = mail.recipient_name,
                          .email = to.spec(),
                          .user_name = facts.user ? facts.user->user_name : "",
                          .organisation = stationery.organisation,
                          .link = link_of(stationery, facts),
                          .expires = facts.invitation ? readable_time(facts.invitation->expires) : "",
                          .source = facts.hold ? facts.hold->source_name : "",
                          .hold = facts.hold ? std::to_string(facts.hold->id.value) : "",
                          .waiting = facts.waiting,
                          .reason = facts.hold ? facts.hold->summary : "",
                          .projects = facts.projects};
  RenderedMail rendered = stationery.templates->render(mail.kind, values);
  Message message{.from = stationery.from, .to = {display_name(mail.recipient_name), to}};
  message.subject = std::move(rendered.subject);
  message.text = std::move(rendered.text);
  message.html = std::move(rendered.html);
  message.message_id = make_message_id(mail.message_id, stationery.from.address);
  message.date = now;
  ReadyMail ready{to, compose(message)};
  if (facts.token) ready.secrets.push_back(*facts.token);
  return ready;
}

}  // namespace

std::string readable_time(store::Instant at) {
  static constexpr std::array kMonths = {"January", "February", "March",     "April",   "May",      "June",
                                         "July",    "August",   "September", "October", "November", "December"};
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::minutes>(at - day));
  std::array<char, 64> out{};
  std::snprintf(out.data(), out.size(), "%u %s %d, %02d:%02d UTC", static_cast<unsigned>(date.day()),
                kMonths[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()));
  return out.data();
}

std::variant<ReadyMail, Unsendable> prepare(const store::Store& store, const store::Mail& mail,
                                            const Stationery& stationery) {
  try {
    const Facts facts = read_facts(store, mail);
    const store::Instant now = store.clock().now();
    if (auto unsendable = why_not(facts, mail, now)) return *unsendable;
    const ParsedAddress to = parse_address(mail.recipient);
    if (!to) return Unsendable{Unsendable::Kind::refused, "the e-mail address is not valid: " + to.refusal};
    return written(mail, facts, stationery, *to.address, now);
  } catch (const store::StoreError&) {
    throw;
  } catch (const std::exception& error) {
    return Unsendable{Unsendable::Kind::failed, std::string("the mail cannot be written: ") + error.what()};
  }
}

}  // namespace rosterd::mail
