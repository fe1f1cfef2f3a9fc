#include "daemon/commands/command.h"
#include "daemon/commands/commands.h"

namespace rosterd::commands {
namespace {

using Type = Parameter::Type;

Parameter person() {
  return {Type::positional, "PERSON", "id, userName, e-mail address or a source's key", true};
}
Parameter number(std::string_view what) {
  return {Type::positional, "ID", what, true};
}

const std::vector<Command>& commands() {
  static const std::vector<Command> all = {
      {"sync",
       "Read the directories and bring people, groups and access in line.",
       "sync --source corp --dry-run",
       true,
       {{Type::flag, "dry-run", "show what would change and why; change nothing"},
        {Type::flag, "check", "like --dry-run, and exit with 1 when something would change"},
        {Type::option, "source", "only this [[directory]], by name"}},
       sync},
      {"explain",
       "Show why a person has each role, project and block.",
       "explain ada@example.org",
       false,
       {person()},
       explain},
      {"holds list",
       "List the removals that wait for a decision.",
       "holds list --all",
       false,
       {{Type::flag, "all", "also those that were released, discarded or replaced"}},
       holds_list},
      {"holds show",
       "Show every removal of a hold by name.",
       "holds show 3",
       false,
       {number("number of the hold")},
       holds_show},
      {"holds release",
       "Carry out exactly what a hold shows, where it is still true.",
       "holds release 3",
       true,
       {number("number of the hold")},
       holds_release},
      {"holds discard",
       "Throw a hold away; the same removals are not asked again until something changes.",
       "holds discard 3",
       true,
       {number("number of the hold")},
       holds_discard},
      {"token create",
       "Make a bearer token for an identity provider; it is shown once.",
       "token create --name entra-2026 --source scim:entra --expires 365d",
       true,
       {{Type::option, "name", "a name of your choice, unique", true},
        {Type::option, "source", "the [[scim]] connection it speaks for", true},
        {Type::option, "expires", "lifetime such as 365d or 12h (default: 365d)"}},
       token_create},
      {"token list", "List all tokens with their source, age and last use.", "token list", false, {}, token_list},
      {"token revoke",
       "End a token at once.",
       "token revoke entra-2025",
       true,
       {{Type::positional, "NAME", "name or number of the token", true}},
       token_revoke},
      {"mail list",
       "List the mails of the outbox, newest first.",
       "mail list --state queued",
       false,
       {{Type::option, "state", "queued, leased, sent, refused, cancelled or given_up"},
        {Type::option, "limit", "at most so many (default: 100)"}},
       mail_list},
      {"mail retry",
       "Send a mail as soon as possible, also one that was refused or given up.",
       "mail retry 7",
       true,
       {number("number of the mail")},
       mail_retry},
      {"mail cancel",
       "Take a waiting mail out of the outbox.",
       "mail cancel 7",
       true,
       {number("number of the mail")},
       mail_cancel},
      {"mail test",
       "Send a test mail now and say which step failed.",
       "mail test you@example.org",
       true,
       {{Type::positional, "ADDRESS", "where to send it", true}},
       mail_test},
      {"user list",
       "List people.",
       "user list --status Inactive",
       false,
       {{Type::option, "status", "Pending, Participating or Inactive"},
        {Type::option, "kind", "staff or client"},
        {Type::option, "limit", "at most so many (default: 1000)"}},
       user_list},
      {"user show", "Show one person.", "user show ada@example.org", false, {person()}, user_show},
      {"user deactivate",
       "Block a person as an admin: sign-in, sessions and mail stop at once, nothing is deleted.",
       "user deactivate ada@example.org --reason 'left the company'",
       true,
       {person(), {Type::option, "reason", "one sentence, shown by explain"}},
       user_deactivate},
      {"user reactivate",
       "Lift an admin's block, and vouch for somebody who came back by name alone; a source's block stays.",
       "user reactivate ada@example.org",
       true,
       {person()},
       user_reactivate},
      {"user invite",
       "Send an invitation (again); an older link stops working.",
       "user invite ada@example.org",
       true,
       {person()},
       user_invite},
      {"admin reset",
       "Restore an admin on this server: makes or unlocks the account and sets a new password, shown once.",
       "admin reset root@example.org",
       true,
       {{Type::positional, "EMAIL", "e-mail address of the admin", true}},
       admin_reset},
      {"doctor", "Check configuration, store, directories and mail, and say what to do.", "doctor", false, {}, doctor},
  };
  return all;
}

}  // namespace

std::span<const Command> table() {
  return commands();
}

}  // namespace rosterd::commands
