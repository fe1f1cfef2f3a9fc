#include <algorithm>

#include "daemon/commands/commands.h"
#include "daemon/commands/numbers.h"
#include "daemon/commands/text.h"
#include "daemon/mail/address.h"
#include "store/audit.h"
#include "store/outbox.h"
#include "store/outbox_hold.h"

namespace rosterd::commands {
namespace {

scim::Json mail_json(const store::Mail& mail, bool on_hold) {
  return scim::make_object({{"id", mail.id.value},
                            {"kind", mail.kind},
                            {"recipient", mail.recipient},
                            {"state", mail.state},
                            {"on_hold", on_hold && mail.state == "queued"},
                            {"attempts", mail.attempts},
                            {"message_id", mail.message_id},
                            {"created", format_instant(mail.created)},
                            {"due", format_instant(mail.due)},
                            {"sent", json_instant(mail.sent)},
                            {"last_error", mail.last_error}});
}

template <class Change>
Result change_mail(const Services& services, const Arguments& arguments, Change change) {
  const auto id = parse_id<store::MailId>(argument(arguments, "ID"));
  if (!id) return failure(Exit::usage, "a mail is named by its number; see `rosterd mail list`");
  const auto outcome = services.store.write(actor(services), [&](store::Unit& unit) -> store::Outcome<store::Mail> {
    if (auto changed = change(unit, *id); !changed) return changed.refused();
    return *store::find_mail(unit, *id);
  });
  if (!outcome) return refusal(outcome.refused());
  const bool on_hold =
      services.store.read([](const store::View& view) { return store::outbox_hold(view).has_value(); });
  return {Exit::ok, mail_json(*outcome, on_hold), "mail " + std::to_string(id->value) + " is " + outcome->state + "\n"};
}

}  // namespace

Result mail_list(const Services& services, const Arguments& arguments) {
  static constexpr std::string_view kStates[] = {"", "queued", "leased", "sent", "refused", "cancelled", "given_up"};
  if (std::find(std::begin(kStates), std::end(kStates), argument(arguments, "state")) == std::end(kStates)) {
    return failure(Exit::usage, "--state is queued, leased, sent, refused, cancelled or given_up");
  }
  std::size_t limit = 100;
  if (const auto text = argument(arguments, "limit"); !text.empty()) {
    const auto number = parse_id<store::MailId>(text);
    if (!number || number->value > 100'000) return failure(Exit::usage, "--limit must be between 1 and 100000");
    limit = static_cast<std::size_t>(number->value);
  }
  scim::Array data;
  std::vector<std::vector<std::string>> rows;
  std::string note;
  services.store.read([&](const store::View& view) {
    const auto hold = store::outbox_hold(view);
    if (hold)
      note = "The outbox is on hold since " + format_instant(hold->since) + ": " + printable(hold->reason) +
             ". `rosterd mail release` lets it send what is queued.\n";
    for (const auto& mail : store::list_mails(view, argument(arguments, "state"), limit)) {
      data.push_back(mail_json(mail, hold.has_value()));
      rows.push_back({std::to_string(mail.id.value), mail.kind, mail.recipient, mail.state,
                      std::to_string(mail.attempts), format_instant(mail.due), mail.last_error});
    }
  });
  return {Exit::ok, std::move(data), note + columns({"ID", "KIND", "TO", "STATE", "TRIES", "DUE", "LAST ERROR"}, rows)};
}

Result mail_release(const Services& services, const Arguments&) {
  const auto waiting = services.store.read([](const store::View& view) { return store::count_mails(view, "queued"); });
  const auto outcome =
      services.store.write(actor(services), [](store::Unit& unit) { return store::release_outbox(unit); });
  if (!outcome) return refusal(outcome.refused());
  return {Exit::ok, scim::make_object({{"waiting", static_cast<std::int64_t>(waiting)}}),
          "the outbox sends again; " + std::to_string(waiting) + " mails wait\n"};
}

Result mail_retry(const Services& services, const Arguments& arguments) {
  return change_mail(services, arguments,
                     [](store::Unit& unit, store::MailId id) { return store::retry_mail(unit, id); });
}

Result mail_cancel(const Services& services, const Arguments& arguments) {
  return change_mail(services, arguments,
                     [](store::Unit& unit, store::MailId id) { return store::cancel_mail(unit, id); });
}

Result mail_test(const Services& services, const Arguments& arguments) {
  const auto address = mail::parse_address(argument(arguments, "ADDRESS"));
  if (!address) return failure(Exit::usage, "that is no e-mail address: " + address.refusal);
  const auto steps = services.test_mail(address.address->spec());
  if (steps.empty()) return failure(Exit::configuration, "[mail] is not configured: mails wait in the outbox");
  const auto recipient = address.address->spec();
  services.store.write(actor(services), [&](store::Unit& unit) {
    store::audit(unit, "mail.test", recipient, steps.back().good ? "delivered" : "failed at " + steps.back().subject);
  });
  scim::Array data;
  std::string text;
  bool good = true;
  for (const auto& step : steps) {
    good = good && step.good;
    text += (step.good ? "ok    " : "FAIL  ") + step.subject + (step.text.empty() ? "" : ": " + printable(step.text)) +
            "\n";
    data.push_back(scim::make_object({{"step", step.subject}, {"good", step.good}, {"text", step.text}}));
  }
  return {good ? Exit::ok : Exit::mail_failed, std::move(data), std::move(text)};
}

}  // namespace rosterd::commands
