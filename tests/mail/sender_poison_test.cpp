// Mails that cannot be sent, whatever is tried, are set aside with a reason, and the others go on.
#include "tests/mail/sender_fixture.h"

namespace rosterd::mail {
namespace {

using namespace testing;

TEST_F(SenderTest, PoisonedMailsAreSetAsideAndOthersGoOn) {
  const auto who = person("jane");
  write([&](Unit& unit) {
    store::queue_mail(unit, {who, "no-such-template", "jane@example.org", "Jane"});
    store::queue_mail(unit, {who, "invitation", "jane@example.org", "Jane"});
    store::queue_mail(unit, {who, "test", "jane@example.org\r\nRCPT TO:<x@evil.example>", "Jane"});
    store::queue_mail(unit, {who, "test", "jane@example.org", "Jane\r\nBcc: x@evil.example"});
  });
  drain();
  ASSERT_EQ(transport_->attempts.size(), 1u);
  EXPECT_EQ(transport_->attempts[0].bytes.find("\nBcc"), std::string::npos);
  EXPECT_EQ(mail(0).state, "sent");
  for (std::size_t i = 1; i < 3; ++i) EXPECT_EQ(mail(i).state, "refused") << mail(i).last_error;
  EXPECT_NE(mail(1).last_error.find("address is not valid"), std::string::npos);
  EXPECT_EQ(mail(3).state, "queued") << "a template may be put right";
  EXPECT_NE(mail(3).last_error.find("no mail template"), std::string::npos);
  run_until_over(3);
  EXPECT_EQ(mail(3).state, "given_up");
  EXPECT_EQ(mail(3).attempts, 5);
  EXPECT_EQ(mail(3).last_error,
            "set aside after 5 attempts: the mail cannot be written: there is no mail template of this kind");
  EXPECT_EQ(problem_of(who), mail(3).last_error);
  EXPECT_EQ(transport_->attempts.size(), 1u);
}

TEST_F(SenderTest, AMailThatFailsInOurOwnCodeIsSetAside) {
  const auto who = person("jane");
  invite(who);
  invite(person("joe"));
  transport_->fails_for = "jane@example.org";
  drain();
  EXPECT_EQ(mail(0).state, "sent");
  EXPECT_EQ(mail(1).state, "queued");
  EXPECT_EQ(mail(1).due - clock_.now(), 30s);
  EXPECT_EQ(mail(1).last_error, "sending failed: a bug");
  EXPECT_TRUE(events_.troubles.empty()) << "the mail's fault, not the store's";
  run_until_over(1);
  EXPECT_EQ(mail(1).state, "given_up");
  EXPECT_EQ(mail(1).attempts, 5);
  EXPECT_EQ(problem_of(who), "set aside after 5 attempts: sending failed: a bug");
  transport_->fails_for.clear();
  ASSERT_TRUE(write([&](Unit& unit) { return store::retry_mail(unit, mail(1).id); }));
  drain();
  EXPECT_EQ(mail(1).state, "sent");
  EXPECT_EQ(problem_of(who), "");
}

TEST_F(SenderTest, AServersAnswerEndsTheCountOfUnfinishedAttempts) {
  invite(person("jane"));
  for (int i = 0; i < 20; ++i) {
    ASSERT_EQ(lease_as_a_dead_sender().unfinished, 1 + i % 4);
    clock_.advance(150s);
    if (i % 4 != 3) continue;
    transport_->script = {kBusy};
    ASSERT_TRUE(sender_->step());
    ASSERT_EQ(mail().state, "queued") << mail().last_error;
    clock_.advance(mail().due - clock_.now());
  }
  EXPECT_TRUE(sender_->step());
  EXPECT_EQ(mail().state, "sent");
}

// The attempt is counted before it begins: a mail that ends the process each time is set aside, the others go on.
TEST_F(SenderTest, AMailThatEndsItsProcessIsSetAside) {
  const auto who = person("jane");
  invite(who);
  const auto janes = [&] { return read([&](const View& view) { return store::mails_of(view, who, 1).at(0); }); };
  for (int crash = 1; crash <= 5; ++crash) {
    EXPECT_EQ(lease_as_a_dead_sender().unfinished, crash);
    restart();
    ASSERT_EQ(free_orphans(*store_, setup().retry), 1u);
    EXPECT_EQ(free_orphans(*store_, setup().retry), 0u);
    EXPECT_EQ(janes().state, "queued");
    const std::chrono::seconds expected = crash == 1 ? 0s : 30s * (1 << (crash - 2));
    EXPECT_EQ(janes().due - clock_.now(), expected) << "at once the first time, then doubling";
    if (crash == 2) {
      invite(person("joe"));
      drain();
      EXPECT_EQ(mail(0).state, "sent") << "the suspect waits, the others go on";
    }
    clock_.advance(expected);
  }
  drain();
  EXPECT_EQ(transport_->attempts.size(), 1u);
  EXPECT_EQ(mail(1).state, "given_up");
  EXPECT_EQ(mail(1).last_error, "set aside after 5 attempts: the process ended while it was sending this mail");
  EXPECT_EQ(problem_of(who), mail(1).last_error);
  EXPECT_EQ(events_.last(), "given up");
}

}  // namespace
}  // namespace rosterd::mail
