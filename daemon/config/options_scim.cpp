// The table, part three: the connections of identity providers.
#include <cctype>

#include "daemon/config/bind.h"
#include "daemon/config/checks.h"
#include "daemon/config/options.h"

namespace rosterd::config {
namespace {

// OpenSSL prints capitals and colons; the door knows neither.
void set_client_certificates(Config& config, Value value) {
  auto& known = config.scim.back().client_certificates;
  for (const std::string& text : std::get<Strings>(value)) {
    std::string& one = known.emplace_back("sha256:");
    for (const char c : text.substr(one.size()))
      if (c != ':') one += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
}

void set_networks(Config& config, Value value) {
  for (const std::string& text : std::get<Strings>(value)) config.scim.back().networks.push_back(*parse_network(text));
}

std::vector<std::string> profile_choices() {
  const auto names = scim::profile_names();
  return {names.begin(), names.end()};
}

}  // namespace

Section scim_section() {
  Section section{
      .name = "scim",
      .shape = Shape::array,
      .help = "A connection of an identity provider. Its bearer tokens are made with `rosterd token create`.",
      .options =
          {{.name = "name",
            .required = true,
            .example = R"("entra")",
            .help = "The source is called \"scim:NAME\".",
            .cost = "a new name is a new source: it no longer sees the old one's people",
            .check = check_name,
            .set = into(&Config::scim, &ScimSource::name)},
           {.name = "link",
            .type = Type::choice,
            .fallback = R"("never")",
            .choices = {"never", "user_name", "email"},
            .help = kLinkHelp,
            .cost = kLinkCost,
            .set = into(&Config::scim, &ScimSource::link)},
           {.name = "unknown_members",
            .type = Type::choice,
            .fallback = R"("refuse")",
            .choices = {"refuse", "skip", "remember"},
            .help = "A group names a member that does not exist: answer 400, take the others, or remember the name "
                    "until somebody of this connection has that id, externalId or userName.",
            .cost = "skip keeps a provider going, and the group is short of one; remember gives access to whoever "
                    "this connection calls so later, `rosterd doctor` counts the names",
            .set = into(&Config::scim, &ScimSource::unknown_members)},
           {.name = "profile",
            .type = Type::choice,
            .fallback = R"("generic")",
            .choices = profile_choices(),
            .help = "Whose habits are accepted that SCIM does not know: a provider's, those of all (generic), none "
                    "(strict), or none and the interoperability profile's limits beside (interop).",
            .cost = "strict and interop refuse what Entra ID and Okta send; see `rosterd scim quirks`",
            .set = into(&Config::scim, &ScimSource::profile)},
           {.name = "habits",
            .type = Type::text_list,
            .fallback = "[]",
            .example = R"(["+booleans-as-text", "-legacy-urns"])",
            .max = 64,
            .help = "Single habits switched on or off over the profile; scim/README.md lists them.",
            .cost = "a habit that the provider needs and that is off: its requests are refused",
            .check = check_habit,
            .set = into(&Config::scim, &ScimSource::habits)},
           {.name = "namespace",
            .example = R"("okta")",
            .help = "Connections with the same namespace speak of the same people, groups and externalIds, as the "
                    "source \"scim:NAMESPACE\"; unset: the name, so that no two connections meet.",
            .cost = "a new namespace is a new source: the connection no longer sees the old one's people",
            .check = check_name,
            .set = into(&Config::scim, &ScimSource::name_space)},
           {.name = "may_give_privileged",
            .type = Type::boolean,
            .fallback = "false",
            .help = "May groups and assignments of this connection give a privileged role? Otherwise it is "
                    "withheld, and `rosterd explain` says so.",
            .cost = "true makes everybody who can push a group there an administrator here",
            .set = into(&Config::scim, &ScimSource::may_give_privileged)},
           {.name = "kind",
            .type = Type::choice,
            .fallback = R"("staff")",
            .choices = {"staff", "client"},
            .help = "What people from here are.",
            .cost = "only people created from now on",
            .set = into(&Config::scim, &ScimSource::kind)},
           {.name = "client_certificate",
            .type = Type::text_list,
            .example = R"(["sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"])",
            .min = 1,
            .max = 16,
            .help = "Fingerprints of client certificates: one of them is needed beside the bearer token. As "
                    "`openssl x509 -noout -fingerprint -sha256` prints it, after \"sha256:\".",
            .cost = "needs http.client_certificates; a renewed certificate has another fingerprint, so add it "
                    "before the provider changes",
            .check = check_fingerprint,
            .set = set_client_certificates},
           {.name = "addresses",
            .type = Type::text_list,
            .example = R"(["192.0.2.0/24", "2001:db8::/32"])",
            .min = 1,
            .max = 256,
            .help = "The tokens of this connection work from these addresses and networks only; unset: from "
                    "anywhere.",
            .cost = "behind a reverse proxy every request comes from the proxy's address; a unix socket's clients "
                    "have none and are "
                    "refused",
            .check = check_network,
            .set = set_networks},
           {.name = "rights",
            .type = Type::choice,
            .fallback = R"("full")",
            .choices = {"full", "users", "read"},
            .help = "full changes people and groups; users changes people and reads groups; read changes nothing.",
            .cost = "a refused change is answered 403, which some providers repeat for ever",
            .set = into(&Config::scim, &ScimSource::rights)},
           {.name = "require_version",
            .type = Type::boolean,
            .fallback = "false",
            .help = "PUT, PATCH and DELETE need a version in If-Match, else 428: nobody overwrites what he has not "
                    "read.",
            .cost = "Entra ID and Okta send no versions and could change nothing",
            .set = into(&Config::scim, &ScimSource::require_version)},
           {.name = "assign_roles",
            .type = Type::boolean,
            .fallback = "false",
            .help = "What the provider writes into a person's `roles` and `entitlements` are grants, until it takes "
                    "them back; it finds them in /Roles, /Entitlements and /Projects. A privileged role only with "
                    "may_give_privileged.",
            .cost = "what stands there by now counts at once; Entra ID takes no role back: use groups there",
            .set = into(&Config::scim, &ScimSource::assign_roles)},
           {.name = "rate_limit",
            .type = Type::integer,
            .fallback = "0",
            .max = 1'000'000,
            .help = "Requests a minute; a whole minute's may come at once. More are answered 429 with "
                    "Retry-After; 0: any number.",
            .cost = "Entra ID wants at least 25 requests a second (1500)",
            .set = into(&Config::scim, &ScimSource::rate_limit)}},
      .open = append(&Config::scim)};
  for (Option& option : scim_brake_options()) section.options.push_back(std::move(option));
  return section;
}

}  // namespace rosterd::config
