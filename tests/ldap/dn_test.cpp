#include "ldap/dn.h"

#include <gtest/gtest.h>

#include <random>

namespace rosterd::ldap {
namespace {

struct Same {
  const char* left;
  const char* right;
};

TEST(Dn, SpellingsOfOneNameAreEqual) {
  const Same rows[] = {
      {"UID=Anna,OU=People,DC=example,DC=org", "uid=anna,ou=people,dc=example,dc=org"},
      {"uid=anna , ou = people, dc=example", "uid=anna,ou=people,dc=example"},
      {"cn=Doe\\, John,dc=x", "cn=Doe\\2C John,dc=x"},
      {"cn=Doe\\, John,dc=x", "cn=\"Doe, John\",dc=x"},
      {"cn=a\\+b,dc=x", "cn=a\\2bb,dc=x"},
      {"cn=\\#1,dc=x", "cn=\\231,dc=x"},
      {"cn=Anna  Maria   Berg,dc=x", "cn=anna maria berg,dc=x"},
      {"cn=\\ anna\\ ,dc=x", "cn=anna,dc=x"},
      {"2.5.4.3=anna,0.9.2342.19200300.100.1.25=x", "cn=anna,dc=x"},
      {"OID.2.5.4.3=anna,DC=x", "commonName=anna,domainComponent=x"},
      {"cn=Anna+uid=17,dc=x", "uid=17+cn=anna,dc=x"},
      {"cn=J\xC3\x96RG,dc=x", "cn=j\\C3\\B6rg,dc=x"},
      {"cn=J\xC3\xB6rg,dc=x", "cn=Jo\xCC\x88rg,dc=x"},
      {"cn=#0c04616e6e61,dc=x", "cn=anna,dc=x"},
      {"cn=#1304616E6E61,dc=x", "cn=anna,dc=x"},
      {"cn=anna;dc=x", "cn=anna,dc=x"},
      {"cn=a\\=b,dc=x", "cn=a=b,dc=x"},
      {"1.2.3.4=#0401FF,dc=x", "1.2.3.4=#0401ff,dc=x"},
      {"cn=STRASSE,dc=x",
       "cn=stra\xC3\x9F"
       "e,dc=x"},
  };
  for (const Same& row : rows) {
    const auto left = normalize_dn(row.left);
    const auto right = normalize_dn(row.right);
    ASSERT_TRUE(left && right) << row.left;
    EXPECT_EQ(*left, *right) << row.left << " and " << row.right;
  }
}

TEST(Dn, DifferentNamesStayDifferent) {
  const Same rows[] = {
      {"cn=a,dc=x", "cn=b,dc=x"},           {"cn=a\\,dc=x", "cn=a,dc=x"},   {"cn=a+uid=b,dc=x", "cn=a\\+uid=b,dc=x"},
      {"cn=a b,dc=x", "cn=ab,dc=x"},        {"cn=a,dc=x", "uid=a,dc=x"},    {"cn=\\#0c0161,dc=x", "cn=a,dc=x"},
      {"cn=a,ou=b,dc=x", "ou=b,cn=a,dc=x"}, {"cn=a\\\\,dc=x", "cn=a,dc=x"},
  };
  for (const Same& row : rows) {
    const auto left = normalize_dn(row.left);
    const auto right = normalize_dn(row.right);
    ASSERT_TRUE(left && right) << row.left;
    EXPECT_NE(*left, *right) << row.left << " and " << row.right;
  }
}

TEST(Dn, WhatIsNoNameIsRefused) {
  for (const char* text : {"oid.=x", "oid.oid.2.5.4.3=x", "anna", "cn", "=a", "cn=a,", "cn=a,,dc=x", "cn=a\\", "cn=\"a",
                           "cn=a\\q", "cn=#,dc=x", "cn=#1,dc=x", "cn=a+,dc=x", "cn=a\"b,dc=x", "c n=a"}) {
    EXPECT_FALSE(normalize_dn(text)) << text;
  }
  EXPECT_FALSE(normalize_dn(std::string(kLongestDn + 1, 'a')));
  EXPECT_EQ(normalize_dn(""), "");
  EXPECT_EQ(normalize_dn("cn=,dc=x"), "cn=,dc=x");
}

TEST(Dn, NormalisingTwiceChangesNothing) {
  std::mt19937 random(20250101);
  const std::string_view alphabet[] = {"cn=",  "uid=",     ",",        "+",    "\\,",      "\\2C", "\\", "#",
                                       "\"",   " ",        "a",        "B",    "\xC3\xA4", "\xFF", ";",  "=",
                                       "0c01", "2.5.4.3=", "\\C3\\96", "\\00", "<",        "\n"};
  std::size_t names = 0;
  for (int i = 0; i < 200'000; ++i) {
    std::string text = i % 2 == 0 ? "cn=" : "";
    for (auto length = random() % 12; length > 0; --length) text += alphabet[random() % std::size(alphabet)];
    const auto once = normalize_dn(text);
    if (!once) continue;
    ++names;
    const auto twice = normalize_dn(*once);
    ASSERT_TRUE(twice) << text << " gave " << *once;
    ASSERT_EQ(*once, *twice) << text;
  }
  EXPECT_GT(names, 10'000U);
}

TEST(Dn, WithinAsksForWholeNames) {
  EXPECT_TRUE(is_within("uid=a,ou=p,dc=x", "ou=p,dc=x"));
  EXPECT_TRUE(is_within("ou=p,dc=x", "ou=p,dc=x"));
  EXPECT_TRUE(is_within("ou=p,dc=x", ""));
  EXPECT_FALSE(is_within("uid=a,ou=pp,dc=x", "p,dc=x"));
  EXPECT_FALSE(is_within("cn=a\\,ou=p,dc=x", "ou=p,dc=x"));
  EXPECT_TRUE(is_within("cn=a\\\\,ou=p,dc=x", "ou=p,dc=x"));
}

TEST(Dn, EscapesForNamesAndFilters) {
  EXPECT_EQ(escape_dn_value(" #a,b+c\\ "), "\\ #a\\,b\\+c\\\\\\ ");
  EXPECT_EQ(escape_filter_value("a*(b)\\\x01\xC3\xA4"), "a\\2a\\28b\\29\\5c\\01\\c3\\a4");
}

}  // namespace
}  // namespace rosterd::ldap
