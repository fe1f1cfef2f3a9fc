#include "store/outbox_hold.h"

#include "store/audit.h"
#include "store/facts.h"
#include "store/sqlite/connection.h"

namespace rosterd::store {
namespace {

constexpr std::string_view kFact = "outbox_hold";  // "millis reason"

}  // namespace

void hold_outbox(Unit& unit, std::string_view reason) {
  set_fact(unit, kFact, std::to_string(to_millis(unit.now())) + " " + std::string(reason));
  unit.db()
      .prepare(
          "UPDATE outbox SET state = 'queued', due_at = ?, leased_until = 0, unfinished = 0 WHERE state = 'leased'")
      .bind(unit.now())
      .run();
  audit(unit, "mail.hold", "outbox", reason);
}

Outcome<> release_outbox(Unit& unit) {
  const auto hold = outbox_hold(unit);
  if (!hold) return Refused{Refusal::invalid, "The outbox is not on hold."};
  forget_fact(unit, kFact);
  audit(unit, "mail.release", "outbox", hold->reason);
  unit.mail_was_queued();
  return Done{};
}

std::optional<OutboxHold> outbox_hold(const View& view) {
  const auto value = fact(view, kFact);
  if (!value) return std::nullopt;
  const auto space = value->find(' ');
  return OutboxHold{from_millis(std::stoll(*value)), space == std::string::npos ? "" : value->substr(space + 1)};
}

}  // namespace rosterd::store
