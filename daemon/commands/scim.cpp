// What identity providers ask and how they ask it.
#include "daemon/commands/commands.h"
#include "daemon/commands/numbers.h"
#include "daemon/commands/text.h"
#include "daemon/scim_log.h"

namespace rosterd::commands {
namespace {

constexpr std::int64_t kMostRows = 10'000;

// The connection that is asked for, as "scim:NAME"; empty for all. `failed`: there is no such connection, no daemon.
struct Asked {
  std::string connection;
  std::optional<Result> failed = {};
};

Asked asked(const Services& services, const Arguments& arguments) {
  if (!services.scim_log)
    return {{},
            failure(Exit::daemon_unreachable, "no daemon runs; what clients send is kept in the daemon's memory only")};
  auto name = argument(arguments, "connection");
  if (name.empty()) return {};
  if (!name.starts_with("scim:")) name = "scim:" + name;
  if (!services.config->find_scim(name))
    return {{}, failure(Exit::not_found, "no [[scim]] connection of the configuration is \"" + printable(name) + "\"")};
  return {std::move(name)};
}

std::string habits_of(const ScimExchange& exchange) {
  std::vector<std::string> texts;
  for (const auto& note : exchange.notes) texts.push_back(scim::to_string(note));
  return join(texts, "; ");
}

std::string milliseconds(std::chrono::microseconds duration) {
  const auto tenths = (duration.count() + 50) / 100;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " ms";
}

scim::Json exchange_json(const ScimExchange& exchange) {
  scim::Array notes;
  for (const auto& note : exchange.notes)
    notes.push_back(scim::make_object({{"habit", note.habit ? scim::Json(scim::to_string(*note.habit)) : scim::Json()},
                                       {"where", note.text},
                                       {"accepted", note.on}}));
  return scim::make_object({{"at", format_instant(exchange.at)},
                            {"connection", exchange.connection},
                            {"token", exchange.token},
                            {"method", exchange.method},
                            {"path", exchange.path},
                            {"query", exchange.query},
                            {"body", exchange.body},
                            {"status", exchange.status},
                            {"scim_type", exchange.scim_type},
                            {"detail", exchange.detail},
                            {"notes", std::move(notes)},
                            {"microseconds", static_cast<std::int64_t>(exchange.duration.count())},
                            {"request_id", exchange.request_id}});
}

std::string exchange_text(const ScimExchange& exchange) {
  std::string out = format_instant(exchange.at) + "  " + exchange.connection + "  " + printable(exchange.token) + "  " +
                    std::to_string(exchange.status) + (exchange.scim_type.empty() ? "" : " " + exchange.scim_type) +
                    "  " + printable(exchange.method) + " " + printable(exchange.path) +
                    (exchange.query.empty() ? "" : "?" + printable(exchange.query)) + "  " +
                    milliseconds(exchange.duration) + "  " + exchange.request_id + "\n";
  const auto line = [&](std::string_view label, const std::string& text) {
    if (!text.empty()) out += "    " + std::string(label) + ": " + printable(text) + "\n";
  };
  line("refused", exchange.detail);
  line("body", exchange.body);
  line("habits", habits_of(exchange));
  return out;
}

// How the configuration says the opposite.
std::string setting_of(const config::ScimSource* connection, scim::Habit habit) {
  const bool on = connection && connection->switched().has(habit);
  return std::string("habits = [\"") + (on ? "-" : "+") + std::string(scim::to_string(habit)) + "\"]";
}

struct QuirkRow {
  std::string habit = "ignored", sends = "sends what is read-only or unknown here", done = "ignored", section, setting;
};

QuirkRow explained(const Services& services, const ScimQuirk& quirk) {
  if (!quirk.habit) return {};
  const auto& row = scim::row_of(*quirk.habit);
  const auto* connection = services.config->find_scim(quirk.connection);
  const bool accepted = quirk.accepted > 0;
  return {std::string(row.name), std::string(row.sends), std::string(accepted ? row.done : row.without),
          std::string(row.section), setting_of(connection, *quirk.habit)};
}

scim::Json quirk_json(const ScimQuirk& quirk, const QuirkRow& row) {
  return scim::make_object({{"connection", quirk.connection},
                            {"habit", row.habit},
                            {"sends", row.sends},
                            {"done", row.done},
                            {"section", row.section},
                            {"setting", row.setting},
                            {"accepted", quirk.accepted},
                            {"refused", quirk.refused},
                            {"first", format_instant(quirk.first)},
                            {"last", format_instant(quirk.last)},
                            {"where", quirk.where},
                            {"example", quirk.example}});
}

std::string quirk_text(const ScimQuirk& quirk, const QuirkRow& row) {
  std::string out = quirk.connection + "  " + row.habit + "  " + std::to_string(quirk.accepted) + " accepted, " +
                    std::to_string(quirk.refused) + " not, " + format_instant(quirk.first) + " to " +
                    format_instant(quirk.last) + "\n    the client " + row.sends + "; " + row.done + "\n";
  if (!row.section.empty()) out += "    departs from " + row.section + "; switched by " + row.setting + "\n";
  return out + "    last: " + printable(quirk.where) + ", in " + printable(quirk.example) + "\n";
}

}  // namespace

Result scim_log(const Services& services, const Arguments& arguments) {
  auto wanted = asked(services, arguments);
  if (wanted.failed) return std::move(*wanted.failed);
  std::size_t limit = 50;
  if (const auto text = argument(arguments, "limit"); !text.empty()) {
    const auto number = parse_id<store::UserId>(text);
    if (!number || number->value > kMostRows)
      return failure(Exit::usage, "--limit must be between 1 and " + std::to_string(kMostRows));
    limit = static_cast<std::size_t>(number->value);
  }
  scim::Array data;
  std::string out;
  auto exchanges = services.scim_log->exchanges(wanted.connection, flag(arguments, "failed"), limit);
  for (auto exchange = exchanges.rbegin(); exchange != exchanges.rend(); ++exchange) {
    data.push_back(exchange_json(*exchange));
    out += exchange_text(*exchange);
  }
  return {Exit::ok, std::move(data), std::move(out)};
}

Result scim_quirks(const Services& services, const Arguments& arguments) {
  auto wanted = asked(services, arguments);
  if (wanted.failed) return std::move(*wanted.failed);
  scim::Array data;
  std::string out;
  for (const auto& quirk : services.scim_log->quirks(wanted.connection)) {
    const auto row = explained(services, quirk);
    data.push_back(quirk_json(quirk, row));
    out += quirk_text(quirk, row);
  }
  return {Exit::ok, std::move(data), std::move(out)};
}

}  // namespace rosterd::commands
