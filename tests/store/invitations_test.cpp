#include "store/invitations.h"

#include <thread>

#include "store/outbox.h"
#include "store/secrets.h"
#include "store/sign_in.h"
#include "tests/store/rows.h"

namespace rosterd::store::rows {
namespace {

using std::chrono::hours;

class InvitationsTest : public RowsTest {
 protected:
  UserId ann_ = add_user("ann");

  InvitationId send(UserId user) {
    const auto id = write([&](Unit& unit) { return invite(unit, user); });
    if (!id) throw std::runtime_error(id.refused().message);
    return *id;
  }
  std::string token(InvitationId id) {
    return read([&](const View& view) { return invitation_token(view, id, store_->secret_key()); }).value_or("(none)");
  }
  std::optional<Invitation> find(const std::string& text) {
    return read([&](const View& view) { return find_invitation(view, text); });
  }
  Outcome<UserId> accept(const std::string& text) {
    return write([&](Unit& unit) { return accept_invitation(unit, text, "$argon2id$hash"); });
  }
  User user(UserId who) {
    return *read([&](const View& view) { return find_user(view, who); });
  }
  std::string state_of(InvitationId id) {
    return word("SELECT state FROM invitations WHERE id = " + std::to_string(id.value));
  }
  Refusal refusal(UserId who) {
    return write([&](Unit& unit) { return invite(unit, who); }).refused().kind;
  }
};

TEST_F(InvitationsTest, OpensTheDoorOnce) {
  const InvitationId id = send(ann_);
  const std::string link = token(id);
  ASSERT_EQ(link.size(), 43u);
  EXPECT_EQ(user(ann_).status(), Status::pending);
  const auto version = user(ann_).version;

  EXPECT_EQ(*accept(link), ann_);
  EXPECT_EQ(user(ann_).status(), Status::participating);
  EXPECT_GT(user(ann_).version, version);
  EXPECT_EQ(read([&](const View& view) { return password_hash_of(view, ann_); }), "$argon2id$hash");
  EXPECT_EQ(state_of(id), "accepted");
  EXPECT_EQ(accept(link).refused().kind, Refusal::expired);
  EXPECT_EQ(token(id), "(none)");
  EXPECT_EQ(number("SELECT COUNT(*) FROM audit WHERE action = 'user.join'"), 1);
  EXPECT_EQ(number("SELECT COUNT(*) FROM changes WHERE kind = 'user'"), 2);
}

TEST_F(InvitationsTest, ReadingNeverConsumes) {
  const std::string link = token(send(ann_));
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(find(link));
  EXPECT_TRUE(accept(link));
  EXPECT_FALSE(find(link));
}

TEST_F(InvitationsTest, OfAHundredAtOnceOneSucceeds) {
  const std::string link = token(send(ann_));
  std::atomic<int> successes{0};
  std::atomic<int> refusals{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 100; ++i)
    threads.emplace_back([&] {
      const auto outcome = accept(link);
      if (outcome)
        ++successes;
      else if (outcome.refused().kind == Refusal::expired)
        ++refusals;
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(successes, 1);
  EXPECT_EQ(refusals, 99);
}

TEST_F(InvitationsTest, AResendKillsTheOlderLinkAndItsMail) {
  const InvitationId first = send(ann_);
  const std::string old_link = token(first);
  const InvitationId second = send(ann_);
  EXPECT_EQ(state_of(first), "replaced");
  EXPECT_FALSE(find(old_link));
  EXPECT_FALSE(accept(old_link));
  EXPECT_EQ(token(first), "(none)");
  EXPECT_EQ(word("SELECT state FROM outbox WHERE invitation_id = " + std::to_string(first.value)), "cancelled");
  EXPECT_EQ(word("SELECT state FROM outbox WHERE invitation_id = " + std::to_string(second.value)), "queued");
  EXPECT_TRUE(accept(token(second)));
}

TEST_F(InvitationsTest, TheSameRowAlwaysGivesTheSameLink) {
  const InvitationId id = send(ann_);
  const std::string link = token(id);
  EXPECT_EQ(token(id), link);
  reopen();
  EXPECT_EQ(token(id), link);
}

TEST_F(InvitationsTest, AStolenRowGivesNoLink) {
  const InvitationId id = send(ann_);
  const std::string link = token(id);
  const std::string nonce = word("SELECT nonce FROM invitations");
  const std::string hash = word("SELECT token_hash FROM invitations");
  const std::string other_key(32, 'k');
  EXPECT_FALSE(read([&](const View& view) { return invitation_token(view, id, other_key); }));
  for (const std::string& guess : {nonce, hash, hash_secret(nonce), base64url(nonce),
                                   derive_secret(other_key, nonce + ":" + std::to_string(id.value))}) {
    EXPECT_NE(guess, link);
    EXPECT_FALSE(find(guess));
  }
  for (const char* column : {"data", "message_id", "recipient"})
    EXPECT_EQ(word(std::string("SELECT ") + column + " FROM outbox").find(link), std::string::npos);
}

TEST_F(InvitationsTest, EndsAtItsTime) {
  const InvitationId id = send(ann_);
  const std::string link = token(id);
  clock_.advance(hours{24 * 7} - std::chrono::milliseconds{1});
  EXPECT_TRUE(find(link));
  clock_.advance(std::chrono::milliseconds{1});
  EXPECT_FALSE(find(link));
  EXPECT_EQ(accept(link).refused().kind, Refusal::expired);
  EXPECT_FALSE(read([&](const View& view) { return password_hash_of(view, ann_); }));
  EXPECT_EQ(state_of(id), "open");
  EXPECT_EQ(write([](Unit& unit) { return expire_invitations(unit, 10); }), 1u);
  EXPECT_EQ(state_of(id), "expired");
  EXPECT_EQ(word("SELECT state FROM outbox"), "cancelled");
  EXPECT_EQ(write([](Unit& unit) { return expire_invitations(unit, 10); }), 0u);
}

TEST_F(InvitationsTest, Revoked) {
  const InvitationId id = send(ann_);
  const std::string link = token(id);
  EXPECT_EQ(write([&](Unit& unit) { return revoke_invitations(unit, ann_); }), 1u);
  EXPECT_EQ(state_of(id), "revoked");
  EXPECT_FALSE(accept(link));
  EXPECT_EQ(word("SELECT state FROM outbox"), "cancelled");
  EXPECT_EQ(write([&](Unit& unit) { return revoke_invitations(unit, ann_); }), 0u);
}

TEST_F(InvitationsTest, AnInactivePersonCannotAccept) {
  const std::string link = token(send(ann_));
  sql("UPDATE users SET active = 0");
  EXPECT_EQ(accept(link).refused().kind, Refusal::expired);
  EXPECT_EQ(word("SELECT state FROM invitations"), "open");  // the refused unit left nothing behind
  EXPECT_EQ(number("SELECT COUNT(*) FROM users WHERE password_hash <> ''"), 0);
}

TEST_F(InvitationsTest, WhoCannotBeInvited) {
  struct Case {
    const char* name;
    const char* change;
  };
  for (const Case& row : {Case{"noaddress", "email = ''"}, Case{"joined", "joined_at = 1"},
                          Case{"inactive", "active = 0"}, Case{"hidden", "hidden = 1"}}) {
    const UserId who = add_user(row.name);
    sql(std::string("UPDATE users SET ") + row.change + " WHERE key = " + std::to_string(who.value));
    EXPECT_EQ(refusal(who), Refusal::invalid) << row.name;
  }
  EXPECT_EQ(refusal(UserId{4711}), Refusal::invalid);
  EXPECT_EQ(number("SELECT COUNT(*) FROM outbox"), 0);
}

TEST_F(InvitationsTest, AnEmptyPasswordIsRefused) {
  const std::string link = token(send(ann_));
  EXPECT_EQ(write([&](Unit& unit) { return accept_invitation(unit, link, ""); }).refused().kind, Refusal::invalid);
  EXPECT_TRUE(find(link));
}

TEST_F(InvitationsTest, ForeignTextsAreNothing) {
  send(ann_);
  const std::string nonce = word("SELECT nonce FROM invitations");
  for (const std::string& text : {std::string(), nonce, std::string(43, 'A'), std::string(1'000'000, 'A')})
    EXPECT_FALSE(find(text));
}

}  // namespace
}  // namespace rosterd::store::rows
