// Lists: pages and filters on a real store (RFC 7644 section 3.4.2).
#include <algorithm>

#include "tests/scim/service.h"

namespace rosterd::scim {
namespace {

using EngineLists = Service;

TEST_F(EngineLists, PagesLoseNobody) {
  std::vector<std::string> ids;
  for (int i = 0; i < 25; ++i) ids.push_back(user("user" + std::to_string(i)));
  std::vector<std::string> walked;
  for (std::size_t start = 1; start <= 25; start += 10) {
    const Answer page = get("/Users?startIndex=" + std::to_string(start) + "&count=10");
    EXPECT_EQ(page.total(), 25U);
    EXPECT_EQ(page.at("startIndex"), std::to_string(start));
    EXPECT_EQ(page.at("schemas/0"), "urn:ietf:params:scim:api:messages:2.0:ListResponse");
    EXPECT_EQ(page.at("itemsPerPage"), start == 21 ? "5" : "10");
    for (const Json& resource : *page.body.find("Resources")->array())
      walked.emplace_back(resource.find("id")->string_or(""));
  }
  EXPECT_EQ(walked, ids);
  EXPECT_EQ(get("/Users?startIndex=26").at("Resources"), "[]");
  EXPECT_EQ(get("/Users?startIndex=26").total(), 25U);
  EXPECT_EQ(get("/Users?count=0").at("Resources"), "[]");
  EXPECT_EQ(get("/Users?count=0").total(), 25U);
  EXPECT_EQ(get("/Users?count=-3&startIndex=-3").at("itemsPerPage"), "0");
  EXPECT_EQ(get("/Users?startIndex=0&count=2").at("startIndex"), "1");
  EXPECT_EQ(get("/Users?count=many").scim_type(), "invalidValue");
  limits_.max_count = 7;
  EXPECT_EQ(get("/Users?count=1000").at("itemsPerPage"), "7");
}

// Whatever the store's index serves, the answer is what exact evaluation says.
// shows 7644-3.4.2.2-1, 7644-3.4.2.2-8, 7644-3.4.2.2-15, 7643-7-8
TEST_F(EngineLists, FiltersAreExact) {
  user(
      "anna",
      R"(,"externalId":"A1","displayName":"Anna Ä","emails":[{"value":"Anna@x.example","type":"work"},{"value":"anna@home.example","type":"home"}])");
  clock_.advance(std::chrono::hours{1});
  user("bert",
       R"(,"externalId":"B1","displayName":"Bert","active":false,"emails":[{"value":"bert@x.example","type":"home"}])");
  clock_.advance(std::chrono::hours{1});
  user("berta", R"(,"title":"Boss","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"IT"})");
  const std::vector<std::pair<std::string, std::string>> rows = {
      {R"(userName eq "ANNA")", "anna"},
      {R"(userName eq "nobody")", ""},
      {R"(userName sw "BERT")", "bert,berta"},
      {R"(userName co "ert")", "bert,berta"},
      {R"(userName ne "bert")", "anna,berta"},
      {R"(externalId eq "A1")", "anna"},
      {R"(externalId eq "a1")", ""},
      {"externalId eq B1", "bert"},
      {"externalId pr", "anna,bert"},
      {R"(displayName eq "anna ä")", "anna"},
      {R"(displayName sw "be")", "bert"},
      {R"(displayName eq "berta")", ""},
      {R"(emails eq "anna@X.example")", "anna"},
      {R"(emails.value eq "anna@home.example")", "anna"},
      {R"(emails[type eq "work"].value eq "anna@home.example")", ""},
      {R"(emails[type eq "work" and value eq "anna@x.example"])", "anna"},
      {R"(emails[value eq "bert@x.example"])", "bert"},
      {R"(emails[type eq "work" or value eq "bert@x.example"])", "anna,bert"},
      {R"(emails[not (value eq "bert@x.example")])", "anna"},
      {"active eq true", "anna,berta"},
      {"active eq \"False\"", "bert"},
      {"active ne true", "bert"},
      {R"(meta.created gt "2026-01-01T00:30:00Z")", "bert,berta"},
      {R"(meta.created eq "2026-01-01T02:00:00+01:00")", "bert"},
      {R"(meta.lastModified lt "2026-01-01T00:30:00Z")", "anna"},
      {R"(urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "it")", "berta"},
      {R"(userName eq "anna" or title pr)", "anna,berta"},
      {R"(userName eq "anna" or externalId eq "B1")", "anna,bert"},
      {R"(userName sw "bert" and active eq true)", "berta"},
      {R"(userName sw "bert" and not (title pr))", "bert"},
      {R"(not (userName eq "anna") and (active eq true or externalId eq "B1"))", "bert,berta"},
      {R"(urn:rosterd:params:scim:schemas:extension:access:2.0:User:status eq "Inactive")", "bert"},
      {"id pr", "anna,bert,berta"},
  };
  for (const auto& [filter, expected] : rows) {
    const Answer answer = get("/Users?attributes=userName&filter=" + encode(filter));
    ASSERT_EQ(answer.status, 200) << filter << answer.text;
    std::string found;
    for (const Json& resource : *answer.body.find("Resources")->array()) {
      found += (found.empty() ? "" : ",") + std::string(resource.find("userName")->string_or(""));
    }
    EXPECT_EQ(found, expected) << filter;
    EXPECT_EQ(answer.total(),
              expected.empty() ? 0U : 1U + static_cast<std::size_t>(std::count(expected.begin(), expected.end(), ',')))
        << filter;
  }
}

// shows 7644-3.4.2.1-2
TEST_F(EngineLists, PagesOfAnEvaluatedFilter) {
  for (int i = 0; i < 12; ++i) user("user" + std::to_string(i), i % 2 == 0 ? R"(,"title":"even")" : "");
  const Answer page = get("/Users?filter=title+eq+%22even%22&startIndex=3&count=2&attributes=userName");
  EXPECT_EQ(page.total(), 6U);
  EXPECT_EQ(page.at("Resources/0/userName"), "user4");
  EXPECT_EQ(page.at("Resources/1/userName"), "user6");
  EXPECT_EQ(page.at("itemsPerPage"), "2");
  limits_.max_scanned = 5;
  EXPECT_EQ(get("/Users?filter=title+eq+%22even%22").scim_type(), "tooMany");
  EXPECT_EQ(get("/Users?filter=userName+eq+%22user3%22").total(), 1U);
}

TEST_F(EngineLists, BadFiltersAreRefused) {
  user("u");
  for (const std::string filter : {R"(usernam eq "u")", "userName", "userName zz \"u\"", "", "  ", R"(members eq "u")",
                                   "((((", "active gt true"}) {
    EXPECT_EQ(get("/Users?filter=" + encode(filter)).scim_type(), "invalidFilter") << filter;
  }
  const std::string bomb = "a pr" + repeat(" or a pr", 9'999);
  EXPECT_EQ(get("/Users?filter=" + encode(bomb)).scim_type(), "invalidFilter");
  EXPECT_EQ(get("/Users?filter=%zz").status, 400);
}

TEST_F(EngineLists, Groups) {
  const std::string a = user("a"), b = user("b");
  const std::string one = group("One", R"([")" + a + R"("])"), two = group("Two", R"([")" + a + R"(",")" + b + R"("])");
  const std::vector<std::pair<std::string, std::string>> rows = {
      {R"(displayName eq "ONE")", "One"},
      {R"(displayName sw "t")", "Two"},
      {R"(members eq ")" + b + "\"", "Two"},
      {R"(members.value eq ")" + a + "\"", "One,Two"},
      {R"(members[value eq ")" + b + "\"]", "Two"},
      {R"(id eq ")" + one + R"(" and members eq ")" + b + "\"", ""},
      {R"(id eq ")" + two + R"(" and members eq ")" + b + "\"", "Two"},
      {R"(members[display eq "b"])", "Two"},
      {R"(not (members[display eq "b"]))", "One"},
      {"externalId pr", ""}};
  for (const auto& [filter, expected] : rows) {
    const Answer answer = get("/Groups?excludedAttributes=members&filter=" + encode(filter));
    ASSERT_EQ(answer.status, 200) << filter << answer.text;
    std::string found;
    for (const Json& resource : *answer.body.find("Resources")->array()) {
      found += (found.empty() ? "" : ",") + std::string(resource.find("displayName")->string_or(""));
      EXPECT_EQ(resource.find("members"), nullptr);
    }
    EXPECT_EQ(found, expected) << filter;
  }
  EXPECT_NE(get("/Groups").at("Resources/0/members/0/value"), "");
}

TEST_F(EngineLists, Search) {
  user("anna");
  user("bert");
  const Answer answer = post("/Users/.search", R"({"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
    "filter":"userName sw \"b\"","attributes":["userName"],"startIndex":1,"count":10})");
  ASSERT_EQ(answer.status, 200) << answer.text;
  EXPECT_EQ(answer.total(), 1U);
  EXPECT_EQ(answer.at("Resources/0/userName"), "bert");
  EXPECT_EQ(answer.at("Resources/0/meta"), "");
  EXPECT_EQ(post("/Users/.search", R"({"filter":"nope eq 1"})").scim_type(), "invalidFilter");
}

}  // namespace
}  // namespace rosterd::scim
