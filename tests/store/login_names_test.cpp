// userName and sign-in e-mail are one namespace: what somebody signs in with never names somebody else.
#include "tests/store/fixture.h"

namespace rosterd::store {
namespace {

class LoginNamesTest : public StoreTest {
 protected:
  SourceId okta_ = add_source("scim:okta");

  Outcome<Claimed> put_as(SourceId source, const std::string& key, const std::string& user_name,
                          const std::string& email, UserId who = {}) {
    ClaimFacts all;
    all.key = key;
    all.profile = profile(user_name, email);
    return put(source, all, who);
  }
  UserId signs_in(const std::string& login) {
    return read([&](const View& view) {
      const auto found = find_user_by_login(view, login);
      return found ? found->key : UserId{};
    });
  }
};

TEST_F(LoginNamesTest, UserNameIsNobodyElsesAddress) {
  const UserId ann = person(entra_, "ann");
  for (const SourceId source : {entra_, okta_, corp_, kLocal}) {
    const auto refused = put_as(source, "thief", "ANN@Example.org", "thief@example.org");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.refused().kind, Refusal::uniqueness);
    EXPECT_EQ(refused.refused().field, "userName");
    EXPECT_NE(refused.refused().message.find("ANN@Example.org"), std::string::npos) << refused.refused().message;
  }
  EXPECT_EQ(signs_in("ann@example.org"), ann);
  EXPECT_EQ(number("SELECT COUNT(*) FROM users"), 1);
}

TEST_F(LoginNamesTest, AddressIsNobodyElsesUserName) {
  ASSERT_TRUE(put_as(entra_, "k-ann", "ann@example.org", "a.nn@example.org"));
  for (const SourceId source : {entra_, okta_, corp_, kLocal}) {
    const auto refused = put_as(source, "thief", "thief", "Ann@example.ORG");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.refused().kind, Refusal::uniqueness);
    EXPECT_EQ(refused.refused().field, "emails");
    EXPECT_NE(refused.refused().message.find("Ann@example.ORG"), std::string::npos) << refused.refused().message;
  }
}

TEST_F(LoginNamesTest, OneMayUseOnesOwnAddressAsUserName) {
  const auto ann = put_as(entra_, "k-ann", "ann@example.org", "Ann@example.org");
  ASSERT_TRUE(ann) << said(ann);
  const auto again = put_as(entra_, "k-ann", "Ann@Example.org", "ann@example.org");
  ASSERT_TRUE(again) << said(again);
  EXPECT_EQ(again->user, ann->user);
}

TEST_F(LoginNamesTest, RenamesAreHeldToTheSame) {
  const UserId ann = person(entra_, "ann");
  ASSERT_TRUE(put_as(entra_, "k-bob", "bob@example.org", "b.ob@example.org"));
  const UserId eve = person(okta_, "eve");
  EXPECT_EQ(put_as(okta_, "k-eve", "ann@example.org", "eve@example.org", eve).refused().field, "userName");
  EXPECT_EQ(put_as(okta_, "k-eve", "eve", "bob@example.org", eve).refused().field, "emails");
  EXPECT_EQ(user(eve).user_name, "eve");
  EXPECT_EQ(user(eve).email, "eve@example.org");
  EXPECT_EQ(signs_in("ann@example.org"), ann);
}

TEST_F(LoginNamesTest, EmptyAddressesAreNobodys) {
  ASSERT_TRUE(put_as(entra_, "k-ann", "ann", ""));
  const auto bob = put_as(entra_, "k-bob", "bob", "");
  EXPECT_TRUE(bob) << said(bob);
}

TEST_F(LoginNamesTest, WhoComesBackYieldsToANameTakenMeanwhile) {
  const UserId ann = person(entra_, "ann");
  ASSERT_TRUE(put_as(entra_, "k-bob", "bob@example.org", "b.ob@example.org"));
  const UserId bob = signs_in("bob@example.org");
  ASSERT_TRUE(end(entra_, ann));
  ASSERT_TRUE(end(entra_, bob));
  // Hidden people do not stand in the way.
  const auto first = put_as(okta_, "o1", "ann@example.org", "first@example.org");
  const auto second = put_as(okta_, "o2", "second", "bob@example.org");
  ASSERT_TRUE(first) << said(first);
  ASSERT_TRUE(second) << said(second);
  EXPECT_EQ(put_as(entra_, "k-ann", "ann", "ann@example.org").refused().field, "emails");
  EXPECT_EQ(put_as(entra_, "k-bob", "bob@example.org", "b.ob@example.org").refused().field, "userName");
  EXPECT_TRUE(user(ann).hidden && !user(ann).active);
  EXPECT_TRUE(user(bob).hidden && !user(bob).active);
  // By the local door too, and by userName alone.
  EXPECT_EQ(put_as(kLocal, "l", "ann", "ann@example.org", ann).refused().field, "emails");
  ClaimFacts no_key;
  no_key.profile = profile("ann", "ann@example.org");
  EXPECT_EQ(put(entra_, no_key).refused().field, "emails");
  EXPECT_TRUE(user(ann).hidden);
  // With a free name the way is open.
  EXPECT_TRUE(put_as(entra_, "k-ann", "ann", "ann.new@example.org"));
  EXPECT_FALSE(user(ann).hidden);
}

TEST_F(LoginNamesTest, LinkedClaimWithAnothersNameDoesNotKeepALeaverIn) {
  settings_.link["scim:okta"] = LinkMode::user_name;
  store_->configure(settings_);
  const UserId ann = person(entra_, "ann");
  ASSERT_TRUE(put_as(okta_, "o1", "ann", "eve@example.org"));  // entra's address is the effective one
  const UserId eve = person(entra_, "eve");
  const auto ended = end(entra_, ann);
  ASSERT_TRUE(ended) << said(ended);
  EXPECT_FALSE(user(ann).active);
  EXPECT_EQ(user(ann).email, "ann@example.org") << "the names stay while okta's belong to somebody else";
  EXPECT_EQ(signs_in("eve@example.org"), eve);
}

}  // namespace
}  // namespace rosterd::store
