#include "store/access_rules.h"

#include <gtest/gtest.h>

namespace rosterd::store {
namespace {

std::string show(const std::vector<Access>& all) {
  std::string text;
  for (const Access& access : all) {
    text += access.rule + ":" + access.role;
    for (const std::string& project : access.projects) text += "+" + project;
    text += access.kind == Kind::client ? "/client " + access.company + " " : " ";
  }
  return text;
}

struct Row {
  const char* what;
  AccessRule rule;
  GroupName group;
  const char* want;
};

AccessRule rule(std::string group, std::vector<std::string> projects = {}, std::string role = "R") {
  AccessRule made;
  made.name = "r";
  made.group = std::move(group);
  made.role = std::move(role);
  made.projects = std::move(projects);
  return made;
}

AccessRule of_source(AccessRule made, std::string source) {
  made.source = std::move(source);
  return made;
}

TEST(AccessRules, MatchTable) {
  const char* const dn = "cn=engineering,ou=groups,dc=example,dc=org";
  const Row table[] = {
      {"displayName", rule("Engineering"), {"s", "Engineering", ""}, "r:R "},
      {"displayName in another case", rule("ENGINEERING"), {"s", "engineering", ""}, "r:R "},
      {"sharp s folds",
       rule("Stra\xc3\x9f"
            "e"),
       {"s", "STRASSE", ""},
       "r:R "},
      {"another name", rule("Engineering"), {"s", "Engineers", ""}, ""},
      {"a name is no prefix", rule("Eng"), {"s", "Engineering", ""}, ""},
      {"DN", rule("CN=Engineering,OU=groups,DC=example,DC=org"), {"s", "Other", dn}, "r:R "},
      {"DN pattern", rule("cn=*,ou=groups,dc=*,dc=org", {"{1} {2}"}), {"s", "x", dn}, "r:R+engineering example "},
      {"pattern catches as written", rule("proj-*", {"{1}"}), {"s", "Proj-Alpha", ""}, "r:R+Alpha "},
      {"pattern catches nothing", rule("proj-*", {"{1}"}), {"s", "proj-", ""}, "r:R "},
      {"several stars", rule("*-team-*-x", {"{2} of {1}"}), {"s", "a-team-b-team-c-x", ""}, "r:R+b-team-c of a "},
      {"stars need their text", rule("*-team-*-x"), {"s", "a-team-x", ""}, ""},
      {"role from a star", rule("app-*", {}, "{1}"), {"s", "app-Lead", ""}, "r:Lead "},
      {"unknown placeholder stays", rule("a*", {"{2}{0}{x}{"}), {"s", "ab", ""}, "r:R+{2}{0}{x}{ "},
      {"only that source", of_source(rule("A"), "scim:x"), {"scim:y", "A", ""}, ""},
      {"that source", of_source(rule("A"), "scim:x"), {"scim:x", "A", ""}, "r:R "},
      {"only a star", rule("*", {"{1}"}), {"s", "any", ""}, "r:R+any "},
      {"empty rule matches nothing", rule(""), {"s", "", ""}, ""},
      {"no DN, no DN pattern", rule("*,dc=org"), {"s", "x", ""}, ""},
      {"Unicode caught whole",
       rule("\xc3\x84rzte-*", {"{1}"}),
       {"s", "\xc3\xa4rzte-K\xc3\xb6ln", ""},
       "r:R+K\xc3\xb6ln "},
  };
  for (const Row& row : table) EXPECT_EQ(show(AccessRules({row.rule}).match(row.group)), row.want) << row.what;
}

TEST(AccessRules, EveryMatchInConfigurationOrder) {
  AccessRule client = rule("cust-*", {"Portal"}, "");
  client.name = "clients";
  client.kind = Kind::client;
  client.company = "{1}";
  AccessRule exact = rule("cust-acme", {}, "Staff");
  exact.name = "";
  const AccessRules rules({client, rule("nobody"), exact, rule("*")});
  EXPECT_EQ(show(rules.match({"s", "cust-Acme", ""})), "clients:+Portal/client Acme cust-acme:Staff r:R ");
}

// Whoever may push groups chooses their displayName freely: it must never pass for a DN.
TEST(AccessRules, DnAndDisplayNameAreTwoThings) {
  const char* const dn = "cn=engineering,ou=groups,dc=example,dc=org";
  const Row table[] = {
      {"displayName that reads like the DN", rule(dn), {"s", dn, ""}, ""},
      {"cn that reads like the DN", rule(dn), {"s", dn, "cn=cn\\3dengineering,ou=other,dc=example,dc=org"}, ""},
      {"displayName that reads like a DN of the pattern", rule("cn=*,ou=groups,dc=example,dc=org"), {"s", dn, ""}, ""},
      {"the DN itself", rule(dn), {"s", dn, dn}, "r:R "},
      {"DN that reads like the displayName", rule("a=b"), {"s", "x", "a=b"}, ""},
      {"displayName with an equals sign", rule("a=b"), {"s", "A=B", ""}, "r:R "},
      {"displayName with an equals sign and a comma", rule("Team=A, Berlin"), {"s", "Team=A, Berlin", ""}, "r:R "},
      {"displayName with a comma", rule("Sales, Berlin"), {"s", "sales, berlin", ""}, "r:R "},
      {"displayName pattern with an equals sign", rule("team=*", {"{1}"}), {"s", "team=a, b", ""}, "r:R+a, b "},
      {"displayName pattern never asks the DN", rule("*engineering*"), {"s", "x", dn}, ""},
      {"only a star never asks the DN", rule("*", {"{1}"}), {"s", "", dn}, ""},
  };
  for (const Row& row : table) EXPECT_EQ(show(AccessRules({row.rule}).match(row.group)), row.want) << row.what;
}

TEST(AccessRules, StarOfADnStaysInItsPart) {
  const Row table[] = {
      {"one value", rule("cn=*,ou=groups,dc=x", {"{1}"}), {"s", "n", "cn=eng,ou=groups,dc=x"}, "r:R+eng "},
      {"no further part", rule("cn=*,ou=groups,dc=x"), {"s", "n", "cn=eng,ou=mine,ou=groups,dc=x"}, ""},
      {"not at the end either", rule("cn=eng,*"), {"s", "n", "cn=eng,ou=groups,dc=x"}, ""},
      {"not in the middle either", rule("cn=*,dc=x"), {"s", "n", "cn=a,cn=b,dc=x"}, ""},
      {"an escaped comma is of the value", rule("cn=*,dc=x", {"{1}"}), {"s", "n", "cn=a\\,b,dc=x"}, "r:R+a\\,b "},
      {"an escaped backslash escapes no comma", rule("cn=*,dc=x"), {"s", "n", "cn=a\\\\,cn=b,dc=x"}, ""},
      {"a whole part", rule("*,ou=groups,dc=x", {"{1}"}), {"s", "n", "cn=eng,ou=groups,dc=x"}, "r:R+cn=eng "},
      {"several stars", rule("cn=*-*,ou=*,dc=x", {"{1}/{2}/{3}"}), {"s", "n", "cn=a-b-c,ou=g,dc=x"}, "r:R+a/b-c/g "},
      {"an escaped comma of the pattern", rule("cn=a\\,*,dc=x", {"{1}"}), {"s", "n", "cn=a\\,b,dc=x"}, "r:R+b "},
      {"the value of another part", rule("cn=*b,ou=*,dc=x"), {"s", "n", "cn=a,ou=b,dc=x"}, ""},
  };
  for (const Row& row : table) EXPECT_EQ(show(AccessRules({row.rule}).match(row.group)), row.want) << row.what;
}

TEST(AccessRules, WhatIsADn) {
  const std::pair<const char*, bool> table[] = {
      {"cn=eng,dc=x", true},
      {"cn=eng, dc=x", true},
      {"cn=*,ou=groups,dc=x", true},
      {"*,ou=groups,dc=x", true},
      {"cn=a\\,b,dc=x", true},
      {"cn=a=b,dc=x", true},
      {"", false},
      {"eng", false},
      {"a=b", false},
      {"cn=*", false},
      {"a=b\\,c=d", false},
      {"proj-*", false},
      {"*,*", false},
      {"Sales, Berlin", false},
      {"Team=A, Berlin", false},
      {"a=b,", false},
      {",a=b", false},
      {"=a,dc=x", false},
  };
  for (const auto& [text, want] : table) EXPECT_EQ(is_dn(text), want) << text;
}

TEST(AccessRules, OneRuleMatchesAGroupOnce) {
  EXPECT_EQ(show(AccessRules({rule("*a*", {"{1}"})}).match({"s", "xa", "cn=a"})), "r:R+x ");
}

TEST(AccessRules, LongPatternsEndSoon) {
  std::string stars;
  for (int i = 0; i < 50; ++i) stars += "*a";
  EXPECT_TRUE(AccessRules({rule(stars + "b")}).match({"s", std::string(2000, 'a'), ""}).empty());
}

TEST(AccessRules, DigestFollowsEveryField) {
  std::vector<AccessRule> changed(9, rule("g", {"p"}));
  changed[1].name = "x";
  changed[2].group = "x";
  changed[3].source = "x";
  changed[4].role = "x";
  changed[5].projects = {"p", ""};
  changed[6].kind = Kind::client;
  changed[7].company = "x";
  changed[8].permissions = {"x"};
  std::vector<std::string> digests = {AccessRules(std::vector<AccessRule>{}).digest()};
  for (const AccessRule& one : changed) digests.push_back(AccessRules(std::vector<AccessRule>{one}).digest());
  for (std::size_t i = 0; i < digests.size(); ++i)
    for (std::size_t k = 0; k < i; ++k) EXPECT_NE(digests[i], digests[k]) << i << " and " << k;
  EXPECT_EQ(AccessRules(std::vector<AccessRule>{changed[0]}).digest(),
            AccessRules(std::vector<AccessRule>{changed[0]}).digest());
}

}  // namespace
}  // namespace rosterd::store
