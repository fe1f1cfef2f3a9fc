// The table, part three: mail, invitations and sign-in.
#include "daemon/config/bind.h"
#include "daemon/config/checks.h"
#include "daemon/config/options.h"

namespace rosterd::config {
namespace {

constexpr std::int64_t kSecond = 1'000;
constexpr std::int64_t kMinute = 60 * kSecond;
constexpr std::int64_t kHour = 60 * kMinute;
constexpr std::int64_t kDay = 24 * kHour;

std::vector<Option> mail_server() {
  return {
      {.name = "host",
       .required = true,
       .example = R"("smtp.example.org")",
       .help = "The SMTP server.",
       .check = check_host,
       .set = into(&Config::mail, &Mail::host)},
      {.name = "port",
       .type = Type::integer,
       .fallback = "587",
       .min = 1,
       .max = 65535,
       .help = "587 with starttls, 465 with tls, 25 for a relay.",
       .set = into(&Config::mail, &Mail::port)},
      {.name = "security",
       .type = Type::choice,
       .fallback = R"("starttls")",
       .choices = {"none", "starttls", "tls"},
       .help = "starttls and tls are required, never \"if offered\".",
       .cost = "none sends invitation links in clear; for a relay on the same machine",
       .set = into(&Config::mail, &Mail::security)},
      {.name = "ca_file",
       .type = Type::path,
       .example = R"("/etc/rosterd/smtp-ca.pem")",
       .help = "Certificates (PEM) that the server's must come from; unset: the system's.",
       .set = into(&Config::mail, &Mail::ca_file)},
      {.name = "user",
       .example = R"("rosterd@example.org")",
       .help = "For SMTP AUTH; unset: none.",
       .is_private = true,
       .set = into(&Config::mail, &Mail::user)},
      {.name = "password",
       .type = Type::secret,
       .example = R"("smtp-password")",
       .help = "Its password.",
       .set = into(&Config::mail, &Mail::password)},
      {.name = "from",
       .required = true,
       .example = R"("no-reply@example.org")",
       .help = "Sender, also of the envelope.",
       .is_private = true,
       .check = check_address,
       .set = into(&Config::mail, &Mail::from)},
      {.name = "from_name",
       .fallback = R"("rosterd")",
       .help = "Sender's name; the organisation's is a good one.",
       .set = into(&Config::mail, &Mail::from_name)},
      {.name = "templates",
       .type = Type::path,
       .example = R"("/etc/rosterd/templates")",
       .help = "Directory of templates that replace built-in ones of the same file name.",
       .cost = "a template that cannot be read or used refuses the configuration",
       .set = into(&Config::mail, &Mail::templates)},
  };
}

std::vector<Option> mail_retries() {
  return {
      {.name = "timeout",
       .type = Type::duration,
       .fallback = R"("30s")",
       .min = 100,
       .max = 10 * kMinute,
       .help = "For each step of the conversation with the server.",
       .cost = "the sender waits this long on a silent server before it tries again",
       .set = into(&Config::mail, &Mail::timeout)},
      {.name = "retry_first",
       .type = Type::duration,
       .fallback = R"("30s")",
       .min = 100,
       .max = kDay,
       .help = "Pause after the first temporary failure; doubled each time, with jitter.",
       .set = into(&Config::mail, &Mail::retry_first)},
      {.name = "retry_cap",
       .type = Type::duration,
       .fallback = R"("1h")",
       .min = 100,
       .max = 7 * kDay,
       .help = "The longest pause.",
       .set = into(&Config::mail, &Mail::retry_cap)},
      {.name = "give_up",
       .type = Type::duration,
       .fallback = R"("5d")",
       .min = 1000,
       .max = 365 * kDay,
       .help = "After this a mail has failed for good, visible on the person.",
       .cost = "longer than invitation.expires mails dead links",
       .set = into(&Config::mail, &Mail::give_up)},
  };
}

std::vector<Option> attempt_limits() {
  return {
      {.name = "max_failures",
       .type = Type::integer,
       .fallback = "5",
       .min = 1,
       .max = 1000,
       .help = "Failed sign-ins within the window that lock the account and the address.",
       .cost = "fewer lets strangers lock people out by guessing",
       .set = into(&Config::authentication, &Authentication::max_failures)},
      {.name = "window",
       .type = Type::duration,
       .fallback = R"("15m")",
       .min = kSecond,
       .max = kDay,
       .help = "Failures older than this are forgotten.",
       .set = into(&Config::authentication, &Authentication::window)},
      {.name = "lock_for",
       .type = Type::duration,
       .fallback = R"("1m")",
       .min = kSecond,
       .max = kDay,
       .help = "The first lock; each further one is twice as long.",
       .set = into(&Config::authentication, &Authentication::lock_for)},
      {.name = "lock_cap",
       .type = Type::duration,
       .fallback = R"("1h")",
       .min = kSecond,
       .max = 7 * kDay,
       .help = "The longest lock.",
       .set = into(&Config::authentication, &Authentication::lock_cap)},
  };
}

}  // namespace

Section mail_section() {
  Section section{
      .name = "mail",
      .shape = Shape::optional,
      .help = "Without this section mails wait in the outbox; none is lost. Try it with `rosterd mail test`.",
      .open = [](Config& config) { config.mail.emplace(); }};
  for (auto part : {mail_server(), mail_retries()}) {
    section.options.insert(section.options.end(), part.begin(), part.end());
  }
  return section;
}

Section invitation_section() {
  return {.name = "invitation",
          .help = "The single-use link that a new member gets by mail.",
          .options = {{.name = "expires",
                       .type = Type::duration,
                       .fallback = R"("7d")",
                       .min = kMinute,
                       .max = 365 * kDay,
                       .help = "How long a link works.",
                       .cost = "links that exist keep their time",
                       .set = into(&Config::invitation, &Invitation::expires)},
                      {.name = "link_base",
                       .type = Type::url,
                       .example = R"("https://portal.example.org")",
                       .help = "What links start with, when the pages are reached elsewhere; unset: http.public_url.",
                       .cost = "links that were mailed keep the old address",
                       .set = into(&Config::invitation, &Invitation::link_base)}}};
}

Section authentication_section() {
  Section section{.name = "authentication",
                  .help = "Passwords, attempts and sessions.",
                  .options = {{.name = "min_length",
                               .type = Type::integer,
                               .fallback = "12",
                               .min = 8,
                               .max = 128,
                               .help = "Shortest password; guessable ones are refused at any length.",
                               .cost = "passwords that exist stay",
                               .set = into(&Config::authentication, &Authentication::min_length)}}};
  for (Option& option : attempt_limits()) section.options.push_back(std::move(option));
  section.options.insert(section.options.end(),
                         {{.name = "hash_parallel",
                           .type = Type::integer,
                           .fallback = "2",
                           .min = 1,
                           .max = 64,
                           .takes = Takes::restart,
                           .help = "Password hashes (argon2id) computed at a time.",
                           .cost = "each takes 19 MiB and a CPU for about 70 ms",
                           .set = into(&Config::authentication, &Authentication::hash_parallel)},
                          {.name = "hash_queue",
                           .type = Type::integer,
                           .fallback = "20",
                           .min = 0,
                           .max = 10'000,
                           .takes = Takes::restart,
                           .help = "Sign-ins that may wait for that; more are answered 429.",
                           .cost = "a full queue waits queue / parallel × 70 ms",
                           .set = into(&Config::authentication, &Authentication::hash_queue)},
                          {.name = "session_lifetime",
                           .type = Type::duration,
                           .fallback = R"("12h")",
                           .min = kMinute,
                           .max = 90 * kDay,
                           .help = "A session ends after this, used or not.",
                           .cost = "sessions that exist keep their time",
                           .set = into(&Config::authentication, &Authentication::session_lifetime)}});
  return section;
}

}  // namespace rosterd::config
