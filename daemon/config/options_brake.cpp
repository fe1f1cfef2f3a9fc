// The table, part four: the brake on a connection's removals, and who is told of a hold.
#include "daemon/config/bind.h"
#include "daemon/config/checks.h"
#include "daemon/config/options.h"

namespace rosterd::config {
namespace {

constexpr std::int64_t kMinute = 60'000;
constexpr std::int64_t kDay = 24 * 60 * kMinute;

}  // namespace

std::vector<Option> scim_brake_options() {
  return {
      {.name = "max_removals",
       .type = Type::integer,
       .fallback = "10",
       .max = 1'000'000,
       .help =
           "The brake: within removal_window so many people may be deactivated or deleted, so many groups deleted and "
           "so many memberships ended, or max_removal_percent of them if that is more. What goes beyond is held.",
       .cost = "held removals wait for `rosterd holds release`",
       .set = into(&Config::scim, &ScimSource::max_removals)},
      {.name = "max_removal_percent",
       .type = Type::integer,
       .fallback = "5",
       .max = 100,
       .help = "Percent of what this connection holds.",
       .cost = "100 switches the brake off",
       .set = into(&Config::scim, &ScimSource::max_removal_percent)},
      {.name = "removal_window",
       .type = Type::duration,
       .fallback = R"("1h")",
       .min = kMinute,
       .max = 7 * kDay,
       .help = "Removals older than this no longer count.",
       .cost = "a short window lets a slow mass removal through",
       .set = into(&Config::scim, &ScimSource::removal_window)},
      {.name = "held_answer",
       .type = Type::choice,
       .fallback = R"("429")",
       .choices = {"429", "503"},
       .help = "Status of what is held, with Retry-After. Okta repeats by itself only after a 429.",
       .cost = "Entra ID may rest altogether at a 429, five minutes each time; 503 lets it go on with the others",
       .set = into(&Config::scim, &ScimSource::held_answer)},
  };
}

Section notices_section() {
  return {.name = "notices",
          .help = "Mail to administrators: removals that are held wait for a decision.",
          .options = {{.name = "to",
                       .type = Type::text_list,
                       .example = R"(["it@example.org"])",
                       .max = 20,
                       .help = "Addresses; unset: those of the active local admins.",
                       .is_private = true,
                       .check = check_address,
                       .set = into(&Config::notices, &Notices::to)},
                      {.name = "wait",
                       .type = Type::duration,
                       .fallback = R"("1m")",
                       .max = kDay,
                       .help = "From the first removal that is held to the mail, which counts what came until then.",
                       .set = into(&Config::notices, &Notices::wait)}}};
}

}  // namespace rosterd::config
