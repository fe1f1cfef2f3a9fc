// Every step of the dialogue × every way to fail, with the real sender, store and transport against a real server.
// In each cell: nothing is lost, the outbox shows what happened, the delay is the policy's, a permanent refusal stands
// on the person, and once the server is well the same mail arrives.
#include "tests/mail/sender_fixture.h"
#include "tests/mail/smtp_fixture.h"

namespace rosterd::mail {
namespace {

using namespace testing;

constexpr const char* kSteps[] = {"greeting", "ehlo", "starttls", "tls-ehlo", "auth",
                                  "mail",     "rcpt", "data",     "body",     "dot"};

class SmtpFaults : public SenderTest {
 protected:
  SmtpFaults() { server_.clear(); }

  SmtpOptions options() {
    SmtpOptions options;
    options.host = "localhost";
    options.port = static_cast<std::uint16_t>(server_.starttls);
    options.ca_file = server_.good_ca;
    options.user = "mailer";
    options.password = "correct horse";
    options.from_address = "noreply@example.org";
    options.timeouts = {.connect = 5s, .command = 5s, .data = 5s, .total = 20s};
    return options;
  }
  void use(const SmtpOptions& options) {
    SenderSetup real = setup();
    real.transport = std::make_shared<SmtpTransport>(options);
    sender_->configure(real);
  }

  // What a server holds of the last mail, in the words that must not change between two copies of it.
  std::string copy() { return server_.last("message-id") + "\n" + server_.last("to") + "\n" + server_.last("text"); }

  // One attempt against whatever was set up; returns what the server kept of it, or nothing.
  std::string failed_attempt(store::UserId who, bool refused) {
    EXPECT_TRUE(sender_->step());
    const store::Mail tried = mail();
    EXPECT_EQ(tried.attempts, 1);
    EXPECT_EQ(tried.state, refused ? "refused" : "queued") << tried.last_error;
    EXPECT_NE(tried.last_error, "");
    EXPECT_EQ(problem_of(who), refused ? tried.last_error : "");
    if (!refused) {
      EXPECT_EQ(tried.due - clock_.now(), 30s);
    }
    EXPECT_FALSE(sender_->step()) << "not tried again at once";
    return server_.count() > 0 ? copy() : "";
  }

  void arrives_in_the_end(store::UserId who, const std::string& earlier) {
    const store::Mail before = mail();
    if (before.state == "refused") {
      EXPECT_TRUE(write([&](Unit& unit) { return store::retry_mail(unit, before.id); }));
    }
    clock_.advance(30s);
    EXPECT_TRUE(sender_->step());
    EXPECT_EQ(mail().state, "sent") << mail().last_error;
    EXPECT_EQ(problem_of(who), "");
    ASSERT_EQ(server_.count(), 1);
    EXPECT_EQ(server_.last("message-id"), "<" + before.message_id + "@example.org>");
    if (!earlier.empty()) {
      EXPECT_EQ(copy(), earlier) << "the second copy is the same mail with the same link";
    }
  }

  // `name` is the cell's; its person is new.
  void cell(const std::string& name, bool refused) {
    SCOPED_TRACE(name);
    std::string word = name;
    std::replace_if(
        word.begin(), word.end(), [](char c) { return !std::isalnum(static_cast<unsigned char>(c)); }, '-');
    const auto who = person(word);
    invite(who);
    const std::string earlier = failed_attempt(who, refused);
    server_.clear();
    use(options());
    arrives_in_the_end(who, earlier);
    server_.clear();
  }

  SmtpServer& server_ = SmtpServer::instance();
};

// Answers. Before MAIL FROM a 5xx says something about us or the server, not about this mail: it is tried again.
TEST_F(SmtpFaults, AnswersAtEveryStep) {
  for (const std::string step : kSteps) {
    if (step == "body") continue;  // nothing is answered there
    for (const std::string code : {"421", "451", "550", "554"}) {
      server_.clear();
      server_.fault(step, code);
      use(options());
      const bool about_the_mail = step == "mail" || step == "rcpt" || step == "data" || step == "dot";
      cell(step + " " + code, code[0] == '5' && about_the_mail);
    }
  }
}

TEST_F(SmtpFaults, BrokenConnectionsAtEveryStep) {
  for (const std::string step : kSteps) {
    for (const std::string action : {"drop", "close", "half"}) {
      server_.clear();
      server_.fault(step, action);
      use(options());
      cell(step + " " + action, false);
    }
  }
}

TEST_F(SmtpFaults, SilenceAndDripsAtEveryStep) {
  for (const std::string step : kSteps) {
    for (const std::string action : {"hang", "drip"}) {
      server_.clear();
      server_.fault(step, action);
      SmtpOptions slow = options();
      slow.timeouts.command = slow.timeouts.data = 300ms;
      use(slow);
      cell(step + " " + action, false);
    }
  }
}

TEST_F(SmtpFaults, NoSmtpAtEveryStep) {
  for (const std::string step : kSteps) {
    for (const std::string action : {"garbage", "longline", "mixed", "endless"}) {
      server_.clear();
      server_.fault(step, action);
      use(options());
      cell(step + " " + action, false);
    }
  }
}

TEST_F(SmtpFaults, NoConnectionToTrust) {
  const auto with = [&](auto change) {
    SmtpOptions changed = options();
    change(changed);
    return changed;
  };
  use(with([](SmtpOptions& o) { o.host = "127.0.0.1", o.port = 1; }));
  cell("connection refused", false);
  use(with([](SmtpOptions& o) { o.host = "nowhere.invalid"; }));
  cell("name not found", false);
  use(with([&](SmtpOptions& o) { o.ca_file = server_.other_ca; }));
  cell("unknown issuer", false);
  use(with(
      [&](SmtpOptions& o) { o.port = static_cast<std::uint16_t>(server_.other_name), o.ca_file = server_.other_ca; }));
  cell("certificate of another name", false);
  use(with([](SmtpOptions& o) { o.password = "wrong"; }));
  cell("wrong password", false);
  use(options());
  server_.ask("extensions -STARTTLS");
  cell("no STARTTLS", false);
  server_.ask("extensions -AUTH");
  use(options());
  cell("no AUTH", false);
  server_.fault("starttls", "silent");
  SmtpOptions slow = options();
  slow.timeouts.command = 300ms;
  use(slow);
  cell("silent handshake", false);
  server_.fault("starttls", "inject");
  use(options());
  cell("clear text after STARTTLS", false);
}

}  // namespace
}  // namespace rosterd::mail
