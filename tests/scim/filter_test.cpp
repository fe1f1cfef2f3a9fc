#include "scim/filter.h"

#include "tests/scim/support.h"

namespace rosterd::scim {
namespace {

std::string canonical(std::string_view text) {
  const Result<Filter> filter = parse_filter(catalogue(), text);
  return filter ? to_string(*filter) : filter.error().scim_type + ": " + filter.error().detail;
}

// shows 7644-3.4.2.2-10, 7644-3.4.2.2-11
TEST(Filter, Grammar) {
  const std::vector<std::pair<std::string, std::string>> rows = {
      {R"(userName eq "bjensen")", R"(userName eq "bjensen")"},
      {R"(USERNAME Eq "bjensen")", R"(USERNAME eq "bjensen")"},
      {R"(name.familyName co "O'Malley")", R"(name.familyName co "O'Malley")"},
      {R"(urn:ietf:params:scim:schemas:core:2.0:User:userName sw "J")", R"(userName sw "J")"},
      {R"(URN:IETF:params:scim:schemas:core:2.0:User:name.givenName sw "J")", R"(name.givenName sw "J")"},
      {R"(urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value eq "1")",
       R"(urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value eq "1")"},
      {"title pr", "title pr"},
      {R"(meta.lastModified gt "2011-05-13T04:42:34Z")", R"(meta.lastModified gt "2011-05-13T04:42:34Z")"},
      {R"(title pr and userType eq "Employee")", R"(title pr and userType eq "Employee")"},
      {R"(title pr or a pr and b pr)", "title pr or (a pr and b pr)"},
      {R"(a pr and b pr or c pr)", "(a pr and b pr) or c pr"},
      {R"((a pr or b pr) and c pr)", "(a pr or b pr) and c pr"},
      {R"(not (a pr) and b pr)", "not (a pr) and b pr"},
      {R"(not(a pr))", "not (a pr)"},
      {R"(NOT (a pr OR b pr) AND c PR)", "not (a pr or b pr) and c pr"},
      {R"(userType eq "Employee" and (emails co "example.com" or emails.value co "example.org"))",
       R"(userType eq "Employee" and (emails co "example.com" or emails.value co "example.org"))"},
      {R"(emails[type eq "work" and value co "@x"])", R"(emails[type eq "work" and value co "@x"])"},
      {R"(emails[type eq "work"] or ims[not (type eq "xmpp")])",
       R"(emails[type eq "work"] or ims[not (type eq "xmpp")])"},
      {R"(emails[type eq "work"].value eq "x")", R"(emails[type eq "work" and value eq "x"])"},
      {R"(emails[type eq "work" or type eq "home"].value pr)",
       R"(emails[(type eq "work" or type eq "home") and value pr])"},
      {"active eq true", "active eq true"},
      {"manager eq null", "manager eq null"},
      {"n ge -1.5e3", "n ge -1.5e3"},
      {R"(userName eq "a\"b\\cü )]")", R"(userName eq "a\"b\\cü )]")"},
      {"externalId eq jyoung", R"(externalId eq "jyoung")"},
      {"externalId eq 12-34@x.y", R"(externalId eq "12-34@x.y")"},
      {R"(members.$ref pr)", "members.$ref pr"},
      {"  a   pr  ", "a pr"},
      {"and eq 1 and or pr", "and eq 1 and or pr"}};
  for (const auto& [text, expected] : rows) {
    EXPECT_EQ(canonical(text), expected) << text;
    EXPECT_EQ(canonical(expected), expected) << "second reading of " << text;
  }
}

// shows 7644-3.4.2.2-2, 7644-3.4.2.2-3, 7644-3.4.2.2-10
TEST(Filter, RefusesWithInvalidFilter) {
  for (const std::string& text : std::initializer_list<std::string>{"",
                                                                    " ",
                                                                    "userName",
                                                                    "userName eq",
                                                                    "userName zz \"x\"",
                                                                    "userName eq \"x",
                                                                    "userName eq 'x'",
                                                                    R"(userName eq "\x")",
                                                                    "eq \"x\"",
                                                                    "(a pr",
                                                                    "a pr)",
                                                                    "a pr b pr",
                                                                    "a pr and",
                                                                    "and a pr",
                                                                    "not a pr",
                                                                    "not",
                                                                    "()",
                                                                    "emails[",
                                                                    "emails[]",
                                                                    "emails[type eq \"work\"",
                                                                    "emails[type eq \"work\"]]",
                                                                    "emails[a[b pr]]",
                                                                    "emails.value[type pr]",
                                                                    "1a pr",
                                                                    "a..b pr",
                                                                    "a.b.c pr",
                                                                    "a. pr",
                                                                    ".a pr",
                                                                    "a eq [1]",
                                                                    "externalId eq j\xbf",
                                                                    "externalId eq \"\xed\xa0\x80\"",
                                                                    R"(externalId eq "\udc00")",
                                                                    std::string("externalId eq a\0b", 17),
                                                                    "emails[type pr] .value pr",
                                                                    "emails[type pr].a.b pr",
                                                                    "userName eq \"\\ud800\"",
                                                                    "a pr or or b pr",
                                                                    "urn:ietf:params:scim:schemas:core:2.0:User pr",
                                                                    "a:b pr",
                                                                    "$ pr"}) {
    const Result<Filter> filter = parse_filter(catalogue(), text);
    ASSERT_FALSE(filter.ok()) << text << " → " << to_string(*filter);
    EXPECT_EQ(filter.error().status, 400) << text;
    EXPECT_EQ(filter.error().scim_type, "invalidFilter") << text;
    EXPECT_FALSE(filter.error().detail.empty());
  }
}

TEST(Filter, StrictRefusesUnquotedValues) {
  FilterLimits strict;
  strict.lenient = false;
  EXPECT_FALSE(parse_filter(catalogue(), "externalId eq jyoung", strict).ok());
  EXPECT_TRUE(parse_filter(catalogue(), "externalId eq \"jyoung\"", strict).ok());
  EXPECT_TRUE(parse_filter(catalogue(), "active eq false", strict).ok());
}

TEST(Filter, BombsAreRefused) {
  const std::string ten_thousand = "a pr" + repeat(" or a pr", 9'999);
  for (const std::string& text :
       {repeat("(", 200'000), repeat("(", 65) + "a pr" + repeat(")", 65), repeat("not (", 5'000), ten_thousand,
        "a pr" + repeat(" and a pr", 500), "a eq \"" + repeat("x", 1 << 20) + "\""}) {
    const Result<Filter> filter = parse_filter(catalogue(), text);
    ASSERT_FALSE(filter.ok()) << text.substr(0, 20);
    EXPECT_EQ(filter.error().scim_type, "invalidFilter");
  }
  EXPECT_TRUE(parse_filter(catalogue(), repeat("(", 64) + "a pr" + repeat(")", 64)).ok());
  EXPECT_TRUE(parse_filter(catalogue(), "a pr" + repeat(" and a pr", 499)).ok());
}

}  // namespace
}  // namespace rosterd::scim
