#include "daemon/mail/probe.h"

#include <gtest/gtest.h>

#include "tests/mail/smtp_fixture.h"

namespace rosterd::mail {
namespace {

using namespace std::chrono_literals;
using testing::SmtpServer;

class ProbeTest : public ::testing::Test {
 protected:
  ProbeTest() {
    server_.clear();
    options_.host = "localhost";
    options_.port = static_cast<std::uint16_t>(server_.starttls);
    options_.ca_file = server_.good_ca;
    options_.user = "mailer";
    options_.password = "correct horse";
    options_.from_address = "noreply@example.org";
    options_.timeouts = {.connect = 5s, .command = 5s, .data = 5s, .total = 20s};
  }

  MailTest run() {
    return test_mail(options_, Templates::load(), "Example", parse_address("jane@example.org").address.value(),
                     store::from_millis(1'795'295'284'000));
  }
  static std::string names(const MailTest& test) {
    std::string names;
    for (const StepReport& step : test.steps)
      names += std::string(to_string(step.step)) + (step.ok ? " ok, " : " FAILED");
    return names;
  }

  SmtpServer& server_ = SmtpServer::instance();
  SmtpOptions options_;
};

TEST_F(ProbeTest, NamesEveryStep) {
  const MailTest test = run();
  EXPECT_EQ(test.delivery.result, Delivery::Result::delivered) << test.delivery.describe();
  EXPECT_EQ(names(test),
            "resolve ok, connect ok, greeting ok, EHLO ok, STARTTLS ok, TLS handshake ok, EHLO ok, AUTH ok, "
            "MAIL FROM ok, RCPT TO ok, DATA ok, end of DATA ok, ");
  EXPECT_EQ(server_.last("subject"), "Test mail from Example");
}

TEST_F(ProbeTest, SaysWhichStepFailed) {
  const struct {
    const char* step;
    const char* names;
  } rows[] = {
      {"greeting", "resolve ok, connect ok, greeting FAILED"},
      {"auth", "resolve ok, connect ok, greeting ok, EHLO ok, STARTTLS ok, TLS handshake ok, EHLO ok, AUTH FAILED"},
      {"rcpt",
       "resolve ok, connect ok, greeting ok, EHLO ok, STARTTLS ok, TLS handshake ok, EHLO ok, AUTH ok, MAIL FROM ok, "
       "RCPT TO FAILED"},
  };
  for (const auto& row : rows) {
    server_.clear();
    server_.fault(row.step, "554");
    const MailTest test = run();
    EXPECT_EQ(names(test), row.names);
    EXPECT_EQ(test.steps.back().code, 554);
    EXPECT_FALSE(test.steps.back().text.empty());
  }
  options_.ca_file = server_.other_ca;
  EXPECT_EQ(names(run()), "resolve ok, connect ok, greeting ok, EHLO ok, STARTTLS ok, TLS handshake FAILED");
  options_.host = "nowhere.invalid";
  EXPECT_EQ(names(run()), "resolve FAILED");
}

}  // namespace
}  // namespace rosterd::mail
