// Several senders on one store, as threads or after one of them died: while a lease holds, nobody else sends that mail;
// when it has run out, the same mail goes out again with the same Message-ID and the same, still valid link.
#include <map>

#include "daemon/mail/delivered_note.h"
#include "tests/mail/sender_fixture.h"

namespace rosterd::mail {
namespace {

using namespace testing;

class TwoSenders : public SenderTest {
 protected:
  std::unique_ptr<Sender> second_;
  // Made by the first to use it: a restart opens the store anew.
  Sender& second() {
    if (!second_) second_ = std::make_unique<Sender>(*store_, setup(), events_);
    return *second_;
  }
  ~TwoSenders() override { second_.reset(); }

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
  second().start();
  ASSERT_TRUE(events_.wait_for(kMails));
  sender_->stop();
  second().stop();
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
  EXPECT_FALSE(second().step());
  transport_->before = nullptr;
  second().start();  // a sender that starts frees nobody else's mail
  invite(person("joe"));
  const bool joe_arrived = transport_->wait_for(1);
  go = true;
  go.notify_all();
  ASSERT_TRUE(joe_arrived);
  ASSERT_TRUE(events_.wait_for(2));
  second().stop();
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
  EXPECT_FALSE(second().step()) << "the lease still holds";
  clock_.advance(1s);
  ASSERT_TRUE(second().step());
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

// Killed after the server took the mail and before the commit: the note knows.
TEST_F(TwoSenders, ADeliveryThatWasNotedIsNotRepeated) {
  SenderSetup with_note = setup();
  with_note.note_file = directory_ + "/outbox.delivered";
  sender_->configure(with_note);
  invite(person("joe"));
  drain();
  EXPECT_EQ(delivered_note(with_note.note_file), mail().message_id);
  const auto who = person("jane");
  invite(who);
  const store::Mail leased = lease_as_a_dead_sender();
  note_delivered(with_note.note_file, leased.message_id);
  restart();
  EXPECT_EQ(free_orphans(*store_, setup().retry, with_note.note_file), 1u);
  drain();
  EXPECT_EQ(transport_->attempts.size(), 1u) << "joe's only";
  EXPECT_EQ(mail(0).state, "sent");
  EXPECT_TRUE(mail(0).sent);
}

TEST_F(TwoSenders, ANoteOfAnotherMailOrNoneSendsAgain) {
  const std::string file = directory_ + "/outbox.delivered";
  EXPECT_EQ(delivered_note(file), "");
  EXPECT_EQ(delivered_note(""), "");
  for (const std::string note : {"", "short", "00000000-0000-4000-8000-000000000000"}) {
    invite(person("p" + std::to_string(note.size())));
    lease_as_a_dead_sender();
    note_delivered(file, note);
    restart();
    EXPECT_EQ(free_orphans(*store_, setup().retry, file), 1u);
    EXPECT_TRUE(sender_->step()) << note;
    EXPECT_EQ(mail().state, "sent");
  }
  EXPECT_EQ(transport_->attempts.size(), 3u);
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
  EXPECT_FALSE(second().step());
  clock_.advance(150s);
  ASSERT_TRUE(second().step());
  EXPECT_EQ(mail().state, "sent");
}

}  // namespace
}  // namespace rosterd::mail
