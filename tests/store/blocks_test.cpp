#include "store/blocks.h"

#include "store/invitations.h"
#include "store/tokens.h"
#include "tests/store/fixture.h"

namespace rosterd::store {
namespace {

class BlocksTest : public StoreTest {
 protected:
  UserId ann_ = person(corp_, "ann");

  void make_admin(UserId who) {
    ASSERT_TRUE(write([&](Unit& unit) { return grant_role(unit, who, "Admin", "admin"); }));
  }
};

TEST_F(BlocksTest, ActiveExactlyWhenNoBlockExists) {
  ASSERT_TRUE(*stop(ann_, corp_, Reason::left_directory));
  EXPECT_FALSE(user(ann_).active);
  EXPECT_EQ(user(ann_).status(), Status::inactive);
  ASSERT_TRUE(*stop(ann_, kLocal, Reason::admin));
  ASSERT_TRUE(*release(ann_, corp_));
  EXPECT_FALSE(user(ann_).active) << "the admin's block stays";
  ASSERT_TRUE(*release(ann_, kLocal));
  EXPECT_TRUE(user(ann_).active);
}

TEST_F(BlocksTest, SourceLiftsOnlyItsOwn) {
  ASSERT_TRUE(*stop(ann_, corp_, Reason::disabled));
  EXPECT_FALSE(*release(ann_, entra_));
  EXPECT_FALSE(*release(ann_, kLocal));
  EXPECT_FALSE(*release(ann_, corp_, Reason::left_directory)) << "another reason";
  EXPECT_FALSE(user(ann_).active);
  EXPECT_TRUE(*release(ann_, corp_, Reason::disabled));
  EXPECT_TRUE(user(ann_).active);
}

TEST_F(BlocksTest, SecondIdenticalBlockChangesNothing) {
  ASSERT_TRUE(*stop(ann_, corp_, Reason::disabled));
  const auto version = user(ann_).version;
  EXPECT_FALSE(*stop(ann_, corp_, Reason::disabled));
  EXPECT_EQ(user(ann_).version, version);
  EXPECT_EQ(audited("user.block"), 1);
}

TEST_F(BlocksTest, BlockEndsSessionsInvitationsAndMailsAtOnce) {
  const auto secret = write([&](Unit& unit) {
    (void)invite(unit, ann_);
    return create_session(unit, ann_);
  });
  ASSERT_TRUE(*stop(ann_, corp_, Reason::left_directory));
  EXPECT_FALSE(read([&](const View& view) { return check_session(view, secret).has_value(); }));
  EXPECT_EQ(number("SELECT COUNT(*) FROM sessions"), 0);
  EXPECT_EQ(number("SELECT COUNT(*) FROM invitations WHERE state = 'open'"), 0);
  EXPECT_EQ(number("SELECT COUNT(*) FROM outbox WHERE state IN ('queued', 'leased')"), 0);
}

TEST_F(BlocksTest, LastLiftInvitesOnceInvitedPendingPeopleAfresh) {
  ASSERT_TRUE(write([&](Unit& unit) { return invite(unit, ann_); }));
  ASSERT_TRUE(*stop(ann_, corp_, Reason::disabled));
  ASSERT_TRUE(*stop(ann_, kLocal, Reason::admin));
  ASSERT_TRUE(*release(ann_, corp_));
  EXPECT_FALSE(open_invitation(ann_)) << "still blocked";
  ASSERT_TRUE(*release(ann_, kLocal));
  EXPECT_TRUE(open_invitation(ann_));
  EXPECT_EQ(invited(ann_), 2);
}

TEST_F(BlocksTest, LastLiftInvitesNobodyWhoNeverWasOrWhoJoined) {
  ASSERT_TRUE(*stop(ann_, corp_, Reason::disabled));
  ASSERT_TRUE(*release(ann_, corp_));
  EXPECT_EQ(invited(ann_), 0);
  ASSERT_TRUE(write([&](Unit& unit) { return invite(unit, ann_); }));
  sql("UPDATE users SET joined_at = 5");
  ASSERT_TRUE(*stop(ann_, corp_, Reason::disabled));
  ASSERT_TRUE(*release(ann_, corp_));
  EXPECT_FALSE(open_invitation(ann_));
  EXPECT_EQ(user(ann_).status(), Status::participating);
}

TEST_F(BlocksTest, LastLocalAdminIsSafeOnEveryPath) {
  make_admin(ann_);
  EXPECT_TRUE(read([&](const View& view) { return is_last_admin(view, ann_); }));
  for (const SourceId source : {corp_, entra_, kLocal})
    EXPECT_EQ(stop(ann_, source, Reason::admin).refused().kind, Refusal::last_admin);
  EXPECT_EQ(write([&](Unit& unit) { return take_role(unit, ann_, "admin"); }).refused().kind, Refusal::last_admin);
  EXPECT_EQ(end(corp_, ann_).refused().kind, Refusal::last_admin);
  ClaimFacts expired = facts("ann", "k-ann");
  expired.expires = clock_.now();
  EXPECT_TRUE(put(corp_, expired));
  EXPECT_EQ(write([](Unit& unit) { return block_expired(unit, 10); }), 0u);
  EXPECT_TRUE(user(ann_).active);
  EXPECT_FALSE(user(ann_).hidden);
  EXPECT_EQ(roles(ann_), Strings{"Admin"});
}

TEST_F(BlocksTest, OneOfTwoLocalAdminsMayGo) {
  const UserId bob = person(corp_, "bob");
  make_admin(ann_);
  make_admin(bob);
  ASSERT_TRUE(stop(ann_, corp_, Reason::left_directory));
  EXPECT_EQ(stop(bob, corp_, Reason::left_directory).refused().kind, Refusal::last_admin);
}

TEST_F(BlocksTest, AdminByRuleDoesNotCountAsLocal) {
  const UserId bob = person(corp_, "bob");
  make_admin(ann_);
  rules({{.name = "", .group = "admins", .role = "Admin"}});
  join(group(corp_, "admins"), {bob});
  EXPECT_EQ(roles(bob), Strings{"Admin"});
  EXPECT_EQ(stop(ann_, kLocal, Reason::admin).refused().kind, Refusal::last_admin);
  EXPECT_TRUE(stop(bob, corp_, Reason::disabled));
}

TEST_F(BlocksTest, BlocksAreListedWithSourceAndReason) {
  ASSERT_TRUE(write([&](Unit& unit) { return block(unit, ann_, corp_, Reason::locked, "pwdAccountLockedTime"); }));
  const auto blocks = read([&](const View& view) { return blocks_of(view, ann_); });
  ASSERT_EQ(blocks.size(), 1u);
  EXPECT_EQ(blocks[0].source, corp_);
  EXPECT_EQ(blocks[0].reason, Reason::locked);
  EXPECT_EQ(blocks[0].detail, "pwdAccountLockedTime");
}

}  // namespace
}  // namespace rosterd::store
