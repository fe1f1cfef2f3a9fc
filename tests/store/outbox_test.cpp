#include "store/outbox.h"

#include <set>
#include <thread>

#include "store/invitations.h"
#include "store/link_text.h"
#include "tests/store/rows.h"

namespace rosterd::store::rows {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class OutboxTest : public RowsTest {
 protected:
  UserId ann_ = add_user("ann");

  MailId queue(const std::string& recipient = "ann@example.org", std::string kind = "test") {
    return write([&](Unit& unit) { return queue_mail(unit, {ann_, kind, recipient, "Ann"}); });
  }
  std::vector<Mail> lease(std::size_t limit = 10, milliseconds time = seconds{30}) {
    return write([&](Unit& unit) { return lease_mails(unit, time, limit); });
  }
  Mail mail(MailId id) {
    return *read([&](const View& view) { return find_mail(view, id); });
  }
  bool sendable(const Mail& leased) {
    return read([&](const View& view) { return is_sendable(view, leased); });
  }
  bool sendable(MailId id) { return sendable(mail(id)); }
  std::string problem() { return word("SELECT mail_problem FROM users"); }
  Outcome<> retry(MailId id) {
    return write([&](Unit& unit) { return retry_mail(unit, id); });
  }
};

TEST_F(OutboxTest, CountsTheMailsOfAState) {
  const auto count = [&](std::string_view state) {
    return read([&](const View& view) { return count_mails(view, state); });
  };
  EXPECT_EQ(count("queued"), 0u);
  queue();
  queue();
  queue();
  ASSERT_EQ(lease(1).size(), 1u);
  EXPECT_EQ(count("queued"), 2u);
  EXPECT_EQ(count("leased"), 1u);
}

TEST_F(OutboxTest, ALeaseThatExpiresGivesTheSameMailAgain) {
  queue();
  const auto first = lease();
  ASSERT_EQ(first.size(), 1u);
  EXPECT_EQ(first[0].state, "leased");
  EXPECT_EQ(first[0].message_id.size(), 36u);
  EXPECT_TRUE(sendable(first[0]));
  EXPECT_TRUE(lease().empty());

  clock_.advance(seconds{30});
  EXPECT_FALSE(sendable(first[0]));
  reopen();
  const auto second = lease();
  ASSERT_EQ(second.size(), 1u);
  EXPECT_EQ(second[0].id, first[0].id);
  EXPECT_EQ(second[0].message_id, first[0].message_id);
  EXPECT_TRUE(sendable(second[0]));
  EXPECT_FALSE(sendable(first[0])) << "somebody else has it now";
  EXPECT_TRUE(sendable(first[0].id));
}

// A sender that was slower than its lease must not free the mail that another is sending now.
TEST_F(OutboxTest, OnlyTheLeaseInForceIsGivenBack) {
  const MailId id = queue();
  const Mail slow = lease().at(0);
  clock_.advance(seconds{30});
  const Mail other = lease().at(0);
  EXPECT_EQ(other.attempts, 2);
  EXPECT_EQ(other.unfinished, 2);
  write([&](Unit& unit) { mail_deferred(unit, slow, clock_.now(), "timed out"); });
  write([&](Unit& unit) { mail_unfinished(unit, slow, clock_.now(), "timed out"); });
  EXPECT_EQ(mail(id).state, "leased");
  EXPECT_TRUE(sendable(other));
  write([&](Unit& unit) { mail_unfinished(unit, other, clock_.now(), "ended"); });
  EXPECT_EQ(mail(id).unfinished, 2);
  const Mail third = lease().at(0);
  write([&](Unit& unit) { mail_deferred(unit, third, clock_.now(), "451"); });
  EXPECT_EQ(mail(id).unfinished, 0) << "the server's answer is an outcome";
  EXPECT_EQ(mail(id).attempts, 3);
}

TEST_F(OutboxTest, TwoLeasersNeverGetTheSameMail) {
  for (int i = 0; i < 60; ++i) queue();
  std::mutex mutex;
  std::multiset<std::int64_t> taken;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (auto mails = lease(4); !mails.empty(); mails = lease(4)) {
        std::lock_guard lock(mutex);
        for (const Mail& each : mails) taken.insert(each.id.value);
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(taken.size(), 60u);
  EXPECT_EQ(std::set(taken.begin(), taken.end()).size(), 60u);
}

TEST_F(OutboxTest, OldestFirstWithinTheLimit) {
  const MailId first = queue("a@example.org");
  const MailId second = queue("b@example.org");
  clock_.advance(seconds{1});
  const MailId third = queue("c@example.org");
  const auto two = lease(2);
  ASSERT_EQ(two.size(), 2u);
  EXPECT_EQ(two[0].id, first);
  EXPECT_EQ(two[1].id, second);
  write([&](Unit& unit) { mail_deferred(unit, two[0], clock_.now() + seconds{60}, "451 later"); });
  const auto rest = lease();
  ASSERT_EQ(rest.size(), 1u);
  EXPECT_EQ(rest[0].id, third);
}

TEST_F(OutboxTest, CancelledBetweenLeaseAndSendIsNotSent) {
  const MailId id = queue();
  const auto leased = lease();
  ASSERT_TRUE(write([&](Unit& unit) { return cancel_mail(unit, id); }));
  EXPECT_FALSE(sendable(leased[0]));
  EXPECT_FALSE(sendable(id));
  write([&](Unit& unit) { mail_deferred(unit, leased[0], clock_.now(), "451"); });
  write([&](Unit& unit) { mail_refused(unit, leased[0], "550"); });
  EXPECT_EQ(mail(id).state, "cancelled");
  EXPECT_EQ(problem(), "");
  clock_.advance(seconds{60});
  EXPECT_TRUE(lease().empty());
  write([&](Unit& unit) { mail_sent(unit, id); });
  EXPECT_EQ(mail(id).state, "sent") << "it had left already";
}

TEST_F(OutboxTest, AMailWhoseLinkHasEndedIsNotSent) {
  const auto first = write([&](Unit& unit) { return invite(unit, ann_); });
  ASSERT_TRUE(first);
  const auto leased = lease();
  ASSERT_EQ(leased.size(), 1u);
  EXPECT_EQ(leased[0].kind, "invitation");
  EXPECT_EQ(leased[0].recipient, "ann@example.org");
  EXPECT_TRUE(sendable(leased[0]));
  ASSERT_TRUE(write([&](Unit& unit) { return invite(unit, ann_); }));
  EXPECT_FALSE(sendable(leased[0]));
}

TEST_F(OutboxTest, DeferredComesBackAtItsTime) {
  const MailId id = queue();
  const Mail leased = lease().at(0);
  EXPECT_EQ(mail(id).attempts, 1) << "counted before it begins";
  write([&](Unit& unit) { mail_deferred(unit, leased, clock_.now() + seconds{60}, "451 try later"); });
  EXPECT_EQ(mail(id).attempts, 1);
  EXPECT_EQ(mail(id).last_error, "451 try later");
  EXPECT_EQ(problem(), "");
  EXPECT_EQ(read([](const View& view) { return next_mail_due(view); }), clock_.now() + seconds{60});
  clock_.advance(seconds{59});
  EXPECT_TRUE(lease().empty());
  clock_.advance(seconds{1});
  EXPECT_EQ(lease().size(), 1u);
}

TEST_F(OutboxTest, SentIsOver) {
  const MailId id = queue();
  const auto leased = lease();
  write([&](Unit& unit) { mail_sent(unit, id); });
  write([&](Unit& unit) { mail_sent(unit, id); });
  EXPECT_EQ(mail(id).state, "sent");
  EXPECT_EQ(mail(id).attempts, 1);
  EXPECT_EQ(mail(id).sent, clock_.now());
  write([&](Unit& unit) { mail_refused(unit, leased[0], "550"); });
  EXPECT_EQ(mail(id).state, "sent");
  EXPECT_EQ(write([&](Unit& unit) { return cancel_mail(unit, id); }).refused().kind, Refusal::invalid);
  EXPECT_EQ(read([](const View& view) { return next_mail_due(view); }), std::nullopt);
  EXPECT_EQ(number("SELECT COUNT(*) FROM audit WHERE action = 'mail.sent'"), 1);
}

TEST_F(OutboxTest, APermanentRefusalIsShownOnThePerson) {
  for (const char* state : {"refused", "given_up"}) {
    const MailId id = queue();
    const Mail leased = lease().front();
    const bool refused = std::string_view(state) == "refused";
    write([&](Unit& unit) {
      refused ? mail_refused(unit, leased, "550 no such user") : mail_given_up(unit, leased, "550 no such user");
    });
    EXPECT_EQ(mail(id).state, state);
    EXPECT_EQ(problem(), "550 no such user");
    EXPECT_EQ(number("SELECT version FROM users"), 1) << "the resource did not change";

    const MailId next = queue();
    lease();
    write([&](Unit& unit) { mail_sent(unit, next); });
    EXPECT_EQ(problem(), "");
  }
}

TEST_F(OutboxTest, WhoseLeaseHasRunOutSaysNothingOfAnothersAttempt) {
  const MailId id = queue();
  const Mail slow = lease().front();
  clock_.advance(std::chrono::hours{1});
  const Mail other = lease().front();
  ASSERT_EQ(other.id, id);
  write([&](Unit& unit) { mail_refused(unit, slow, "550"); });
  write([&](Unit& unit) { mail_given_up(unit, slow, "550"); });
  EXPECT_EQ(mail(id).state, "leased");
  EXPECT_EQ(problem(), "");
  EXPECT_EQ(number("SELECT COUNT(*) FROM audit WHERE action IN ('mail.refused', 'mail.given_up')"), 0);
  EXPECT_TRUE(sendable(other));
  write([&](Unit& unit) { mail_given_up(unit, other, "551"); });
  EXPECT_EQ(problem(), "551");
}

TEST_F(OutboxTest, LongErrorsAreCutBetweenCharacters) {
  const MailId id = queue();
  const Mail leased = lease().front();
  std::string error = "x";
  while (error.size() < 2000) error += "ü";
  write([&](Unit& unit) { mail_refused(unit, leased, error); });
  const std::string kept = mail(id).last_error;
  EXPECT_EQ(kept.size(), 499u);
  EXPECT_EQ(error.substr(0, kept.size()), kept);
}

TEST_F(OutboxTest, NoLinkStaysInAReason) {
  const std::string token = "kY3v_0aGm-Qw8RzT1bXe5uLp9sHd2cJf7nViKoA6MtE";
  const std::string said = "554 http://x/invitation/" + token + " is listed",
                    kept = "554 http://x/invitation/[removed] is listed";
  const MailId refused = queue(), given_up = queue(), deferred = queue();
  const auto leased = lease();
  ASSERT_EQ(leased.size(), 3u);
  write([&](Unit& unit) {
    mail_refused(unit, leased[0], said);
    mail_given_up(unit, leased[1], said);
    mail_deferred(unit, leased[2], unit.now() + seconds{1}, said);
  });
  for (const MailId id : {refused, given_up, deferred}) EXPECT_EQ(mail(id).last_error, kept);
  EXPECT_EQ(problem(), kept);
  EXPECT_EQ(word("SELECT COUNT(*) FROM audit WHERE detail LIKE '%" + token + "%'"), "0");
  EXPECT_EQ(word("SELECT COUNT(*) FROM audit WHERE detail LIKE '%[removed]%'"), "2");
}

TEST(LinkText, OnlyLinksGo) {
  const std::pair<const char*, const char*> rows[] = {
      {"", ""},
      {"/invitation/", "/invitation/"},
      {"the invitation ended before its mail could be sent", "the invitation ended before its mail could be sent"},
      {"/Invitation/kY3v_0aGm-Qw8RzT1bXe5uLp9s.", "/Invitation/[removed]."},
      {"x%2Finvitation%2FkY3v%5F0aGmQw8RzT1bXe5uLp9s&y", "x%2Finvitation[removed]&y"},
      {"/invitation/kY3v_0aGm-Qw8RzT1bXe5uLp9s,/invitation/kY3v_0aGm-Qw8RzT1bXe5uLp9s",
       "/invitation/[removed],/invitation/[removed]"},
      {"/invitation/short", "/invitation/short"},
  };
  for (const auto& [text, want] : rows) EXPECT_EQ(without_links(text), want) << text;
}

TEST_F(OutboxTest, RetryAndItsRefusals) {
  const MailId id = queue();
  const Mail leased = lease().front();
  EXPECT_EQ(retry(id).refused().kind, Refusal::invalid) << "being sent";
  write([&](Unit& unit) { mail_given_up(unit, leased, "451"); });
  ASSERT_TRUE(retry(id));
  EXPECT_EQ(mail(id).attempts, 0);
  ASSERT_EQ(lease().size(), 1u);
  write([&](Unit& unit) { mail_sent(unit, id); });
  EXPECT_EQ(retry(id).refused().kind, Refusal::invalid);
  EXPECT_EQ(retry(MailId{999}).refused().kind, Refusal::not_found);
  const MailId cancelled = queue();
  ASSERT_TRUE(write([&](Unit& unit) { return cancel_mail(unit, cancelled); }));
  EXPECT_EQ(retry(cancelled).refused().kind, Refusal::invalid);
}

TEST_F(OutboxTest, ADeadLinkIsNotTriedAgain) {
  ASSERT_TRUE(write([&](Unit& unit) { return invite(unit, ann_); }));
  const Mail leased = lease().front();
  const MailId id = leased.id;
  write([&](Unit& unit) { mail_refused(unit, leased, "550"); });
  ASSERT_TRUE(write([&](Unit& unit) { return invite(unit, ann_); }));
  EXPECT_EQ(retry(id).refused().kind, Refusal::invalid);
}

TEST_F(OutboxTest, AllOfAPersonCancelled) {
  const UserId bob = add_user("bob");
  const MailId other = write([&](Unit& unit) { return queue_mail(unit, {bob, "test", "bob@example.org", "Bob"}); });
  queue();
  lease(2);
  queue();
  EXPECT_EQ(write([&](Unit& unit) { return cancel_mails(unit, ann_); }), 2u);
  EXPECT_EQ(mail(other).state, "leased");
  EXPECT_EQ(write([&](Unit& unit) { return cancel_mails(unit, ann_); }), 0u);
}

TEST_F(OutboxTest, Lists) {
  const MailId first = queue(), second = queue(), third = queue();
  lease(1);
  write([&](Unit& unit) { mail_sent(unit, first); });
  const auto list = [&](std::string_view state, std::size_t limit) {
    std::vector<std::int64_t> ids;
    for (const Mail& each : read([&](const View& view) { return list_mails(view, state, limit); }))
      ids.push_back(each.id.value);
    return ids;
  };
  EXPECT_EQ(list("", 2), (std::vector{third.value, second.value}));
  EXPECT_EQ(list("sent", 10), (std::vector{first.value}));
  EXPECT_EQ(read([&](const View& view) { return mails_of(view, ann_, 10); }).size(), 3u);
}

TEST_F(OutboxTest, WakesTheSenderWhenDurable) {
  const auto seen = store_->mail_signal().wait(0, milliseconds{0});
  queue();
  EXPECT_NE(store_->mail_signal().wait(seen, seconds{10}), seen);
}

// Many dead mails must not slow the search for the live ones down.
TEST_F(OutboxTest, DueMailsComeFromTheirIndex) {
  const std::string plan = read([](const View& view) {
    auto row = view.db().prepare(
        "EXPLAIN QUERY PLAN SELECT id, state FROM outbox WHERE due_at <= 5 ORDER BY due_at, id LIMIT 1");
    std::string all;
    while (row.step()) all += row.text(3) + "\n";
    return all;
  });
  EXPECT_NE(plan.find("outbox_due"), std::string::npos) << plan;
  EXPECT_EQ(plan.find("TEMP B-TREE"), std::string::npos) << plan;
}

}  // namespace
}  // namespace rosterd::store::rows
