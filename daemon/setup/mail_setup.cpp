#include "daemon/setup/mail_setup.h"

#include <algorithm>

namespace rosterd::setup {
namespace {

mail::Security security(config::MailSecurity security) {
  switch (security) {
    case config::MailSecurity::none:
      return mail::Security::none;
    case config::MailSecurity::starttls:
      return mail::Security::starttls;
    case config::MailSecurity::tls:
      break;
  }
  return mail::Security::smtps;
}

}  // namespace

mail::SmtpOptions smtp_options(const config::Config& config) {
  const auto& mail = *config.mail;
  mail::SmtpOptions options;
  options.host = mail.host;
  options.port = static_cast<std::uint16_t>(mail.port);
  options.security = security(mail.security);
  options.ca_file = mail.ca_file.string();
  options.user = mail.user;
  options.password = mail.password.reveal();
  options.from_address = mail.from;
  options.from_name = mail.from_name;
  options.timeouts.command = mail.timeout;
  options.timeouts.data = 2 * mail.timeout;
  options.timeouts.total = std::min<std::chrono::milliseconds>(10 * mail.timeout, std::chrono::minutes{10});
  return options;
}

std::shared_ptr<const mail::Templates> load_templates(const config::Config& config) {
  if (!config.mail || config.mail->templates.empty()) return std::make_shared<mail::Templates>(mail::Templates::load());
  return std::make_shared<mail::Templates>(mail::Templates::load(config.mail->templates));
}

mail::RetryPolicy retry_policy(const config::Config& config) {
  if (!config.mail) return {};
  return {.first = config.mail->retry_first, .cap = config.mail->retry_cap, .give_up_age = config.mail->give_up};
}

std::string note_file(const config::Config& config) {
  return (config.store.directory / "outbox.delivered").string();
}

mail::SenderSetup sender_setup(const config::Config& config) {
  if (!config.mail) {
    // Nothing is sent without a transport, so this sender is seen by nobody.
    return {.transport = nullptr,
            .stationery = {nullptr, {{}, *mail::parse_address("rosterd@localhost.invalid").address}, {}, {}},
            .retry = {},
            .random = {}};
  }
  const auto smtp = smtp_options(config);
  return {.transport = std::make_shared<mail::SmtpTransport>(smtp),
          .stationery = {load_templates(config), mail::sender_of(smtp), config.mail->from_name,
                         config.invitation.link_base},
          .retry = retry_policy(config),
          // Longer than the longest attempt, or a second sender would take a mail that is still being sent.
          .lease = smtp.timeouts.total + std::chrono::seconds{30},
          .note_file = note_file(config),
          .random = {}};
}

}  // namespace rosterd::setup
