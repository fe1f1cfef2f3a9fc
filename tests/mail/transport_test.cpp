// Against a real SMTP server (smtp_server.py) that misbehaves on command.
#include "daemon/mail/transport.h"

#include <gtest/gtest.h>

#include "daemon/mail/message.h"
#include "tests/mail/smtp_fixture.h"

namespace rosterd::mail {
namespace {

using namespace std::chrono_literals;
using testing::SmtpServer;
using Result = Delivery::Result;

Address address(std::string_view text) {
  return parse_address(text).address.value();
}

class TransportTest : public ::testing::Test {
 protected:
  TransportTest() { server_.clear(); }

  SmtpOptions options(Security security) {
    SmtpOptions options;
    options.host = "localhost";
    options.port = static_cast<std::uint16_t>(security == Security::none       ? server_.plain
                                              : security == Security::starttls ? server_.starttls
                                                                               : server_.smtps);
    options.security = security;
    options.ca_file = server_.good_ca;
    options.from_address = "noreply@example.org";
    options.from_name = "R\xC3\xB6ster";
    options.timeouts = {.connect = 5s, .command = 5s, .data = 5s, .total = 20s};
    return options;
  }

  SmtpOptions with_auth(SmtpOptions options) {
    options.user = "mailer";
    options.password = "correct horse";
    return options;
  }

  Delivery send(const SmtpOptions& options, const std::string& to = "jane@example.org") {
    steps_.clear();
    SmtpTransport transport(options, [this](const StepReport& step) { steps_.push_back(step); });
    const Mailbox from = sender_of(options);
    Message message{.from = from, .to = {"Jane", address(to)}};
    message.subject =
        "Gr\xC3\xBC\xC3\x9F"
        "e";
    message.text = "Hello\n.\n..leading dots\nBye\n";
    message.html = "<p>Hello</p>\n.\n";
    message.message_id = "<1@example.org>";
    return transport.send(
        from.address, message.to.address, compose(message), secrets_,
        [this] {
          ++asked_;
          return !stop_after_ || steps_.empty() || steps_.back().step < *stop_after_;
        },
        [this] { accepted_before_ = server_.log(); });
  }

  std::string failed_step() {
    for (const StepReport& step : steps_)
      if (!step.ok) return std::string(to_string(step.step));
    return "";
  }

  Secrets secrets_;
  SmtpServer& server_ = SmtpServer::instance();
  std::vector<StepReport> steps_;
  int asked_ = 0;
  std::string accepted_before_;  // what the server had seen when we knew that it has the mail
  std::optional<SmtpStep> stop_after_;
};

TEST_F(TransportTest, DeliversInEverySecurityMode) {
  for (const Security security : {Security::none, Security::starttls, Security::smtps}) {
    server_.clear();
    SmtpOptions with = options(security);
    if (security != Security::none) with = with_auth(with);
    const Delivery delivery = send(with);
    ASSERT_EQ(delivery.result, Result::delivered) << delivery.describe();
    EXPECT_EQ(delivery.code, 250);
    EXPECT_EQ(server_.count(), 1);
    EXPECT_EQ(server_.last("mail_from"), "noreply@example.org");
    EXPECT_EQ(server_.last("rcpt_to"), "jane@example.org");
    EXPECT_EQ(server_.last("subject"),
              "Gr\xC3\xBC\xC3\x9F"
              "e");
    EXPECT_EQ(server_.last("from"), "R\xC3\xB6ster <noreply@example.org>");
    EXPECT_EQ(server_.last("text"), "Hello\n.\n..leading dots\nBye\n");
    EXPECT_EQ(server_.last("html"), "<p>Hello</p>\n.\n");
    EXPECT_EQ(server_.last("defects"), "");
    EXPECT_EQ(failed_step(), "");
    if (security != Security::none) {
      EXPECT_NE(server_.log().find("AUTH PLAIN tls"), std::string::npos) << server_.log();
      EXPECT_NE(server_.log().find("dot tls"), std::string::npos) << server_.log();
    }
    EXPECT_TRUE(accepted_before_.find("dot") != std::string::npos) << accepted_before_;
    EXPECT_FALSE(accepted_before_.ends_with("QUIT")) << "told before the farewell";
    EXPECT_TRUE(server_.log().ends_with("QUIT")) << server_.log();
  }
}

TEST_F(TransportTest, AuthLoginWhenPlainIsNotOffered) {
  server_.ask("extensions login");
  const Delivery delivery = send(with_auth(options(Security::starttls)));
  EXPECT_EQ(delivery.result, Result::delivered) << delivery.describe();
  EXPECT_NE(server_.log().find("AUTH LOGIN tls"), std::string::npos) << server_.log();
}

TEST_F(TransportTest, ServerAnswersMapToResults) {
  const struct {
    const char* step;
    const char* action;
    Result result;
    const char* name;
    int code;
  } rows[] = {
      {"greeting", "421", Result::deferred, "greeting", 421},   {"greeting", "554", Result::deferred, "greeting", 554},
      {"ehlo", "451", Result::deferred, "EHLO", 451},           {"ehlo", "550", Result::deferred, "EHLO", 550},
      {"starttls", "454", Result::deferred, "STARTTLS", 454},   {"auth", "454", Result::deferred, "AUTH", 454},
      {"auth", "535", Result::deferred, "AUTH", 535},           {"mail", "451", Result::deferred, "MAIL FROM", 451},
      {"mail", "550", Result::refused, "MAIL FROM", 550},       {"mail", "530", Result::deferred, "MAIL FROM", 530},
      {"rcpt", "450", Result::deferred, "RCPT TO", 450},        {"rcpt", "550", Result::refused, "RCPT TO", 550},
      {"data", "451", Result::deferred, "DATA", 451},           {"data", "554", Result::refused, "DATA", 554},
      {"dot", "452", Result::deferred, "end of DATA", 452},     {"dot", "554", Result::refused, "end of DATA", 554},
      {"rcpt", "354", Result::deferred, "RCPT TO", 354},        {"data", "250", Result::deferred, "DATA", 250},
      {"rcpt", "garbage", Result::deferred, "RCPT TO", 0},      {"rcpt", "endless", Result::deferred, "RCPT TO", 0},
      {"greeting", "garbage", Result::deferred, "greeting", 0},
  };
  for (const auto& row : rows) {
    server_.clear();
    server_.fault(row.step, row.action);
    const Delivery delivery = send(with_auth(options(Security::starttls)));
    EXPECT_EQ(delivery.result, row.result) << row.step << " " << row.action << ": " << delivery.describe();
    EXPECT_EQ(to_string(delivery.step), row.name) << row.step << " " << row.action << ": " << delivery.describe();
    EXPECT_EQ(failed_step(), row.name);
    EXPECT_EQ(delivery.code, row.code) << delivery.describe();
    EXPECT_FALSE(delivery.text.empty());
    EXPECT_EQ(server_.count(), 0);
  }
}

TEST_F(TransportTest, ConnectionsThatBreakAreDeferred) {
  for (const char* step : {"greeting", "ehlo", "starttls", "auth", "mail", "rcpt", "data", "dot"}) {
    server_.clear();
    server_.fault(step, "drop");
    const Delivery delivery = send(with_auth(options(Security::starttls)));
    EXPECT_EQ(delivery.result, Result::deferred) << step << ": " << delivery.describe();
    EXPECT_EQ(delivery.code, 0);
    const bool after_dot = std::string_view(step) == "dot";
    EXPECT_EQ(delivery.text.find("is not known") != std::string::npos, after_dot) << delivery.describe();
    EXPECT_EQ(server_.count(), after_dot ? 1 : 0) << "the retry has the same Message-ID";
  }
}

TEST_F(TransportTest, HangsAndDripsEndByTimeoutInEveryStep) {
  for (const char* action : {"hang", "drip"}) {
    for (const char* step : {"greeting", "ehlo", "starttls", "auth", "mail", "rcpt", "data", "dot"}) {
      server_.clear();
      server_.fault(step, action);
      SmtpOptions slow = with_auth(options(Security::starttls));
      slow.timeouts.command = slow.timeouts.data = 300ms;
      const auto began = std::chrono::steady_clock::now();
      const Delivery delivery = send(slow);
      EXPECT_EQ(delivery.result, Result::deferred) << step << ": " << delivery.describe();
      EXPECT_NE(delivery.text.find("timed out"), std::string::npos) << step << ": " << delivery.describe();
      EXPECT_LT(std::chrono::steady_clock::now() - began, 4s) << step;
      EXPECT_GT(asked_, 0);
    }
  }
}

TEST_F(TransportTest, SilentTlsHandshakesEndByTimeout) {
  server_.fault("starttls", "silent");
  SmtpOptions slow = options(Security::starttls);
  slow.timeouts.command = 300ms;
  Delivery delivery = send(slow);
  EXPECT_EQ(delivery.describe(), "TLS handshake: timed out");
  // A server that speaks plain SMTP on the smtps port: it waits for us, we for its handshake.
  server_.clear();
  server_.fault("greeting", "hang");
  slow = options(Security::smtps);
  slow.port = static_cast<std::uint16_t>(server_.plain);
  slow.timeouts.command = 300ms;
  delivery = send(slow);
  EXPECT_EQ(delivery.describe(), "TLS handshake: timed out");
}

TEST_F(TransportTest, TotalTimeoutBoundsEverything) {
  server_.fault("rcpt", "hang");
  SmtpOptions slow = options(Security::starttls);
  slow.timeouts = {.connect = 5s, .command = 60s, .data = 60s, .total = 700ms};
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(send(slow).result, Result::deferred);
  EXPECT_LT(std::chrono::steady_clock::now() - began, 4s);
}

TEST_F(TransportTest, MissingStartTlsNeverFallsBackToClearText) {
  server_.ask("extensions -STARTTLS");
  SmtpOptions demanding = with_auth(options(Security::starttls));
  demanding.allow_clear_text_auth_on_loopback = true;
  const Delivery delivery = send(demanding);
  EXPECT_EQ(delivery.result, Result::deferred);
  EXPECT_EQ(delivery.step, SmtpStep::starttls);
  EXPECT_NE(delivery.text.find("does not offer STARTTLS"), std::string::npos);
  EXPECT_EQ(server_.log().find("AUTH"), std::string::npos) << server_.log();
  EXPECT_EQ(server_.log().find("MAIL"), std::string::npos) << server_.log();
}

TEST_F(TransportTest, ClearTextAfterStartTlsIsNotBelieved) {
  server_.fault("starttls", "inject");
  const Delivery delivery = send(with_auth(options(Security::starttls)));
  EXPECT_EQ(delivery.result, Result::deferred);
  EXPECT_EQ(delivery.step, SmtpStep::starttls) << delivery.describe();
  EXPECT_NE(delivery.text.find("clear text"), std::string::npos) << delivery.describe();
}

TEST_F(TransportTest, CertificatesAreVerified) {
  for (const Security security : {Security::starttls, Security::smtps}) {
    SmtpOptions wrong_ca = with_auth(options(security));
    wrong_ca.ca_file = server_.other_ca;
    SmtpOptions system_ca = with_auth(options(security));
    system_ca.ca_file.clear();
    SmtpOptions no_file = with_auth(options(security));
    no_file.ca_file = "/nonexistent/ca.pem";
    SmtpOptions wrong_name = with_auth(options(Security::starttls));
    wrong_name.port = static_cast<std::uint16_t>(server_.other_name);
    wrong_name.ca_file = server_.other_ca;
    SmtpOptions wrong_address = wrong_name;
    wrong_address.host = "127.0.0.1";
    for (const SmtpOptions& bad : {wrong_ca, system_ca, no_file, wrong_name, wrong_address}) {
      server_.clear();
      const Delivery delivery = send(bad);
      EXPECT_EQ(delivery.result, Result::deferred) << delivery.describe();
      EXPECT_EQ(delivery.step, SmtpStep::tls) << delivery.describe();
      EXPECT_FALSE(delivery.text.empty());
      EXPECT_EQ(server_.log().find("AUTH"), std::string::npos) << server_.log();
      EXPECT_EQ(server_.count(), 0);
    }
    SmtpOptions by_address = with_auth(options(security));
    by_address.host = "127.0.0.1";
    EXPECT_EQ(send(by_address).result, Result::delivered) << "an address in the certificate";
  }
}

TEST_F(TransportTest, PasswordsGoOutOnlyEncryptedOrToLoopbackOnDemand) {
  SmtpOptions clear = with_auth(options(Security::none));
  EXPECT_THROW(SmtpTransport{clear}, std::invalid_argument);
  clear.allow_clear_text_auth_on_loopback = true;
  EXPECT_EQ(send(clear).result, Result::delivered);
  EXPECT_NE(server_.log().find("AUTH PLAIN clear"), std::string::npos) << server_.log();
}

TEST_F(TransportTest, WrongPasswordIsDeferredAndNeverRepeated) {
  SmtpOptions wrong = with_auth(options(Security::starttls));
  wrong.password = "wrong-secret";
  Delivery delivery = send(wrong);
  EXPECT_EQ(delivery.result, Result::deferred);
  EXPECT_EQ(delivery.step, SmtpStep::auth);
  EXPECT_EQ(delivery.code, 535);
  server_.fault("auth", "echo");
  delivery = send(with_auth(options(Security::starttls)));
  EXPECT_EQ(delivery.code, 535);
  EXPECT_EQ(delivery.text.find("correct horse"), std::string::npos) << delivery.text;
  for (const StepReport& step : steps_) EXPECT_EQ(step.text.find("correct horse"), std::string::npos);
}

// "say" takes the rest of a line for the whole answer; | ends its lines.
TEST_F(TransportTest, AnAnswerThatRepeatsTheLinkIsNotShown) {
  secrets_ = {"kY3v_0aGm-Qw8RzT1bXe5uLp9sHd2cJf7nViKoA6MtE"};
  const char* answers[] = {"554 URL http://x/invitation/kY3v_0aGm-Qw8RzT1bXe5uLp9sHd2cJf7nViKoA6MtE is listed",
                           "554 http%3A%2F%2Fx%2Finvitation%2FkY3v%5F0aGm%2DQw8RzT1bXe5uLp9sHd2cJf7nViKoA6MtE",
                           "554-5.7.1 http://x/invitation/kY3v_0aGm-Qw8RzT1b|554 5.7.1 Xe5uLp9sHd2cJf7nViKoA6MtE",
                           "250 2.0.0 kept http://x/invitation/kY3v_0aGm-Qw8RzT1bXe5uLp9sHd2cJf7nViKoA6MtE"};
  for (const char* answer : answers) {
    for (const char* step : {"rcpt", "data", "said-dot"}) {
      server_.clear();
      server_.fault(step, std::string("say ") + answer);
      const Delivery delivery = send(options(Security::starttls));
      for (const char* piece : {"kY3v", "Xe5uLp9s", "MtE"}) {
        EXPECT_EQ(delivery.text.find(piece), std::string::npos) << step << ": " << delivery.describe();
        for (const StepReport& seen : steps_) EXPECT_EQ(seen.text.find(piece), std::string::npos) << seen.text;
      }
    }
  }
  server_.clear();
  server_.fault("rcpt", "say 550 5.1.1 no such user here, see http://x/invitation/help");
  EXPECT_NE(send(options(Security::starttls)).text.find("no such user"), std::string::npos);
}

TEST_F(TransportTest, NoAuthOffered) {
  server_.ask("extensions -AUTH");
  const Delivery delivery = send(with_auth(options(Security::starttls)));
  EXPECT_EQ(delivery.describe(), "AUTH: the server offers neither AUTH PLAIN nor AUTH LOGIN");
}

TEST_F(TransportTest, UnreachableHosts) {
  SmtpOptions nowhere = options(Security::none);
  nowhere.host = "nowhere.invalid";
  Delivery delivery = send(nowhere);
  EXPECT_EQ(delivery.result, Result::deferred);
  EXPECT_EQ(delivery.step, SmtpStep::resolve) << delivery.describe();
  nowhere.host = "127.0.0.1";
  nowhere.port = 1;
  delivery = send(nowhere);
  EXPECT_EQ(delivery.step, SmtpStep::connect) << delivery.describe();
  EXPECT_NE(delivery.text.find("127.0.0.1:1"), std::string::npos) << delivery.describe();
}

TEST_F(TransportTest, StopEndsAWaitAtOnce) {
  server_.fault("rcpt", "hang");
  stop_after_ = SmtpStep::mail_from;
  const auto began = std::chrono::steady_clock::now();
  const Delivery delivery = send(options(Security::starttls));
  EXPECT_EQ(delivery.result, Result::deferred);
  EXPECT_EQ(delivery.describe(), "RCPT TO: stopped");
  EXPECT_LT(std::chrono::steady_clock::now() - began, 2s);
}

TEST_F(TransportTest, BareLineFeedsAreAProgrammingError) {
  SmtpTransport transport(options(Security::none));
  const Address from = address("a@example.org");
  for (const char* bytes : {"a\nb\r\n", "a\rb\r\n", "a\r", "\n"})
    EXPECT_THROW(transport.send(
                     from, from, bytes, {}, [] { return true; }, [] {}),
                 std::invalid_argument);
}

TEST_F(TransportTest, Utf8AddressesNeedTheExtension) {
  const SmtpOptions plain = options(Security::none);
  SmtpTransport transport(plain);
  const Address to = parse_address("j\xC3\xB6rg@example.org", true).address.value();
  const Delivery delivery = transport.send(
      address("a@example.org"), to, "Subject: x\r\n\r\nx\r\n", {}, [] { return true; }, [] {});
  EXPECT_EQ(delivery.result, Result::refused);
  EXPECT_NE(delivery.text.find("SMTPUTF8"), std::string::npos);
}

TEST(SmtpOptions, FaultsAreSentences) {
  SmtpOptions good;
  good.host = "mail.example.org";
  good.from_address = "noreply@example.org";
  EXPECT_TRUE(faults_of(good).empty());
  const auto with = [&](auto change) {
    SmtpOptions changed = good;
    change(changed);
    return faults_of(changed).size();
  };
  EXPECT_EQ(with([](SmtpOptions& o) { o.host = ""; }), 1u);
  EXPECT_EQ(with([](SmtpOptions& o) { o.host = "a\r\nb"; }), 1u);
  EXPECT_EQ(with([](SmtpOptions& o) { o.port = 0; }), 1u);
  EXPECT_EQ(with([](SmtpOptions& o) { o.from_address = "x"; }), 1u);
  EXPECT_EQ(with([](SmtpOptions& o) { o.hello_name = "a b"; }), 1u);
  EXPECT_EQ(with([](SmtpOptions& o) { o.user = "u"; }), 1u);
  EXPECT_EQ(with([](SmtpOptions& o) { o.password = "p"; }), 1u);
  EXPECT_EQ(with([](SmtpOptions& o) { o.user = "u", o.password = "p\r\nx"; }), 1u);
  EXPECT_EQ(with([](SmtpOptions& o) { o.user = "u", o.password = "p", o.security = Security::none; }), 1u);
  EXPECT_EQ(with([](SmtpOptions& o) { o.timeouts.total = 0ms; }), 1u);
}

}  // namespace
}  // namespace rosterd::mail
