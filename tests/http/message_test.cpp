#include "daemon/http/message.h"

#include <gtest/gtest.h>

#include "daemon/http/response_writer.h"

namespace rosterd::http::test {
namespace {

TEST(Message, PercentDecodeRefusesMalformedTextAndNul) {
  EXPECT_EQ(percent_decode("a%20b%2Fc%c3%A4"), "a b/c\xc3\xa4");
  EXPECT_EQ(percent_decode("a+b"), "a+b");
  EXPECT_EQ(percent_decode("a+b", true), "a b");
  EXPECT_EQ(percent_decode(""), "");
  for (const char* bad : {"%", "%2", "a%2", "%zz", "%2g", "%g2", "%00", "a%00b", "% 1"})
    EXPECT_FALSE(percent_decode(bad)) << bad;
  EXPECT_FALSE(percent_decode(std::string_view("\0", 1)));
}

TEST(Message, PathSegmentsDecodeAfterSplitting) {
  using Segments = std::vector<std::string>;
  EXPECT_EQ(path_segments("/"), Segments{});
  EXPECT_EQ(path_segments("/scim/v2/Users/a%2Fb"), (Segments{"scim", "v2", "Users", "a/b"}));
  EXPECT_EQ(path_segments("/a/"), Segments{"a"});
  for (const char* bad : {"", "a", "*", "//", "/a//b", "/./a", "/a/..", "/%2e%2e/a", "/a%00"})
    EXPECT_FALSE(path_segments(bad)) << bad;
}

TEST(Message, ParseQueryKeepsOrderAndRefusesMalformedText) {
  EXPECT_EQ(parse_query(""), Parameters{});
  EXPECT_EQ(parse_query("filter=userName+eq+%22a%26b%22&&count=1&flag&x=a=b"),
            (Parameters{{"filter", "userName eq \"a&b\""}, {"count", "1"}, {"flag", ""}, {"x", "a=b"}}));
  EXPECT_FALSE(parse_query("a=%"));
  EXPECT_FALSE(parse_query("%00=a"));
  std::string many;
  for (int i = 0; i < 1000; ++i) many += "a&";
  EXPECT_EQ(parse_query(many)->size(), 1000u);
  EXPECT_FALSE(parse_query(many + "a"));
}

TEST(ResponseWriter, WritesTheDateOfTheStandardsExample) {
  EXPECT_EQ(http_date(std::chrono::system_clock::from_time_t(784111777)), "Sun, 06 Nov 1994 08:49:37 GMT");
}

TEST(ResponseWriter, KnowsWhatMustNotBeSent) {
  EXPECT_TRUE(is_sendable({200, {{"X", "a\tb \xc3\xa4"}}, ""}));
  EXPECT_FALSE(is_sendable({199, {}, ""}));
  EXPECT_FALSE(is_sendable({600, {}, ""}));
  for (const Header& field : {Header{"", "x"}, Header{"X Y", "x"}, Header{"X:", "x"}, Header{"X\r\nY", "x"},
                              Header{"X", "a\nb"}, Header{"X", "a\rb"}, Header{"X", std::string(1, '\0')}})
    EXPECT_FALSE(is_sendable({200, {field}, ""})) << field.name;
}

TEST(ResponseWriter, RequestIdsAreLongAndDifferent) {
  const std::string one = new_request_id();
  EXPECT_EQ(one.size(), 32u);
  EXPECT_EQ(one.find_first_not_of("0123456789abcdef"), std::string::npos);
  EXPECT_NE(one, new_request_id());
}

}  // namespace
}  // namespace rosterd::http::test
