#include "store/sign_in.h"

#include "store/tokens.h"
#include "tests/store/rows.h"

namespace rosterd::store::rows {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;

class SignInTest : public RowsTest {
 protected:
  void fail(std::string_view subject, int times = 1) {
    for (int i = 0; i < times; ++i) write([&](Unit& unit) { record_failure(unit, subject, limits_); });
  }
  // How long it is locked from now on; 0 when it is not.
  milliseconds lock(std::string_view subject) {
    const auto until = read([&](const View& view) { return locked_until(view, subject); });
    return until ? *until - clock_.now() : milliseconds{0};
  }

  AttemptLimits limits_;
};

TEST_F(SignInTest, FiveFailuresLockForAMinute) {
  fail("ann", 4);
  EXPECT_EQ(lock("ann"), milliseconds{0});
  fail("ann");
  EXPECT_EQ(lock("ann"), minutes{1});
  EXPECT_EQ(lock("bob"), milliseconds{0});
  clock_.advance(minutes{1});
  EXPECT_EQ(lock("ann"), milliseconds{0});
}

TEST_F(SignInTest, EveryFurtherFailureDoublesUpToTheLongest) {
  fail("ann", 5);
  for (const int expected : {2, 4, 8, 16, 32, 60, 60, 60}) {
    clock_.advance(lock("ann"));
    fail("ann");
    EXPECT_EQ(lock("ann"), minutes{expected});
  }
}

TEST_F(SignInTest, AFailureDuringTheLockIsNotCounted) {
  fail("ann", 5);
  clock_.advance(milliseconds{59'000});
  fail("ann", 100);
  EXPECT_EQ(lock("ann"), milliseconds{1'000});
}

TEST_F(SignInTest, AQuietWindowStartsAnew) {
  fail("ann", 4);
  clock_.advance(minutes{15});
  fail("ann");
  EXPECT_EQ(lock("ann"), milliseconds{0});
  fail("ann", 4);
  EXPECT_EQ(lock("ann"), minutes{1});
  clock_.advance(minutes{1} + minutes{15});
  fail("ann", 4);
  EXPECT_EQ(lock("ann"), milliseconds{0});
}

TEST_F(SignInTest, AnyFiveWithinTheWindowLock) {
  fail("ann");
  clock_.advance(minutes{14});
  fail("ann", 3);
  clock_.advance(minutes{2});  // a fixed window from the first failure would have forgotten these
  fail("ann");
  EXPECT_EQ(lock("ann"), minutes{1});
}

TEST_F(SignInTest, SuccessForgets) {
  fail("ann", 4);
  write([&](Unit& unit) { record_success(unit, "ann"); });
  fail("ann", 4);
  EXPECT_EQ(lock("ann"), milliseconds{0});
}

TEST_F(SignInTest, SurvivesReopening) {
  fail("ann", 5);
  reopen();
  EXPECT_EQ(lock("ann"), minutes{1});
}

TEST_F(SignInTest, AnUnknownSubjectIsTreatedAlike) {
  add_user("ann");
  const std::string huge(1'000'000, 'x');
  for (const std::string& subject : {std::string("ann"), std::string("nobody"), std::string(), huge}) {
    fail(subject, 5);
    EXPECT_EQ(lock(subject), minutes{1});
  }
  EXPECT_EQ(number("SELECT MAX(LENGTH(subject)) FROM attempts"), 64);
  EXPECT_EQ(number("SELECT COUNT(*) FROM attempts WHERE subject = 'ann'"), 0);
}

TEST_F(SignInTest, HousekeepingForgetsWhatIsOver) {
  fail("old");
  fail("locked", 5);
  clock_.advance(minutes{15});
  fail("new");
  EXPECT_EQ(write([](Unit& unit) { return forget_attempts(unit, 10); }), 1u);  // the locked one has its lock's minute
  EXPECT_EQ(number("SELECT COUNT(*) FROM attempts"), 2);
  clock_.advance(minutes{60});
  EXPECT_EQ(write([](Unit& unit) { return forget_attempts(unit, 1); }), 1u);
  EXPECT_EQ(write([](Unit& unit) { return forget_attempts(unit, 1); }), 1u);
}

TEST_F(SignInTest, ANewPasswordEndsAllSessions) {
  const UserId ann = add_user("ann");
  EXPECT_FALSE(read([&](const View& view) { return password_hash_of(view, ann); }));
  const std::string session = write([&](Unit& unit) { return create_session(unit, ann); });
  write([&](Unit& unit) { set_password_hash(unit, ann, "$argon2id$x"); });
  EXPECT_EQ(read([&](const View& view) { return password_hash_of(view, ann); }), "$argon2id$x");
  EXPECT_FALSE(read([&](const View& view) { return check_session(view, session); }));
  EXPECT_EQ(number("SELECT COUNT(*) FROM audit WHERE detail LIKE '%argon%'"), 0);
}

}  // namespace
}  // namespace rosterd::store::rows
