#include "store/tokens.h"

#include "store/audit.h"
#include "tests/store/rows.h"

namespace rosterd::store::rows {
namespace {

using std::chrono::hours;

class TokensTest : public RowsTest {
 protected:
  SourceId entra_ = add_source("scim:entra");

  Outcome<NewToken> create(std::string_view name, std::optional<Instant> expires = {}) {
    return write([&](Unit& unit) { return create_token(unit, name, entra_, expires); });
  }
  std::optional<Token> check(std::string_view secret) {
    return read([&](const View& view) { return check_token(view, secret); });
  }
};

TEST_F(TokensTest, TwoLiveAtOnceForRotation) {
  const auto first = create("first");
  const auto second = create("second");
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->secret.size(), 47u);
  EXPECT_NE(first->secret, second->secret);
  ASSERT_TRUE(check(first->secret));
  EXPECT_EQ(check(first->secret)->source_name, "scim:entra");
  EXPECT_EQ(check(second->secret)->name, "second");

  ASSERT_TRUE(write([&](Unit& unit) { return revoke_token(unit, "first"); }));
  EXPECT_FALSE(check(first->secret));
  EXPECT_TRUE(check(second->secret));
  EXPECT_EQ(read([](const View& view) { return list_tokens(view); }).size(), 2u);
}

// shows 7644-2.1-4
TEST_F(TokensTest, RevokedById) {
  const auto token = create("by id");
  ASSERT_TRUE(write([&](Unit& unit) { return revoke_token(unit, std::to_string(token->id.value)); }));
  EXPECT_FALSE(check(token->secret));
  EXPECT_EQ(write([&](Unit& unit) { return revoke_token(unit, "999"); }).refused().kind, Refusal::not_found);
  EXPECT_EQ(write([&](Unit& unit) { return revoke_token(unit, "nobody"); }).refused().kind, Refusal::not_found);
}

// shows 7644-2.1-4, 7644-7.4-3
TEST_F(TokensTest, EndsAtItsExpiry) {
  const auto token = create("short", clock_.now() + hours{1});
  clock_.advance(hours{1} - std::chrono::milliseconds{1});
  EXPECT_TRUE(check(token->secret));
  clock_.advance(std::chrono::milliseconds{1});
  EXPECT_FALSE(check(token->secret));
}

TEST_F(TokensTest, UnknownSecretsAreNothing) {
  const auto token = create("real");
  std::string other = token->secret;
  other.back() = other.back() == 'A' ? 'B' : 'A';
  for (const std::string& secret : {std::string(), std::string("rst_"), other, token->secret + "x",
                                    std::string(47, 'a'), std::string(100000, 'x'), token->secret.substr(4)})
    EXPECT_FALSE(check(secret)) << secret.substr(0, 60);
}

TEST_F(TokensTest, RefusesBadNamesAndTimes) {
  ASSERT_TRUE(create("taken"));
  EXPECT_EQ(create("taken").refused().kind, Refusal::uniqueness);
  EXPECT_EQ(create("").refused().kind, Refusal::invalid);
  EXPECT_EQ(create(std::string(101, 'x')).refused().kind, Refusal::invalid);
  EXPECT_EQ(create("line\nbreak").refused().kind, Refusal::invalid);
  EXPECT_EQ(create("past", clock_.now()).refused().kind, Refusal::invalid);
}

// shows 7644-2.1-4
TEST_F(TokensTest, OnlyAHashIsStored) {
  const auto token = create("hashed");
  EXPECT_EQ(number("SELECT LENGTH(hash) FROM tokens"), 64);
  EXPECT_EQ(number("SELECT COUNT(*) FROM tokens WHERE hash LIKE '%" + token->secret.substr(4, 12) + "%'"), 0);
  EXPECT_EQ(number("SELECT COUNT(*) FROM audit WHERE detail LIKE '%" + token->secret + "%'"), 0);
}

TEST_F(TokensTest, UseIsNotedOncePerHour) {
  const TokenId id = create("used")->id;
  const auto note = [&] { write([&](Unit& unit) { note_token_use(unit, id); }); };
  const auto last = [&] { return number("SELECT last_used_at FROM tokens"); };
  const auto noted = [&] { return is_use_noted(read([](const View& v) { return list_tokens(v); })[0], clock_.now()); };
  EXPECT_FALSE(noted());
  note();
  const auto first = last();
  EXPECT_EQ(first, to_millis(clock_.now()));
  clock_.advance(std::chrono::minutes{59});
  EXPECT_TRUE(noted());
  note();
  EXPECT_EQ(last(), first);
  clock_.advance(std::chrono::minutes{1});
  EXPECT_FALSE(noted());
  note();
  EXPECT_EQ(last(), to_millis(clock_.now()));
}

class SessionsTest : public RowsTest {
 protected:
  UserId ann_ = add_user("ann");

  std::string start(UserId user) {
    return write([&](Unit& unit) { return create_session(unit, user); });
  }
  std::optional<Session> check(std::string_view secret) {
    return read([&](const View& view) { return check_session(view, secret); });
  }
};

TEST_F(SessionsTest, LivesUntilItsTime) {
  const std::string secret = start(ann_);
  ASSERT_EQ(secret.size(), 43u);
  ASSERT_TRUE(check(secret));
  EXPECT_EQ(check(secret)->user, ann_);
  EXPECT_FALSE(check("x" + secret.substr(1)));
  clock_.advance(hours{12});
  EXPECT_FALSE(check(secret));
  EXPECT_EQ(write([](Unit& unit) { return forget_sessions(unit, 10); }), 1u);
  EXPECT_EQ(number("SELECT COUNT(*) FROM sessions"), 0);
}

TEST_F(SessionsTest, NoneForTheInactiveOrHidden) {
  const std::string secret = start(ann_);
  sql("UPDATE users SET active = 0");
  EXPECT_FALSE(check(secret));
  EXPECT_EQ(start(ann_), "");
  sql("UPDATE users SET active = 1, hidden = 1");
  EXPECT_FALSE(check(secret));
  EXPECT_EQ(start(ann_), "");
  EXPECT_EQ(start(UserId{4711}), "");
}

TEST_F(SessionsTest, EndedOneByOneOrAllOfAPerson) {
  const UserId bob = add_user("bob");
  const std::string one = start(ann_), two = start(ann_), three = start(ann_), other = start(bob);
  write([&](Unit& unit) { end_session(unit, one); });
  EXPECT_FALSE(check(one));
  EXPECT_TRUE(check(two));
  EXPECT_EQ(write([&](Unit& unit) { return end_sessions(unit, ann_); }), 2u);
  EXPECT_FALSE(check(two));
  EXPECT_FALSE(check(three));
  EXPECT_TRUE(check(other));
  EXPECT_EQ(write([&](Unit& unit) { return end_sessions(unit, ann_); }), 0u);
}

}  // namespace
}  // namespace rosterd::store::rows
