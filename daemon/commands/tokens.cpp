#include "store/tokens.h"

#include "daemon/commands/commands.h"
#include "daemon/commands/text.h"
#include "store/sources.h"

namespace rosterd::commands {
namespace {

std::string state_of(const store::Token& token, store::Instant now) {
  if (token.revoked) return "revoked";
  return token.expires && *token.expires <= now ? "expired" : "live";
}

scim::Json token_json(const store::Token& token, store::Instant now) {
  return scim::make_object({{"id", token.id.value},
                            {"name", token.name},
                            {"source", token.source_name},
                            {"state", state_of(token, now)},
                            {"created", format_instant(token.created)},
                            {"expires", json_instant(token.expires)},
                            {"revoked", json_instant(token.revoked)},
                            {"last_used", json_instant(token.last_used)}});
}

}  // namespace

Result token_create(const Services& services, const Arguments& arguments) {
  const auto name = argument(arguments, "name"), source = argument(arguments, "source");
  if (!services.config->find_scim(source)) {
    return failure(Exit::not_found, "no [[scim]] connection of the configuration is the source \"" + printable(source) +
                                        "\" (a connection named \"entra\" is the source \"scim:entra\")");
  }
  const auto given = argument(arguments, "expires");
  const auto lifetime = parse_duration(given.empty() ? "365d" : given);
  if (!lifetime) return failure(Exit::usage, "--expires takes a lifetime such as 365d, 12h or 30m, at most ten years");
  std::optional<store::Instant> expires;
  const auto made = services.store.write(actor(services), [&](store::Unit& unit) {
    expires = unit.now() + *lifetime;
    return store::create_token(unit, name, store::ensure_source(unit, source), expires);
  });
  if (!made) return refusal(made.refused());
  return {Exit::ok,
          scim::make_object({{"id", made->id.value},
                             {"name", name},
                             {"source", source},
                             {"expires", json_instant(expires)},
                             {"token", made->secret}}),
          made->secret + "\n"};
}

Result token_list(const Services& services, const Arguments&) {
  scim::Array data;
  std::vector<std::vector<std::string>> rows;
  services.store.read([&](const store::View& view) {
    for (const auto& token : store::list_tokens(view)) {
      data.push_back(token_json(token, view.now()));
      rows.push_back({std::to_string(token.id.value), token.name, token.source_name, state_of(token, view.now()),
                      format_instant(token.created), format_instant(token.expires), format_instant(token.last_used)});
    }
  });
  return {Exit::ok, std::move(data),
          columns({"ID", "NAME", "SOURCE", "STATE", "CREATED", "EXPIRES", "LAST USED"}, rows)};
}

Result token_revoke(const Services& services, const Arguments& arguments) {
  const auto name = argument(arguments, "NAME");
  const auto outcome =
      services.store.write(actor(services), [&](store::Unit& unit) { return store::revoke_token(unit, name); });
  if (!outcome) return refusal(outcome.refused());
  return {Exit::ok, scim::make_object({{"name", name}, {"state", "revoked"}}), printable(name) + " is revoked\n"};
}

}  // namespace rosterd::commands
