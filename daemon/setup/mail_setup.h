// [mail] and [invitation] of the configuration as the sender's own options.
#pragma once

#include <memory>

#include "daemon/config/config.h"
#include "daemon/mail/sender.h"

namespace rosterd::setup {

// REQUIRES: config.mail.
mail::SmtpOptions smtp_options(const config::Config& config);
std::shared_ptr<const mail::Templates> load_templates(const config::Config& config);  // throws mail::TemplateError
mail::RetryPolicy retry_policy(const config::Config& config);
std::string note_file(const config::Config& config);  // mail::SenderSetup::note_file
// Without [mail]: a setup without transport, everything waits. Throws mail::TemplateError.
mail::SenderSetup sender_setup(const config::Config& config);

}  // namespace rosterd::setup
