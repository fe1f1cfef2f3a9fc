// Walks by cursor (RFC 9865), sorted lists (RFC 7644 section 3.4.2.3) and the search over all types (section 3.4.3).
#include <algorithm>
#include <set>

#include "tests/scim/service.h"

namespace rosterd::scim {
namespace {

class EngineWalks : public Service {
 protected:
  // Names on one page, "," between.
  static std::string names(const Answer& page) {
    std::string found;
    for (const Json& resource : *page.body.find("Resources")->array()) {
      const Json* name = resource.find("userName");
      if (name == nullptr) name = resource.find("displayName");
      found += (found.empty() ? "" : ",") + std::string(name == nullptr ? "?" : name->string_or("?"));
    }
    return found;
  }
  static std::string cursor_of(const Answer& page) { return std::string(page.at("nextCursor")); }

  // All pages of `query` by cursor; `between` runs after each page.
  std::vector<std::string> walk(
      const std::string& query, const std::function<void()>& between = [] {}) {
    std::vector<std::string> pages;
    std::string cursor;
    do {
      const Answer page = get(query + "&cursor=" + cursor);
      EXPECT_EQ(page.status, 200) << page.text;
      pages.push_back(names(page));
      cursor = cursor_of(page);
      EXPECT_TRUE(std::all_of(cursor.begin(), cursor.end(), [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '-' || c == '.' || c == '_' || c == '~';
      })) << cursor;
      between();
    } while (!cursor.empty() && pages.size() < 100);
    return pages;
  }
  std::string refusal(const std::string& target) {
    const Answer answer = get(target);
    EXPECT_EQ(answer.status, 400) << target << answer.text;
    return answer.scim_type();
  }
};

using Pages = std::vector<std::string>;

// shows 9865-2-4, 9865-2-5
TEST_F(EngineWalks, ACursorLeadsToEverybodyOnce) {
  for (int i = 0; i < 7; ++i) user("u" + std::to_string(i), i % 2 == 0 ? R"(,"title":"even")" : "");
  EXPECT_EQ(walk("/Users?count=3"), (Pages{"u0,u1,u2", "u3,u4,u5", "u6"}));
  EXPECT_EQ(walk("/Users?count=7"), (Pages{"u0,u1,u2,u3,u4,u5,u6"})) << "no cursor to an empty page";
  EXPECT_EQ(walk("/Users?count=2&filter=title+eq+%22even%22"), (Pages{"u0,u2", "u4,u6"}));
  EXPECT_EQ(walk("/Users?count=2&filter=userName+sw+%22u%22+and+active+eq+true"),
            (Pages{"u0,u1", "u2,u3", "u4,u5", "u6"}));
  const Answer first = get("/Users?count=3&cursor");
  EXPECT_EQ(first.total(), 7U);
  EXPECT_EQ(first.at("itemsPerPage"), "3");
  EXPECT_EQ(first.body.find("startIndex"), nullptr);
  EXPECT_EQ(get("/Users?count=3&cursor=" + cursor_of(first)).total(), 7U);
  EXPECT_EQ(cursor_of(get("/Users?count=3")), "") << "a client that counts gets no cursor";
  const Answer none = get("/Users?count=0&cursor=");
  EXPECT_EQ(none.total(), 7U);
  EXPECT_EQ(none.at("Resources"), "[]");
}

// Pages by index would pass over as many as were deleted before them.
TEST_F(EngineWalks, NobodyIsLostWhileOthersComeAndGo) {
  std::vector<std::string> ids;
  for (int i = 0; i < 30; ++i) ids.push_back(user("u" + std::to_string(i)));
  std::size_t gone = 0;
  int added = 0;
  std::set<std::string> seen;
  for (const std::string& page : walk("/Users?count=4", [&] {
         for (int i = 0; i < 2; ++i) EXPECT_EQ(remove("/Users/" + ids[gone++]).status, 204);
         if (added < 3) user("new" + std::to_string(added++));
       })) {
    for (std::size_t at = 0; at < page.size();) {
      const std::size_t end = std::min(page.find(',', at), page.size());
      EXPECT_TRUE(seen.insert(page.substr(at, end - at)).second) << "seen twice";
      at = end + 1;
    }
  }
  for (int i = 0; i < 30; ++i) EXPECT_TRUE(seen.contains("u" + std::to_string(i))) << i;
}

// shows 9865-2.1-1, 9865-5.2-1
TEST_F(EngineWalks, AForeignCursorIsRefused) {
  for (int i = 0; i < 5; ++i) user("u" + std::to_string(i));
  const std::string cursor = cursor_of(get("/Users?count=2&cursor="));
  EXPECT_EQ(refusal("/Users?count=2&cursor=" + cursor + "&filter=active+eq+true"), "invalidCursor");
  EXPECT_EQ(refusal("/Users?count=2&cursor=" + cursor + "&sortBy=userName"), "invalidCursor");
  EXPECT_EQ(refusal("/Groups?count=2&cursor=" + cursor), "invalidCursor");
  for (const std::string forged : {"x", "-", "---", "----", "0-0-0-0", "1234567890abcdef-0-1-", "%00"})
    EXPECT_EQ(refusal("/Users?cursor=" + forged), "invalidCursor") << forged;
  EXPECT_EQ(refusal("/Users?cursor=" + cursor.substr(1)), "invalidCursor");
  EXPECT_EQ(refusal("/Users?cursor=" + cursor + "f"), "invalidCursor");
  EXPECT_EQ(refusal("/Users?cursor=" + repeat("a", 5000)), "invalidCursor");
  EXPECT_EQ(refusal("/Users?cursor=&count=many"), "invalidCount");
  EXPECT_EQ(refusal("/Users?cursor=&startIndex=1"), "invalidValue");
  use(source("scim:other"));
  EXPECT_EQ(refusal("/Users?count=2&cursor=" + cursor), "invalidCursor");
}

// shows 7644-3.4.2.3-1, 7644-3.4.2.3-2, 7644-3.4.2.3-3
TEST_F(EngineWalks, ListsAreSortedByType) {
  user(
      "bob",
      R"(,"title":"b","name":{"familyName":"Zeta"},"emails":[{"value":"x@x.example"},{"value":"a@x.example","primary":true}])");
  clock_.advance(std::chrono::seconds{1});
  user("Ada", R"(,"title":"B","active":false,"emails":[{"value":"b@x.example"}])");
  clock_.advance(std::chrono::seconds{1});
  user(
      "carl",
      R"(,"name":{"familyName":"alpha"},"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"IT"})");
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"sortBy=userName", "Ada,bob,carl"},
      {"sortBy=userName&sortOrder=descending", "carl,bob,Ada"},
      {"sortBy=username&sortOrder=Descending", "carl,bob,Ada"},
      {"sortBy=title", "bob,Ada,carl"},
      {"sortBy=title&sortOrder=descending", "carl,bob,Ada"},
      {"sortBy=name.familyName", "carl,bob,Ada"},
      {"sortBy=emails", "bob,Ada,carl"},
      {"sortBy=emails.value&sortOrder=descending", "carl,Ada,bob"},
      {"sortBy=active", "Ada,bob,carl"},
      {"sortBy=meta.created&sortOrder=descending", "carl,Ada,bob"},
      {"sortBy=meta.lastModified", "bob,Ada,carl"},
      {"sortBy=urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", "carl,bob,Ada"},
      {"sortBy=urn:rosterd:params:scim:schemas:extension:access:2.0:User:status", "Ada,bob,carl"},
      {"sortBy=userName&filter=active+eq+true", "bob,carl"},
      {"sortBy=", "bob,Ada,carl"},
      {"sortBy=userName&startIndex=2&count=1", "bob"},
      {"sortBy=userName&startIndex=3&count=5", "carl"},
      {"sortBy=userName&startIndex=4", ""},
      {"sortBy=userName&startIndex=9223372036854775807", ""},
      {"sortBy=userName&count=0", ""},
      {"sortBy=userName&attributes=title,userName", "Ada,bob,carl"},
  };
  for (const auto& [query, expected] : rows) {
    const Answer answer = get("/Users?" + query);
    ASSERT_EQ(answer.status, 200) << query << answer.text;
    EXPECT_EQ(names(answer), expected) << query;
  }
  for (const std::string wrong : {"usernam", "name", "password", "members", "emails.shoe", "userName,title"})
    EXPECT_EQ(refusal("/Users?sortBy=" + wrong), "invalidPath") << wrong;
  EXPECT_EQ(refusal("/Users?sortBy=userName&sortOrder=up"), "invalidValue");
  limits_.max_scanned = 2;
  EXPECT_EQ(refusal("/Users?sortBy=userName"), "tooMany");
}

// What costs a look-up of its own is looked up, however it is spelt.
TEST_F(EngineWalks, SortedByWhatIsReadApart) {
  const std::string zoe = user("zoe"), abe = user("abe");
  group("second", R"([")" + zoe + R"("])");
  group("first", R"([")" + abe + R"("])");
  EXPECT_EQ(names(get("/Groups?sortBy=MEMBERS.display")), "first,second");
  EXPECT_EQ(names(get("/Groups?sortBy=members.display&sortOrder=descending&excludedAttributes=members")),
            "second,first");
  EXPECT_EQ(names(get("/Users?sortBy=GROUPS.display")), "abe,zoe");
}

TEST_F(EngineWalks, ASortedWalkHasItsOwnPlaces) {
  for (const char* name : {"e", "b", "d", "a", "c"}) user(name, R"(,"title":"same")");
  EXPECT_EQ(walk("/Users?count=2&sortBy=userName"), (Pages{"a,b", "c,d", "e"}));
  EXPECT_EQ(walk("/Users?count=2&sortBy=userName&sortOrder=descending"), (Pages{"e,d", "c,b", "a"}));
  EXPECT_EQ(walk("/Users?count=2&sortBy=title"), (Pages{"e,b", "d,a", "c"})) << "equal ones in the stable order";
  EXPECT_EQ(walk("/Users?count=2&sortBy=nickName"), (Pages{"e,b", "d,a", "c"}));
  const std::string longest = repeat("x", 400);
  user("long", R"(,"nickName":")" + longest + R"(")");
  user("longer", R"(,"nickName":")" + longest + R"(x")");
  EXPECT_EQ(walk("/Users?count=1&sortBy=nickName&filter=nickName+pr"), (Pages{"long", "longer"}));
}

// shows 7644-3.4.2.1-1, 7644-3.4.2.1-3, 7644-3.4.2.1-4, 7644-3.4.3-1
TEST_F(EngineWalks, OneSearchOverAllTypes) {
  const std::string a = user("anna", R"(,"displayName":"Anna")");
  user("bert", R"(,"title":"Boss")");
  group("Admins", R"([")" + a + R"("])");
  group("Bosses");
  const auto search = [&](const std::string& body) { return post("/.search", body); };
  const std::string head = R"({"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"])";
  EXPECT_EQ(names(search(head + "}")), "anna,bert,Admins,Bosses");
  EXPECT_EQ(search(head + "}").total(), 4U);
  EXPECT_EQ(names(search(head + R"(,"filter":"meta.resourceType eq \"Group\""})")), "Admins,Bosses");
  EXPECT_EQ(names(search(head + R"(,"filter":"displayName sw \"A\""})")), "anna,Admins");
  EXPECT_EQ(names(search(head + R"(,"filter":"title pr or members pr"})")), "bert,Admins");
  EXPECT_EQ(names(search(head + R"(,"filter":"userName eq \"anna\""})")), "anna");
  EXPECT_EQ(names(search(head + R"x(,"filter":"not (userName pr)"})x")), "Admins,Bosses");
  EXPECT_EQ(names(search(head + R"(,"filter":"userName ne \"anna\""})")), "bert,Admins,Bosses");
  EXPECT_EQ(names(search(head + R"(,"filter":"emails[type eq \"work\"]"})")), "");
  EXPECT_EQ(search(head + R"(,"filter":"nonsense pr"})").scim_type(), "invalidFilter");
  EXPECT_EQ(names(search(head + R"(,"startIndex":2,"count":2})")), "bert,Admins");
  EXPECT_EQ(names(search(head + R"(,"startIndex":4})")), "Bosses");
  EXPECT_EQ(names(search(head + R"(,"sortBy":"displayName","sortOrder":"descending"})")), "bert,Bosses,anna,Admins");
  Pages pages;
  for (std::string cursor, more = ""; pages.size() < 5; cursor = more) {
    const Answer page = search(head + R"(,"count":1,"cursor":")" + cursor + R"("})");
    pages.push_back(names(page));
    more = cursor_of(page);
    if (more.empty()) break;
  }
  EXPECT_EQ(pages, (Pages{"anna", "bert", "Admins", "Bosses"}));
  EXPECT_EQ(names(search(head + R"(,"attributes":["displayName"]})")), "Anna,?,Admins,Bosses");
  EXPECT_EQ(get("/.search").status, 405);
}

TEST_F(EngineWalks, DiscoveryTellsOfThem) {
  const Answer config = get("/ServiceProviderConfig");
  EXPECT_EQ(config.at("sort/supported"), "true");
  EXPECT_EQ(config.at("pagination/cursor"), "true");
  EXPECT_EQ(config.at("pagination/index"), "true");
  EXPECT_EQ(config.at("pagination/defaultPaginationMethod"), "index");
  EXPECT_EQ(config.at("pagination/defaultPageSize"), "100");
  EXPECT_EQ(config.at("pagination/maxPageSize"), "200");
}

}  // namespace
}  // namespace rosterd::scim
