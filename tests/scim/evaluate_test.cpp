#include "scim/evaluate.h"

#include "tests/scim/support.h"

namespace rosterd::scim {
namespace {

const char* const kUser = R"({
  "id": "2819c223", "externalId": "Abc", "userName": "bJensen", "active": true, "title": "",
  "name": {"familyName": "Jensen", "givenName": "Bärbel"},
  "emails": [{"value": "b@work.example", "type": "work", "primary": true}, {"value": "b@home.example", "type": "home"}],
  "addresses": [{"type": "work", "locality": "Bonn"}],
  "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":
      {"department": "IT", "employeeNumber": "701", "manager": {"value": "271"}},
  "urn:rosterd:params:scim:schemas:extension:access:2.0:User":
      {"status": "Inactive", "roles": ["Staff"], "blocks": [{"source": "scim:x", "reason": "admin", "since": "2026-01-01T00:00:00Z"}]},
  "meta": {"resourceType": "User", "created": "2026-01-02T03:04:05.678Z", "lastModified": "2026-01-02T03:04:05Z"}})";

TEST(Evaluate, User) {
  const std::vector<std::pair<std::string, bool>> rows = {
      {R"(userName eq "BJENSEN")", true},
      {R"(userName ne "BJENSEN")", false},
      {R"(externalId eq "Abc")", true},
      {R"(externalId eq "abc")", false},
      {R"(id eq "2819C223")", false},
      {R"(userName sw "bj" and userName ew "SEN" and userName co "jens")", true},
      {R"(name.givenName eq "BÄRBEL")", true},
      {R"(userName gt "a" and userName lt "c" and userName ge "bjensen" and userName le "bjensen")", true},
      {"active eq true", true},
      {"active eq \"True\"", true},
      {"active eq \"FALSE\"", false},
      {"active ne false", true},
      {"nickName pr", false},
      {"title pr", false},
      {"name pr", true},
      {"emails pr", true},
      {"emails.display pr", false},
      {"ims pr", false},
      {R"(nickName eq "x")", false},
      {R"(nickName ne "x")", true},
      {"nickName eq null", true},
      {"nickName ne null", false},
      {"userName eq null", false},
      {"userName ne null", true},
      {R"(emails eq "B@HOME.example")", true},
      {R"(emails.value ew "work.example")", true},
      {R"(emails.value ne "b@work.example")", false},
      {R"(emails.value ne "c@work.example")", true},
      {R"(emails[type eq "work" and value co "@home"])", false},
      {R"(emails[type eq "home" and value co "@home"])", true},
      {R"(emails[type eq "work"].value eq "b@work.example")", true},
      {R"(emails[type eq "home"].value eq "b@work.example")", false},
      {R"(emails[primary eq "True"].value eq "b@work.example")", true},
      {R"(emails[not (type eq "work")])", true},
      {R"(emails.type eq "work" and emails.value co "home")", true},
      {R"(addresses[type eq "work"].locality eq "bonn")", true},
      {R"(urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "it")", true},
      {R"(urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber eq 701)", true},
      {R"(urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager eq "271")", true},
      {R"(urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value eq "272")", false},
      {R"(urn:rosterd:params:scim:schemas:extension:access:2.0:User:status eq "inactive")", true},
      {R"(urn:rosterd:params:scim:schemas:extension:access:2.0:User:roles eq "staff")", true},
      {R"(urn:rosterd:params:scim:schemas:extension:access:2.0:User:blocks[reason eq "admin" and since lt "2026-06-01T00:00:00Z"])",
       true},
      {R"(meta.created eq "2026-01-02T04:04:05.678+01:00")", true},
      {R"(meta.created gt "2026-01-02T03:04:05.677Z")", true},
      {R"(meta.created gt "2026-01-02T03:04:05.678Z")", false},
      {R"(meta.lastModified le "2026-01-02T03:04:05Z")", true},
      {R"(meta.lastModified sw "2026-01")", true},
      {R"(meta.resourceType eq "User")", true},
      {R"(not (userName eq "x") and (active eq false or emails pr))", true}};
  const Json user = json(kUser);
  for (const auto& [text, expected] : rows) {
    const Result<Filter> filter = parse_filter(catalogue(), text);
    ASSERT_TRUE(filter.ok()) << text << filter.error().detail;
    const Check checked = check_filter(*filter, catalogue().user());
    ASSERT_TRUE(checked.ok()) << text << ": " << checked.error().detail;
    EXPECT_EQ(matches(*filter, user, catalogue().user()), expected) << text;
  }
}

TEST(Evaluate, RefusesWhatMeansNothing) {
  for (const std::string text :
       {R"(usernam eq "x")", R"(emails.nope eq "x")", R"(emails[nope eq "x"])", R"(name eq "x")", R"(addresses co "x")",
        "active gt true", R"(active eq "maybe")", R"(password eq "x")", "password pr", "userName gt null",
        R"(meta.created gt "yesterday")", R"(members eq "x")", R"(urn:example:1.0:User:a eq "x")",
        R"(urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:nope pr)", R"(x509Certificates.value gt "a")",
        R"(userName pr or (active pr and not (nope pr)))"}) {
    const Result<Filter> filter = parse_filter(catalogue(), text);
    ASSERT_TRUE(filter.ok()) << text;
    const Check checked = check_filter(*filter, catalogue().user());
    ASSERT_FALSE(checked.ok()) << text;
    EXPECT_EQ(checked.error().scim_type, "invalidFilter") << text;
  }
}

TEST(Evaluate, GroupMembership) {
  const Json group =
      json(R"({"id":"g","displayName":"Sales","members":[{"value":"u","type":"User"},{"value":"h","type":"Group"}]})");
  const std::vector<std::pair<std::string, bool>> rows = {{R"(id eq "g" and members eq "u")", true},
                                                          {R"(id eq "g" and members eq "U")", false},
                                                          {R"(members[value eq "h" and type eq "group"])", true},
                                                          {R"(members.value eq "nobody")", false},
                                                          {R"(displayName eq "SALES")", true}};
  for (const auto& [text, expected] : rows) {
    const Result<Filter> filter = parse_filter(catalogue(), text);
    ASSERT_TRUE(filter && check_filter(*filter, catalogue().group())) << text;
    EXPECT_EQ(matches(*filter, group, catalogue().group()), expected) << text;
  }
}

}  // namespace
}  // namespace rosterd::scim
