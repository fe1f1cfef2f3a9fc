// What a door says is tidied before it is kept: no look-alike userNames, no control characters in shown names.
#include "store/merge.h"
#include "store/query.h"
#include "tests/store/fixture.h"

namespace rosterd::store {
namespace {

class ProfileCleanTest : public StoreTest {
 protected:
  // `user_name` as JSON writes it.
  Outcome<Claimed> put_name(SourceId source, const std::string& user_name, const std::string& key = {}) {
    ClaimFacts all;
    if (!key.empty()) all.key = key;
    all.profile = profile(user_name);
    return put(source, all);
  }
};

const Strings kOutside = {" ", "\\n", "\\t\\r ", "\\u00a0", "\\u3000", "\\u0085", "\\u200b", " \\ufeff ", "\\u2028"};

TEST_F(ProfileCleanTest, OuterWhiteSpaceIsNoOtherUserName) {
  const UserId ann = person(entra_, "ann");
  for (const SourceId source : {entra_, corp_, kLocal})
    for (const std::string& space : kOutside)
      for (const std::string& name : Strings{space + "ann", "Ann" + space, space + "ann" + space}) {
        const auto refused = put_name(source, name, "other");
        ASSERT_FALSE(refused) << name;
        EXPECT_EQ(refused.refused().kind, Refusal::uniqueness) << name;
        EXPECT_EQ(refused.refused().field, "userName") << name;
      }
  EXPECT_EQ(number("SELECT COUNT(*) FROM users"), 1);
  // The same person's own name may come with spaces.
  const auto again = put_name(entra_, " ann ", "k-ann");
  ASSERT_TRUE(again) << said(again);
  EXPECT_EQ(again->user, ann);
  EXPECT_EQ(user(ann).user_name, "ann");
}

TEST_F(ProfileCleanTest, LeadingSpacesAreAcceptedAndFound) {
  const auto made = put_name(entra_, "  Ann Berg ", "1");
  ASSERT_TRUE(made) << said(made);
  EXPECT_EQ(user(made->user).user_name, "Ann Berg");
  EXPECT_EQ(word("SELECT profile FROM claims"), R"({"userName":"Ann Berg"})");
  Query query;
  query.type = Query::Type::condition;
  query.field = Field::user_name;
  for (const char* text : {"ann berg", "  Ann Berg ",
                           "\xc2\xa0"
                           "Ann Berg\n"}) {
    query.text = text;
    EXPECT_EQ(read([&](const View& view) { return count_users(view, entra_, query); }), 1u) << text;
  }
}

TEST_F(ProfileCleanTest, ControlCharactersInAUserNameAreRefused) {
  for (const char* name :
       {"an\\u0000n", "a\\nnn", "an\\u001bn", "an\\u007fn", "an\\u0080n", "an\\u009fn", "\\u0000ann", "ann\\u0007"})
    for (const SourceId source : {entra_, corp_, kLocal}) {
      const auto refused = put_name(source, name);
      ASSERT_FALSE(refused) << name;
      EXPECT_EQ(refused.refused().kind, Refusal::invalid) << name;
      EXPECT_EQ(refused.refused().field, "userName") << name;
    }
  for (const char* name : {" ", "\\u00a0", "\\u200b", "\\n"}) {
    const auto refused = put_name(entra_, name);
    ASSERT_FALSE(refused) << name;
    EXPECT_EQ(refused.refused().field, "userName") << name;
  }
  EXPECT_EQ(number("SELECT COUNT(*) FROM users"), 0);
}

TEST_F(ProfileCleanTest, ControlCharactersAreStrippedFromShownNames) {
  const std::pair<const char*, const char*> table[] = {
      {R"({"userName":"u","displayName":"A\u001b[31mnn\r\n"})", R"({"userName":"u","displayName":"A[31mnn"})"},
      {R"({"userName":"u","displayName":"\u0080K\u00f6ln\u009f\u007f"})",
       "{\"userName\":\"u\",\"displayName\":\"K\xc3\xb6ln\"}"},
      {R"({"userName":"u","name":{"formatted":"A\nB","givenName":"G\u0000"}})",
       R"({"userName":"u","name":{"formatted":"AB","givenName":"G"}})"},
      {R"({"userName":"u","displayName":" A B ","title":"x\ny"})",
       R"({"userName":"u","displayName":" A B ","title":"x\ny"})"},
      {R"({"userName":"u","displayName":7,"name":"x"})", R"({"userName":"u","displayName":7,"name":"x"})"},
  };
  for (const auto& [said, kept] : table) EXPECT_EQ(clean_profile(said, nullptr).value().text, kept) << said;
  ClaimFacts all;
  all.profile = R"({"userName":"u","displayName":"\u0001\n","name":{"givenName":"G\n","familyName":"F"}})";
  EXPECT_EQ(user(put(entra_, all)->user).display_name, "G F");
}

TEST_F(ProfileCleanTest, UnicodeInsideStaysAsItIs) {
  for (const char* name : {"J\xc3\xb6rg", "\xe7\x94\xb0\xe4\xb8\xad", "a b", "\xf0\x9f\x99\x82"}) {
    const auto made = put_name(entra_, name);
    ASSERT_TRUE(made) << said(made);
    EXPECT_EQ(user(made->user).user_name, name);
  }
}

}  // namespace
}  // namespace rosterd::store
