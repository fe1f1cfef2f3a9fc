// The audit trail: reading it, and the proof that nobody has changed it.
#include "store/audit.h"

#include "daemon/commands/commands.h"
#include "daemon/commands/numbers.h"
#include "daemon/commands/text.h"
#include "store/audit_chain.h"
#include "store/query.h"

namespace rosterd::commands {
namespace {

constexpr std::int64_t kMostRows = 100'000;

scim::Json row_json(const store::AuditRow& row) {
  return scim::make_object({{"sequence", row.sequence},
                            {"at", format_instant(row.at)},
                            {"actor", row.actor},
                            {"source", row.source},
                            {"action", row.action},
                            {"target", row.target},
                            {"detail", row.detail},
                            {"request_id", row.request_id}});
}

// What the arguments ask for, or why not.
struct Wanted {
  store::AuditFilter filter;
  std::optional<Result> failed = {};
};

Wanted wanted(const store::View& view, const Arguments& arguments) {
  Wanted wanted;
  if (const auto who = argument(arguments, "person"); !who.empty()) {
    const auto user = store::find_person(view, who);
    if (!user) return {{}, failure(Exit::not_found, "nobody is known as \"" + printable(who) + "\"")};
    wanted.filter.target = user->id;
  }
  if (const auto since = argument(arguments, "since"); !since.empty()) {
    const auto span = parse_duration(since);
    if (!span) return {{}, failure(Exit::usage, "--since takes a span such as 7d, 12h or 30m, at most ten years")};
    wanted.filter.since = view.now() - *span;
  }
  if (const auto limit = argument(arguments, "limit"); !limit.empty()) {
    const auto number = parse_id<store::UserId>(limit);
    if (!number || number->value > kMostRows) {
      return {{}, failure(Exit::usage, "--limit must be between 1 and " + std::to_string(kMostRows))};
    }
    wanted.filter.limit = static_cast<std::size_t>(number->value);
  }
  return wanted;
}

}  // namespace

Result audit_list(const Services& services, const Arguments& arguments) {
  return services.store.read([&](const store::View& view) -> Result {
    auto asked = wanted(view, arguments);
    if (asked.failed) return std::move(*asked.failed);
    scim::Array data;
    std::vector<std::vector<std::string>> rows;
    for (const auto& row : store::list_audit(view, asked.filter)) {
      data.push_back(row_json(row));
      rows.push_back({std::to_string(row.sequence), format_instant(row.at), row.actor, row.source, row.action,
                      row.target, row.detail});
    }
    return {Exit::ok, std::move(data), columns({"ROW", "AT", "ACTOR", "SOURCE", "ACTION", "TARGET", "DETAIL"}, rows)};
  });
}

Result audit_verify(const Services& services, const Arguments& arguments) {
  std::optional<store::AuditHead> expected;
  if (const auto text = argument(arguments, "expect"); !text.empty()) {
    expected = store::parse_audit_head(text);
    if (!expected) return failure(Exit::usage, "--expect takes a head as an earlier `rosterd audit verify` printed it");
  }
  const auto check = store::verify_audit(services.store, expected);
  const bool good = check.problem.empty();
  auto data = scim::make_object({{"good", good}, {"rows", check.head.sequence}});
  if (good) {
    data.set("head", store::to_text(check.head));
    return {
        Exit::ok, std::move(data),
        std::to_string(check.head.sequence) + " rows, each follows from the one before\nhead " +
            store::to_text(check.head) +
            "\nNote this head on another machine: `rosterd audit verify --expect HEAD` then also finds a trail that "
            "was written anew or put back.\n"};
  }
  data.set("wrong", check.wrong);
  data.set("problem", check.problem);
  return {Exit::audit_broken, std::move(data),
          "The audit trail is broken: " + check.problem + ". The " + std::to_string(check.head.sequence) +
              " rows before it are as they were written.\n"};
}

}  // namespace rosterd::commands
