// The sender's ordinary life: sending, trying again, giving up, starting and stopping.
#include "store/holds.h"
#include "store/notices.h"
#include "store/sources.h"
#include "tests/mail/sender_fixture.h"
#include "tests/mail/smtp_fixture.h"

namespace rosterd::mail {
namespace {

using namespace testing;

TEST_F(SenderTest, SendsAnInvitationWhoseLinkOpensIt) {
  const auto who = person("jane");
  const auto invitation = invite(who);
  EXPECT_TRUE(sender_->step());
  EXPECT_FALSE(sender_->step());
  ASSERT_EQ(transport_->attempts.size(), 1u);
  EXPECT_EQ(transport_->attempts[0].to, "jane@example.org");
  const std::string& bytes = transport_->attempts[0].bytes;
  const std::size_t at = bytes.find("https://id.example.org/invitation/");
  ASSERT_NE(at, bytes.npos) << bytes;
  const std::string token = bytes.substr(at + 34, 43);
  EXPECT_EQ(transport_->attempts[0].secrets, Secrets{token});
  const auto found = read([&](const View& view) { return store::find_invitation(view, token); });
  ASSERT_TRUE(found);
  EXPECT_EQ(found->id, invitation);
  EXPECT_NE(bytes.find("To: Jane Doe\r\n <jane@example.org>"), bytes.npos) << bytes;
  EXPECT_NE(bytes.find("Message-ID: <" + mail().message_id + "@example.org>"), bytes.npos);
  EXPECT_NE(bytes.find("28 November 2026, 21:08 UTC"), bytes.npos) << "the invitation's end";
  EXPECT_EQ(mail().state, "sent");
  EXPECT_EQ(events_.last(), "sent");
}

TEST_F(SenderTest, DeferredMailsComeBackDoublingAndIdentical) {
  person("jane");
  invite(person("joe"));
  const std::chrono::seconds delays[] = {30s, 60s, 120s, 240s, 480s, 600s, 600s};
  for (const auto delay : delays) {
    transport_->script = {kBusy};
    ASSERT_TRUE(sender_->step());
    EXPECT_EQ(mail().state, "queued");
    EXPECT_EQ(mail().due - clock_.now(), delay);
    EXPECT_EQ(mail().last_error, "RCPT TO: 450 try later");
    clock_.advance(delay - 1ms);
    EXPECT_FALSE(sender_->step()) << "not before it is due";
    clock_.advance(1ms);
  }
  ASSERT_TRUE(sender_->step());
  EXPECT_EQ(mail().state, "sent");
  EXPECT_EQ(mail().attempts, 8);
  const auto after_date = [](const std::string& bytes) { return bytes.substr(bytes.find("From:")); };
  for (const auto& attempt : transport_->attempts)
    EXPECT_EQ(after_date(attempt.bytes), after_date(transport_->attempts[0].bytes)) << "same Message-ID, same link";
}

TEST_F(SenderTest, ARestartKeepsTheBackOff) {
  invite(person("jane"));
  for (const auto delay : {30s, 60s, 120s}) {
    transport_->script = {kBusy};
    ASSERT_TRUE(sender_->step());
    const auto due = mail().due;
    EXPECT_EQ(due - clock_.now(), delay);
    restart();
    free_orphans(*store_, setup().retry);
    EXPECT_EQ(mail().due, due);
    EXPECT_FALSE(sender_->step());
    clock_.advance(delay);
  }
  EXPECT_TRUE(sender_->step());
  EXPECT_EQ(mail().attempts, 4);
}

// Each turn of the sender's loop is a heartbeat. The clock stands still, so nothing comes due.
TEST_F(SenderTest, WaitingIsNoBusyLoop) {
  const auto turns = [&] {
    const auto before = sender_->heartbeat();
    EXPECT_FALSE(events_.wait_for(events_.events.size() + 1, 400ms));
    return sender_->heartbeat() - before;
  };
  sender_->start();
  EXPECT_LE(turns(), 2u) << "nothing to do";
  transport_->script = {kBusy};
  invite(person("jane"));
  ASSERT_TRUE(events_.wait_for(1));
  EXPECT_LE(turns(), 2u) << "one mail waits for its time";
  transport_->script = {kNoServer};
  invite(person("joe"));
  ASSERT_TRUE(events_.wait_for(2));
  invite(person("jim"));
  EXPECT_LE(turns(), 2u) << "one mail is due, but the server is given a rest";
  SenderSetup none = setup();
  none.transport = nullptr;
  sender_->configure(none);
  EXPECT_LE(turns(), 2u) << "one mail is due, but mail is not configured";
}

TEST_F(SenderTest, PermanentRefusalsAreSeenOnThePerson) {
  const auto who = person("jane");
  invite(who);
  transport_->script = {kNoSuchUser};
  drain();
  EXPECT_EQ(mail().state, "refused");
  EXPECT_EQ(problem_of(who), "RCPT TO: 550 no such user");
  EXPECT_EQ(events_.last(), "refused");
  EXPECT_EQ(transport_->attempts.size(), 1u);
  invite(who);  // a new address, say
  drain();
  EXPECT_EQ(mail().state, "sent");
  EXPECT_EQ(problem_of(who), "") << "a sent mail takes the problem away";
}

TEST_F(SenderTest, GivesUpAtTheAge) {
  const auto who = person("jane");
  invite(who);
  for (int i = 0; i < 400; ++i) {
    transport_->script = {kBusy};
    drain();
    if (mail().state != "queued") break;
    clock_.advance(std::max(mail().due - clock_.now(), 0ms));
  }
  EXPECT_EQ(mail().state, "given_up");
  EXPECT_EQ(clock_.now() - mail().created, 24h) << "the last attempt falls on the age";
  EXPECT_EQ(problem_of(who), "RCPT TO: 450 try later");
}

TEST_F(SenderTest, DeactivatedBetweenQueueAndSendingIsNotSent) {
  const auto who = person("jane");
  invite(who);
  ASSERT_TRUE(write([&](Unit& unit) { return store::block(unit, who, store::kLocal, store::Reason::admin); }));
  drain();
  EXPECT_TRUE(transport_->attempts.empty());
  EXPECT_EQ(mail().state, "cancelled");
}

TEST_F(SenderTest, DeactivatedBetweenLeaseAndSendingIsNotSent) {
  const auto who = person("jane");
  invite(who);
  const auto leased = write([](Unit& unit) { return store::lease_mails(unit, 150s, 1); });
  ASSERT_EQ(leased.size(), 1u);
  const Stationery stationery = setup().stationery;
  EXPECT_TRUE(std::holds_alternative<ReadyMail>(prepare(*store_, leased[0], stationery)));
  ASSERT_TRUE(write([&](Unit& unit) { return store::block(unit, who, store::kLocal, store::Reason::admin); }));
  const auto prepared = prepare(*store_, leased[0], stationery);
  ASSERT_TRUE(std::holds_alternative<Unsendable>(prepared));
  EXPECT_EQ(std::get<Unsendable>(prepared).kind, Unsendable::Kind::gone);
}

TEST_F(SenderTest, AHoldIsToldWithWhatWaitsByThen) {
  const std::vector<store::HoldItem> items{{"block_person", "a", "d", "{}", "a"}, {"hide_group", "g", "d", "{}", "g"}};
  write([&](Unit& unit) {
    const auto hold = store::add_to_hold(unit, store::ensure_source(unit, "scim:entra"), "more than 3 people", items);
    store::queue_mail(unit, {.user = {},
                             .kind = std::string(store::kHoldMail),
                             .recipient = "it@example.org",
                             .recipient_name = {},
                             .data = "{\"hold\":" + std::to_string(hold.value) + "}"});
  });
  drain();
  ASSERT_EQ(transport_->attempts.size(), 1u);
  EXPECT_EQ(mail().state, "sent");
  const std::string& bytes = transport_->attempts[0].bytes;
  for (const char* text : {"scim:entra", "more than 3 people", "1 person to deactivate, 1 group to end",
                           "rosterd holds show 1", "rosterd holds release 1", "rosterd holds discard 1"})
    EXPECT_NE(bytes.find(text), bytes.npos) << text << "\n" << bytes;
}

TEST_F(SenderTest, AResendKillsTheOlderLink) {
  const auto who = person("jane");
  invite(who);
  const auto second = invite(who);
  drain();
  ASSERT_EQ(transport_->attempts.size(), 1u) << "only the newer one is sent";
  EXPECT_EQ(mail(0).invitation, second);
  EXPECT_EQ(mail(0).state, "sent");
  EXPECT_EQ(mail(1).state, "cancelled");
}

TEST_F(SenderTest, AnEndedInvitationIsNotMailed) {
  const auto who = person("jane");
  invite(who);
  clock_.advance(24h * 8);
  drain();
  EXPECT_TRUE(transport_->attempts.empty());
  EXPECT_EQ(mail().state, "given_up");
  EXPECT_NE(problem_of(who), "");
}

TEST_F(SenderTest, ACrashedAttemptIsFreeAgainAtStart) {
  invite(person("jane"));
  ASSERT_EQ(write([](Unit& unit) { return store::lease_mails(unit, 150s, 1); }).size(), 1u);
  EXPECT_FALSE(sender_->step()) << "leased by another";
  restart();
  EXPECT_EQ(free_orphans(*store_, setup().retry), 1u);
  EXPECT_TRUE(sender_->step());
  EXPECT_EQ(mail().state, "sent");
  EXPECT_EQ(mail().attempts, 2);
}

TEST_F(SenderTest, AnExpiredLeaseIsTakenOver) {
  invite(person("jane"));
  ASSERT_EQ(write([](Unit& unit) { return store::lease_mails(unit, 150s, 1); }).size(), 1u);
  clock_.advance(150s);
  EXPECT_TRUE(sender_->step());
  EXPECT_EQ(mail().state, "sent");
}

TEST_F(SenderTest, ADeadServerIsNotAskedForEveryMail) {
  for (int i = 0; i < 20; ++i) invite(person("p" + std::to_string(i)));
  transport_->script = {kNoServer, kNoServer, kNoServer};
  drain();
  EXPECT_EQ(transport_->attempts.size(), 1u);
  clock_.advance(1s);
  drain();
  EXPECT_EQ(transport_->attempts.size(), 2u);
  clock_.advance(1s);
  drain();
  EXPECT_EQ(transport_->attempts.size(), 2u) << "the rest doubles";
  clock_.advance(1s);
  drain();
  EXPECT_EQ(transport_->attempts.size(), 3u);
  clock_.advance(30s);
  drain();
  clock_.advance(10min);
  drain();
  EXPECT_EQ(read([](const View& view) { return store::list_mails(view, "sent", 100).size(); }), 20u) << "none is lost";
}

TEST_F(SenderTest, WithoutTransportMailsWait) {
  SenderSetup none = setup();
  none.transport = nullptr;
  sender_->configure(none);
  invite(person("jane"));
  EXPECT_FALSE(sender_->step());
  EXPECT_EQ(mail().state, "queued");
  sender_->configure(setup());
  EXPECT_TRUE(sender_->step());
}

TEST_F(SenderTest, TheThreadWakesForNewMailAndStopsAtOnce) {
  sender_->start();
  invite(person("jane"));
  ASSERT_TRUE(events_.wait_for(1));
  invite(person("joe"));
  ASSERT_TRUE(events_.wait_for(2));
  EXPECT_GT(sender_->heartbeat(), 0u);
  const auto began = std::chrono::steady_clock::now();
  sender_->stop();
  EXPECT_LT(std::chrono::steady_clock::now() - began, 3s);
  EXPECT_EQ(mail().state, "sent");
  sender_->start();  // and again
  invite(person("jim"));
  EXPECT_TRUE(events_.wait_for(3));
}

TEST_F(SenderTest, StopInTheMiddleOfASendLosesNothing) {
  std::atomic<bool> inside{false};
  transport_->script = {{Result::deferred, SmtpStep::data, 0, "stopped"}};
  transport_->before = [&](const KeepGoing& keep_going) {
    inside = true;
    inside.notify_all();
    while (keep_going()) std::this_thread::yield();
  };
  invite(person("jane"));
  sender_->start();
  inside.wait(false);
  const auto beat = sender_->heartbeat();
  while (sender_->heartbeat() == beat) std::this_thread::yield();  // it moves while a server is slow
  sender_->stop();
  EXPECT_EQ(mail().state, "queued");
  EXPECT_EQ(mail().due, clock_.now()) << "stopping is not the server's fault";
  transport_->before = nullptr;
  sender_->start();
  ASSERT_TRUE(transport_->wait_for(2));
  ASSERT_TRUE(events_.wait_for(2));
  EXPECT_EQ(mail().state, "sent");
}

TEST_F(SenderTest, EndToEndWithARealServer) {
  auto& server = testing::SmtpServer::instance();
  server.clear();
  SmtpOptions options;
  options.host = "localhost";
  options.port = static_cast<std::uint16_t>(server.starttls);
  options.ca_file = server.good_ca;
  options.user = "mailer";
  options.password = "correct horse";
  options.from_address = "noreply@example.org";
  SenderSetup real = setup();
  real.transport = std::make_shared<SmtpTransport>(options);
  sender_->configure(real);
  const auto who = person("jane", "J\xC3\xBCrgen O'Neill <x>");
  invite(who);
  server.fault("dot", "drop");  // kept by the server, but we never hear of it
  drain();
  EXPECT_EQ(mail().state, "queued") << mail().last_error;
  const std::string first = server.last("message-id"), first_text = server.last("text");
  server.clear();
  clock_.advance(30s);
  drain();
  EXPECT_EQ(mail().state, "sent") << mail().last_error;
  EXPECT_EQ(server.last("message-id"), first);
  EXPECT_EQ(server.last("text"), first_text) << "the same, still valid link";
  EXPECT_EQ(server.last("to"), "\"J\xC3\xBCrgen O'Neill <x>\" <jane@example.org>");
  EXPECT_NE(server.last("html").find("J\xC3\xBCrgen O&apos;Neill &lt;x&gt;"), std::string::npos) << server.last("html");
  EXPECT_EQ(server.last("defects"), "");
}

}  // namespace
}  // namespace rosterd::mail
