#include "daemon/mail/probe.h"

#include "daemon/mail/message.h"

namespace rosterd::mail {

MailTest test_mail(const SmtpOptions& options, const Templates& templates, const std::string& organisation,
                   const Address& to, store::Instant now) {
  const Mailbox from = sender_of(options);
  RenderedMail rendered = templates.render("test", {.name = "",
                                                    .email = to.spec(),
                                                    .user_name = "",
                                                    .organisation = organisation,
                                                    .link = "",
                                                    .expires = "",
                                                    .projects = {}});
  Message message{.from = from, .to = {"", to}};
  message.subject = std::move(rendered.subject);
  message.text = std::move(rendered.text);
  message.html = std::move(rendered.html);
  message.message_id = make_message_id("test-" + std::to_string(store::to_millis(now)), from.address);
  message.date = now;
  MailTest test;
  SmtpTransport transport(options, [&](const StepReport& step) { test.steps.push_back(step); });
  test.delivery = transport.send(
      from.address, to, compose(message), {}, [] { return true; }, [] {});
  return test;
}

}  // namespace rosterd::mail
