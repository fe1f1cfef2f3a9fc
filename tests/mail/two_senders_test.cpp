// Several senders on one store, as threads or after one of them died: while a lease holds, nobody else sends that mail;
// when it has run out, the same mail goes out again with the same Message-ID and the same, still valid link.
#include <map>

#include "tests/mail/sender_fixture.h"

namespace rosterd::mail {
namespace {

using namespace testing;

class TwoSenders : public SenderTest {
 protected:
  Sender second_{*store_, setup(), events_};

  static std::string line_of(const std::string& bytes, std::string_view begin) {
    const std::size_t at = bytes.find(begin);
    return at == bytes.npos ? "" : bytes.substr(at, bytes.find("\r\n", at) - at);
  }
  static std::string token_of(const std::string& bytes) {
    const std::string_view before = "https://id.example.org/invitation/";
    return bytes.substr(bytes.find(before) + before.size(), 43);
  }
};

TEST_F(TwoSenders, ShareTheWorkAndSendNothingTwice) {
  constexpr int kMails = 40;
  for (int i = 0; i < kMails; ++i) invite(person("p" + std::to_string(i)));
  sender_->start();
  second_.start();
  ASSERT_TRUE(events_.wait_for(kMails));
  sender_->stop();
  second_.stop();
  std::map<std::string, int> copies;
  for (const auto& attempt : transport_->attempts) ++copies[line_of(attempt.bytes, "Message-ID:")];
  EXPECT_EQ(copies.size(), std::size_t{kMails});
  for (const auto& [id, count] : copies) EXPECT_EQ(count, 1) << id;
  EXPECT_EQ(read([](const View& view) { return store::count_mails(view, "sent"); }), std::size_t{kMails});
}

TEST_F(TwoSenders, ALeasedMailIsLeftAloneAlsoByASenderThatStarts) {
  invite(person("jane"));
  std::atomic<bool> inside{false}, go{false};
  transport_->before = [&](const KeepGoing&) {
    inside = true;
    inside.notify_all();
    go.wait(false);
  };
  sender_->start();
  inside.wait(false);
  EXPECT_FALSE(second_.step());
  transport_->before = nullptr;
  second_.start();  // a sender that starts frees nobody else's mail
  invite(person("joe"));
  const bool joe_arrived = transport_->wait_for(1);
  go = true;
  go.notify_all();
  ASSERT_TRUE(joe_arrived);
  ASSERT_TRUE(events_.wait_for(2));
  second_.stop();
  sender_->stop();
  EXPECT_EQ(transport_->attempts.size(), 2u);
  EXPECT_EQ(mail(0).state, "sent");
  EXPECT_EQ(mail(1).state, "sent");
  EXPECT_EQ(mail(1).attempts, 1);
}

// The server has the mail, the sender died before it could say so.
TEST_F(TwoSenders, ADeadSendersMailGoesOutAgainAsTheSameMail) {
  const auto who = person("jane");
  const auto invitation = invite(who);
  const store::Mail leased = lease_as_a_dead_sender();
  const auto prepared = prepare(*store_, leased, setup().stationery);
  const std::string first = std::get<ReadyMail>(prepared).bytes;
  clock_.advance(149s);
  EXPECT_FALSE(second_.step()) << "the lease still holds";
  clock_.advance(1s);
  ASSERT_TRUE(second_.step());
  ASSERT_EQ(transport_->attempts.size(), 1u);
  const std::string& again = transport_->attempts[0].bytes;
  EXPECT_EQ(line_of(again, "Message-ID:"), line_of(first, "Message-ID:"));
  EXPECT_EQ(token_of(again), token_of(first));
  EXPECT_EQ(mail().state, "sent");

  // Whichever copy the person opens: the link works, once.
  const auto found = read([&](const View& view) { return store::find_invitation(view, token_of(first)); });
  ASSERT_TRUE(found);
  EXPECT_EQ(found->id, invitation);
  const auto redeem = [&](const std::string& token) {
    return static_cast<bool>(write([&](Unit& unit) { return store::accept_invitation(unit, token, "hash"); }));
  };
  EXPECT_TRUE(redeem(token_of(again)));
  EXPECT_FALSE(redeem(token_of(first)));
}

// A sender that was slower than its lease: what the server said counts, but it gives nobody else's lease back.
TEST_F(TwoSenders, ASlowSenderDoesNotGiveBackAnothersLease) {
  invite(person("jane"));
  transport_->script = {{Result::deferred, SmtpStep::data, 0, "timed out"}};
  bool taken = false;
  transport_->before = [&](const KeepGoing&) {
    if (std::exchange(taken, true)) return;
    clock_.advance(150s);
    EXPECT_EQ(write([](Unit& unit) { return store::lease_mails(unit, 150s, 1); }).size(), 1u) << "the other has it";
  };
  ASSERT_TRUE(sender_->step());
  EXPECT_EQ(mail().state, "leased");
  EXPECT_FALSE(second_.step());
  clock_.advance(150s);
  ASSERT_TRUE(second_.step());
  EXPECT_EQ(mail().state, "sent");
}

}  // namespace
}  // namespace rosterd::mail
