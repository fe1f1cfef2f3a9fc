// `rosterd mail test`: sends one mail and says step by step how far it came.
#pragma once

#include <vector>

#include "daemon/mail/templates.h"
#include "daemon/mail/transport.h"
#include "store/clock.h"

namespace rosterd::mail {

struct MailTest {
  std::vector<StepReport> steps;  // in order; only the last can have failed
  Delivery delivery;
};

// Needs options without faults (faults_of). Takes up to the options' total timeout.
MailTest test_mail(const SmtpOptions& options, const Templates& templates, const std::string& organisation,
                   const Address& to, store::Instant now);

}  // namespace rosterd::mail
