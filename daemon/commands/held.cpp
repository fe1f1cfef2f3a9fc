#include "daemon/commands/commands.h"
#include "daemon/commands/numbers.h"
#include "daemon/commands/text.h"
#include "store/holds.h"

namespace rosterd::commands {
namespace {

scim::Json hold_json(const store::Hold& hold) {
  return scim::make_object({{"id", hold.id.value},
                            {"source", hold.source_name},
                            {"state", hold.state},
                            {"summary", hold.summary},
                            {"items", hold.items},
                            {"created", format_instant(hold.created)}});
}

std::optional<store::HoldId> hold_id(const Arguments& arguments) {
  return parse_id<store::HoldId>(argument(arguments, "ID"));
}

Result no_number() {
  return failure(Exit::usage, "a hold is named by its number; see `rosterd holds list`");
}

}  // namespace

Result holds_list(const Services& services, const Arguments& arguments) {
  scim::Array data;
  std::vector<std::vector<std::string>> rows;
  services.store.read([&](const store::View& view) {
    for (const auto& hold : store::list_holds(view, !flag(arguments, "all"))) {
      data.push_back(hold_json(hold));
      rows.push_back({std::to_string(hold.id.value), hold.source_name, hold.state, std::to_string(hold.items),
                      format_instant(hold.created), hold.summary});
    }
  });
  if (rows.empty()) return {Exit::ok, std::move(data), "nothing is held\n"};
  return {Exit::ok, std::move(data), columns({"ID", "SOURCE", "STATE", "ITEMS", "SINCE", "WHY"}, rows)};
}

Result holds_show(const Services& services, const Arguments& arguments) {
  const auto id = hold_id(arguments);
  if (!id) return no_number();
  return services.store.read([&](const store::View& view) -> Result {
    const auto hold = store::find_hold(view, *id);
    if (!hold) return failure(Exit::not_found, "there is no hold " + std::to_string(id->value));
    std::string text = "Hold " + std::to_string(id->value) + " of " + hold->source_name + " (" + hold->state +
                       "): " + printable(hold->summary) + "\n";
    scim::Array items;
    for (const auto& item : store::hold_items(view, *id)) {
      text += "  - " + printable(item.text) + (item.state == "held" ? "" : "  [" + item.state + "]") + "\n";
      items.push_back(scim::make_object(
          {{"kind", item.kind}, {"subject", item.subject}, {"text", item.text}, {"state", item.state}}));
    }
    auto data = hold_json(*hold);
    data.object()->set("removals", std::move(items));
    if (hold->state == "held") {
      text += "\nrosterd holds release " + std::to_string(id->value) + "   carries out exactly these\n";
      text += "rosterd holds discard " + std::to_string(id->value) + "   keeps them all\n";
    }
    return {Exit::ok, std::move(data), std::move(text)};
  });
}

Result holds_release(const Services& services, const Arguments& arguments) {
  const auto id = hold_id(arguments);
  if (!id) return no_number();
  const auto hold = services.store.read([&](const store::View& view) { return store::find_hold(view, *id); });
  if (!hold) return failure(Exit::not_found, "there is no hold " + std::to_string(id->value));
  if (hold->state != "held")
    return failure(Exit::refused, "hold " + std::to_string(id->value) + " is already " + hold->state);
  const auto answer = services.release(*id);
  if (!answer.failure.empty()) return failure(Exit::refused, answer.failure);
  std::string text;
  for (const auto& name : answer.released) text += "done     " + printable(name) + "\n";
  for (const auto& name : answer.skipped) text += "skipped  " + printable(name) + " (no longer true)\n";
  text += std::to_string(answer.released.size()) + " done, " + std::to_string(answer.skipped.size()) + " skipped\n";
  if (answer.waiting > 0)
    text += std::to_string(answer.waiting) + " still wait, the daemon was stopped; release the hold again\n";
  return {Exit::ok,
          scim::make_object({{"released", json_strings(answer.released)},
                             {"skipped", json_strings(answer.skipped)},
                             {"waiting", answer.waiting}}),
          std::move(text)};
}

Result holds_discard(const Services& services, const Arguments& arguments) {
  const auto id = hold_id(arguments);
  if (!id) return no_number();
  const auto outcome =
      services.store.write(actor(services), [&](store::Unit& unit) { return store::discard_hold(unit, *id); });
  if (!outcome) return refusal(outcome.refused());
  return {Exit::ok, scim::make_object({{"id", id->value}, {"state", "discarded"}}),
          "hold " + std::to_string(id->value) + " is discarded; nobody was removed\n"};
}

}  // namespace rosterd::commands
