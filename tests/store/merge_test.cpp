#include "store/merge.h"

#include <gtest/gtest.h>

#include "store/fold.h"

namespace rosterd::store {
namespace {

TEST(Merge, OldestClaimWinsWithoutAuthority) {
  EXPECT_EQ(
      merge_profiles({{"ldap:a", R"({"userName":"a","title":"A"})"}, {"scim:b", R"({"userName":"b","x":1})"}}, {}),
      R"({"title":"A","userName":"a","x":1})");
}

TEST(Merge, LocalEditWinsUnlessASourceOwnsTheAttribute) {
  const std::vector<SourceProfile> claims = {{"ldap:a", R"({"userName":"a","Title":"A","nickName":"n"})"},
                                             {"local", R"({"userName":"l","title":"L"})"}};
  EXPECT_EQ(merge_profiles(claims, {}), R"({"nickName":"n","title":"L","userName":"l"})");
  EXPECT_EQ(merge_profiles(claims, {{"TITLE", {"scim:none", "ldap:a"}}}),
            R"({"nickName":"n","Title":"A","userName":"l"})");
  EXPECT_EQ(merge_profiles(claims, {{"title", {"scim:none"}}}), R"({"nickName":"n","title":"L","userName":"l"})");
}

TEST(Merge, EmptyValuesOwnNothing) {
  EXPECT_EQ(merge_profiles({{"local", R"({"userName":"a","emails":[],"name":{},"x":null})"},
                            {"s", R"({"userName":"b","emails":[{"value":"e"}],"x":2})"}},
                           {}),
            R"({"emails":[{"value":"e"}],"userName":"a","x":2})");
}

TEST(Merge, NumbersGoBackOutUnchanged) {
  const std::string json = R"({"n":[9007199254740993,18446744073709551615,-1,0.1,1e300],"userName":"a"})";
  EXPECT_EQ(merge_profiles({{"s", json}}, {}),
            R"({"n":[9007199254740993,18446744073709551615,-1,0.1,1e300],"userName":"a"})");
}

TEST(Merge, RolesComeFromGrantsOnly) {
  EXPECT_EQ(merge_profiles({{"s", R"({"userName":"a","roles":[{"value":"Admin"}]})"}}, {}), R"({"userName":"a"})");
}

TEST(Merge, OwnClaimLiesOverTheProfile) {
  EXPECT_EQ(overlay(R"({"title":"T","userName":"a"})", R"({"userName":"own","roles":[1]})"),
            R"({"userName":"own","roles":[1],"title":"T"})");
}

struct AddressRow {
  const char* emails;
  const char* want;
};

TEST(Merge, SignInAddress) {
  const AddressRow table[] = {
      {R"([])", ""},
      {R"([{"value":"a"},{"value":"b"}])", "a"},
      {R"([{"value":"a"},{"value":"b","type":"Work"}])", "b"},
      {R"([{"value":"a","type":"work"},{"value":"b","primary":true}])", "b"},
      {R"([{"value":"a"},{"value":"b","primary":"True"}])", "b"},
      {R"([{"type":"work"},{"value":"b"}])", "b"},
      {R"(["plain"])", "plain"},
      {R"("text")", ""},
      {R"([7,null,{"value":5}])", ""},
  };
  for (const AddressRow& row : table)
    EXPECT_EQ(essentials_of(std::string(R"({"userName":"u","emails":)") + row.emails + "}").email, row.want)
        << row.emails;
}

TEST(Merge, DisplayedName) {
  EXPECT_EQ(essentials_of(R"({"userName":"u"})").display_name, "u");
  EXPECT_EQ(essentials_of(R"({"userName":"u","name":{"givenName":"G","familyName":"F"}})").display_name, "G F");
  EXPECT_EQ(essentials_of(R"({"userName":"u","name":{"familyName":"F"}})").display_name, "F");
  EXPECT_EQ(essentials_of(R"({"userName":"u","name":{"formatted":"X","givenName":"G"}})").display_name, "X");
  EXPECT_EQ(essentials_of(R"({"userName":"u","displayName":"D","name":{"formatted":"X"}})").display_name, "D");
}

TEST(Merge, ChangedAttributesAreNamed) {
  EXPECT_EQ(changed_attributes(R"({"a":1,"b":2,"c":3})", R"({"a":1,"b":3,"d":4})"),
            (std::vector<std::string>{"b", "d", "c"}));
  EXPECT_TRUE(same_profile(R"({"a":1,"b":[2]})", R"({ "b":[2], "a":1 })"));
  EXPECT_FALSE(same_profile(R"({"a":1})", R"({"a":2})"));
}

TEST(Merge, AClaimReadOnceComesToWhatIsReadStepByStep) {
  for (
      const std::string said :
      {R"({"userName":"a","title":"T","roles":[{"value":"Admin"}],"x":null,"emails":[]})",
       R"({"displayName":null,"USERNAME":" A ","DisplayName":"D","name":{"givenName":"G"},"zip":{"a":[1,{"b":2.50}]}})",
       R"({"userName":"a","emails":[{"value":"x@e.org"},{"value":"y@e.org","type":"WORK"}],"name":{},"ACTIVE":1})",
       R"({"\u212aey":1,"key":2,"userName":"\u00c4","Roles":7,"a\"b":"\u001f","B":-0,"name":{"familyName":"F"}})"}) {
    const auto read = clean_profile(said, nullptr);
    ASSERT_TRUE(read) << said;
    EXPECT_EQ(read->alone, merge_profiles({{"s", read->text}}, {{"title", {"other"}}})) << said;
    EXPECT_EQ(read->attributes, changed_attributes("{}", read->alone)) << said;
    const Essentials names = essentials_of(read->text);
    EXPECT_EQ(read->names.user_name, names.user_name) << said;
    EXPECT_EQ(read->names.email, names.email) << said;
    EXPECT_EQ(read->names.display_name, names.display_name) << said;
    EXPECT_EQ(read->names.emails, names.emails) << said;
  }
}

// More than the memory that a document brings along.
TEST(Merge, ALargeProfileIsReadLikeASmallOne) {
  std::string said = R"({"userName":"u","displayName":"d","many":[)";
  for (int i = 0; i < 5000; ++i) said += R"({"value":")" + std::to_string(i) + "\"},";
  said.back() = ']';
  const auto read = clean_profile(said + "}", nullptr);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->text, said + "}");
  EXPECT_EQ(read->alone, merge_profiles({{"s", said + "}"}}, {}));
}

TEST(Fold, Table) {
  const std::pair<const char*, const char*> table[] = {
      {"", ""},
      {"Ann", "ann"},
      {"ann@example.org", "ann@example.org"},
      {"\xc3\x84RGER", "\xc3\xa4rger"},   // Ä
      {"A\xcc\x88rger", "\xc3\xa4rger"},  // A and a combining diaeresis
      {"Stra\xc3\x9f"
       "e",
       "strasse"},                                               // sharp s
      {"\xef\xbc\xa1", "a"},                                     // full width
      {"\xef\xac\x81n", "fin"},                                  // ligature
      {"\xce\xa3\xcf\x83\xcf\x82", "\xcf\x83\xcf\x83\xcf\x83"},  // sigmas
      {"A\xff", "A\xff"},                                        // no UTF-8: as it is
      {"\xc0\xaf", "\xc0\xaf"},                                  // overlong
      {"\xed\xa0\x80X", "\xed\xa0\x80X"},                        // surrogate
  };
  for (const auto& [text, want] : table) EXPECT_EQ(fold(text), want) << text;
}

}  // namespace
}  // namespace rosterd::store
