#include "daemon/mail/address.h"

#include <gtest/gtest.h>

#include "daemon/mail/utf8.h"

namespace rosterd::mail {
namespace {

TEST(Address, AcceptsWhatCanBeDelivered) {
  const struct {
    const char* text;
    const char* spec;
  } rows[] = {
      {"jane@example.org", "jane@example.org"},
      {"Jane.Doe+tag@Example.ORG", "Jane.Doe+tag@example.org"},
      {"o'brien!#$%&*/=?^_`{|}~-@example.org", "o'brien!#$%&*/=?^_`{|}~-@example.org"},
      {"x@localhost", "x@localhost"},
      {"x@sub-domain.example.co", "x@sub-domain.example.co"},
      {"info@b\xC3\xBC"
       "cher.example",
       "info@xn--bcher-kva.example"},
      {"info@XN--BCHER-KVA.example", "info@xn--bcher-kva.example"},
      {"info@stra\xC3\x9F"
       "e.de",
       "info@xn--strae-oqa.de"},
      {"a@1and1.com", "a@1and1.com"},
  };
  for (const auto& row : rows) {
    const ParsedAddress parsed = parse_address(row.text);
    ASSERT_TRUE(parsed) << row.text << ": " << parsed.refusal;
    EXPECT_EQ(parsed.address->spec(), row.spec);
    EXPECT_FALSE(parsed.address->needs_smtputf8());
  }
}

TEST(Address, RefusesEverythingElse) {
  using namespace std::string_literals;
  const std::string rows[] = {
      "",
      "@",
      "a@",
      "@b.org",
      "a",
      "a@b@c.org",
      "a b@c.org",
      " a@c.org",
      "a@c.org ",
      "a@c .org",
      "<a@c.org>",
      "Jane <a@c.org>",
      "a@c.org>",
      "a@c.org\r\nRCPT TO:<x@y.org>",
      "a\r\n@c.org",
      "a@c.org\n",
      "a@c.org\r",
      "a\0@c.org"s,
      "a@c.org\0"s,
      "a\t@c.org",
      "\"a b\"@c.org",
      "\"a\"@c.org",
      "a(x)@c.org",
      "a@(x)c.org",
      "a,b@c.org",
      "a;b@c.org",
      "a:b@c.org",
      "a\\b@c.org",
      "a@[127.0.0.1]",
      "a@127.0.0.1",
      "a@b.1",
      ".a@c.org",
      "a.@c.org",
      "a..b@c.org",
      "a@.c.org",
      "a@c.org.",
      "a@c..org",
      "a@-c.org",
      "a@c-.org",
      "a@c_d.org",
      "a@c/d.org",
      "a@%0d%0a.org",
      "a\x7F@c.org",
      "a\xFF@c.org",
      "j\xC3\xB6rg@c.org",
      "a@b\xC3.org",
      "a@\xEF\xBC\xA0.org",
      "a@b\xE2\x80\xA8.org",
      "a@b\xE2\x80\x8B.org",
      "a@\xF0\x9F\x92\xA9.org",
      "a@xn--a.org",
      "a@xn---.org",
      std::string(65, 'a') + "@c.org",
      "a@" + std::string(64, 'b') + ".org",
      std::string(100000, 'a') + "@c.org",
      std::string(64, 'a') + "@" + std::string(63, 'b') + "." + std::string(63, 'c') + "." + std::string(63, 'd') +
          ".org",
  };
  for (const std::string& row : rows) {
    const ParsedAddress parsed = parse_address(row);
    EXPECT_FALSE(parsed) << row;
    EXPECT_FALSE(parsed.refusal.empty());
  }
}

TEST(Address, LengthLimitsAreExact) {
  EXPECT_TRUE(parse_address(std::string(64, 'a') + "@c.org"));
  const std::string domain = std::string(63, 'b') + "." + std::string(63, 'c') + "." + std::string(61, 'd');
  EXPECT_TRUE(parse_address(std::string(64, 'a') + "@" + domain));
  EXPECT_FALSE(parse_address(std::string(64, 'a') + "@" + domain + "d"));
}

TEST(Address, Utf8LocalPartsOnlyWhenAllowed) {
  EXPECT_FALSE(parse_address("j\xC3\xB6rg@c.org"));
  const ParsedAddress parsed = parse_address("j\xC3\xB6rg@c.org", true);
  ASSERT_TRUE(parsed) << parsed.refusal;
  EXPECT_TRUE(parsed.address->needs_smtputf8());
  for (const char* bad :
       {"j\xC3@c.org", "j\xE2\x80\xA8g@c.org", "j\xC2\x85g@c.org", "j\xC2\xA0g@c.org", "j\xED\xA0\x80@c.org"})
    EXPECT_FALSE(parse_address(bad, true)) << bad;
}

TEST(Address, TheRefusalNeverRepeatsTheInput) {
  EXPECT_EQ(parse_address("marker marker@c.org").refusal.find("marker"), std::string::npos);
}

TEST(DisplayName, IsOneHarmlessLine) {
  const struct {
    const char* name;
    const char* shown;
  } rows[] = {
      {"Jane Doe", "Jane Doe"},
      {"  Jane \t\r\n Doe ", "Jane Doe"},
      {"Jane\r\nBcc: all@example.org", "Jane Bcc: all@example.org"},
      {"J\xC3\xB6rg", "J\xC3\xB6rg"},
      {"a\xE2\x80\xAE"
       "b",
       "ab"},
      {"a\xE2\x80\xA8"
       "b",
       "a b"},
      {"a\xFF"
       "b",
       "a\xEF\xBF\xBD"
       "b"},
      {"click http://evil.example", ""},
      {"WWW.evil.example", ""},
      {"", ""},
      {"\x01\x02", ""},
  };
  for (const auto& row : rows) EXPECT_EQ(display_name(row.name), row.shown) << row.name;
  EXPECT_EQ(display_name(std::string(5000, 'x')).size(), 100u);
}

TEST(Utf8, RefusesWhatRfc3629Refuses) {
  for (const char* good : {"", "a", "\xC3\xA4", "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "\xF4\x8F\xBF\xBF"})
    EXPECT_TRUE(is_utf8(good));
  for (const char* bad : {"\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xED\xA0\x80", "\xF0\x80\x80\x80",
                          "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xE2\x82", "\xC3", "\xC3(", "\xFF"})
    EXPECT_FALSE(is_utf8(bad));
}

TEST(Utf8, LimitsByCodePointsAndNeverEndsInSpace) {
  EXPECT_EQ(one_line("\xC3\xA4\xC3\xA4\xC3\xA4", 2), "\xC3\xA4\xC3\xA4");
  EXPECT_EQ(one_line("ab cd", 3), "ab");
  EXPECT_EQ(one_line("ab cd", 4), "ab c");
}

}  // namespace
}  // namespace rosterd::mail
