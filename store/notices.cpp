#include "store/notices.h"

#include <charconv>

#include "store/outbox.h"
#include "store/sqlite/connection.h"

namespace rosterd::store {
namespace {

constexpr std::int64_t kMostAdmins = 50;

std::string data_of(HoldId id) {
  return "{\"hold\":" + std::to_string(id.value) + "}";
}

std::string words_for(std::string_view kind, std::int64_t number) {
  const bool one = number == 1;
  std::string text = std::to_string(number);
  if (kind == "block_person") return text + (one ? " person" : " people") + " to deactivate";
  if (kind == "end_person") return text + (one ? " person" : " people") + " to delete";
  if (kind == "hide_group") return text + (one ? " group" : " groups") + " to end";
  if (kind == "remove_member") return text + (one ? " membership" : " memberships") + " to end";
  return text + " of kind " + std::string(kind);
}

void tell_admins(Unit& unit, HoldId id) {
  std::vector<NewMail> mails;
  {
    Statement row = unit.db().prepare(
        "SELECT DISTINCT u.key, u.email, u.display_name FROM grants g JOIN users u ON u.key = g.user_key "
        "JOIN roles r ON r.id = g.role_id AND r.name_folded = 'admin' "
        "WHERE g.source_id = 1 AND u.active = 1 AND u.hidden = 0 AND u.email <> '' ORDER BY u.key LIMIT ?");
    row.bind(kMostAdmins);
    while (row.step())
      mails.push_back({.user = UserId{row.integer(0)},
                       .kind = std::string(kHoldMail),
                       .recipient = row.text(1),
                       .recipient_name = row.text(2),
                       .data = data_of(id),
                       .wait = unit.settings().notify_after});
  }
  for (const NewMail& mail : mails) queue_mail(unit, mail);
}

}  // namespace

void tell_of_hold(Unit& unit, HoldId id) {
  const auto& addresses = unit.settings().notify;
  if (addresses.empty()) return tell_admins(unit, id);
  for (const std::string& address : addresses)
    queue_mail(unit, {.user = {},
                      .kind = std::string(kHoldMail),
                      .recipient = address,
                      .recipient_name = {},
                      .data = data_of(id),
                      .wait = unit.settings().notify_after});
}

void cancel_notices(Unit& unit, HoldId id) {
  unit.db()
      .prepare(
          "UPDATE outbox SET state = 'cancelled', due_at = NULL "
          "WHERE kind = ? AND data = ? AND state IN ('queued', 'leased')")
      .bind(kHoldMail, data_of(id))
      .run();
}

HoldId hold_of_notice(std::string_view data) {
  constexpr std::string_view kBefore = "{\"hold\":";
  if (!data.starts_with(kBefore)) return {};
  HoldId id;
  std::from_chars(data.data() + kBefore.size(), data.data() + data.size(), id.value);
  return id;
}

std::string count_waiting(const View& view, HoldId id) {
  std::string text;
  Statement row = view.db().prepare(
      "SELECT kind, COUNT(*) FROM hold_items WHERE hold_id = ? AND state = 'held' GROUP BY kind ORDER BY kind");
  row.bind(id);
  while (row.step()) text += (text.empty() ? "" : ", ") + words_for(row.view(0), row.integer(1));
  return text;
}

}  // namespace rosterd::store
