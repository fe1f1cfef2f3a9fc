#include "scim/path.h"

#include "tests/scim/support.h"

namespace rosterd::scim {
namespace {

TEST(PatchPath, Grammar) {
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"userName", "userName"},
      {"name.familyName", "name.familyName"},
      {R"(emails[type eq "work"])", R"(emails[type eq "work"])"},
      {R"(emails[type eq "work"].value)", R"(emails[type eq "work"].value)"},
      {R"(addresses[type eq "work" and primary eq true].locality)",
       R"(addresses[type eq "work" and primary eq true].locality)"},
      {R"(roles[primary eq "True"].value)", R"(roles[primary eq "True"].value)"},
      {R"(members[value eq "u"])", R"(members[value eq "u"])"},
      {"urn:ietf:params:scim:schemas:core:2.0:User:emails[type pr].value", "emails[type pr].value"},
      {"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
       "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"},
      {"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value",
       "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value"},
      {"URN:ietf:params:scim:schemas:extension:ENTERPRISE:2.0:user:department",
       "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department"},
      {"urn:example:custom:2.0:User:tag", "urn:example:custom:2.0:User:tag"}};
  for (const auto& [text, expected] : rows) {
    const Result<PatchPath> path = parse_patch_path(catalogue(), text);
    ASSERT_TRUE(path.ok()) << text << ": " << path.error().detail;
    EXPECT_EQ(to_string(*path), expected);
  }
}

TEST(PatchPath, TheDotOfTheVersionBelongsToTheUrn) {
  const auto path = parse_attribute_path(
      catalogue(), "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.displayName");
  ASSERT_TRUE(path);
  EXPECT_EQ(*path, (AttributePath{std::string(kEnterpriseSchema), "manager", "displayName"}));
}

TEST(PatchPath, RefusesWithInvalidPath) {
  for (const std::string text :
       {"", " ", "[type pr]", "emails[type pr", "emails[type pr]value", "emails[type pr].", "emails[type pr].a.b",
        "emails[type pr].value x", "emails.value[type pr]", "emails[]", "a b", "a.b.c", "\"userName\"", "1",
        "a[b[c pr]]", "urn:ietf:params:scim:schemas:core:2.0:User", "emails[type pr][type pr]"}) {
    const Result<PatchPath> path = parse_patch_path(catalogue(), text);
    ASSERT_FALSE(path.ok()) << text;
    EXPECT_EQ(path.error().scim_type, "invalidPath") << text;
  }
  EXPECT_FALSE(parse_patch_path(catalogue(), "emails[" + repeat("(", 100'000)).ok());
}

}  // namespace
}  // namespace rosterd::scim
