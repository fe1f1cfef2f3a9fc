// What RFC 7644 sections 3.4, 3.9 and RFC 9865 demand of lists.
#include <set>

#include "tests/scim/service.h"

namespace rosterd::scim {
namespace {

class RfcQueries : public Service {
 protected:
  static std::string names(const Answer& page) {
    std::string found;
    const Json* resources = page.body.find("Resources");
    if (resources == nullptr) return "no Resources: " + page.text;
    for (const Json& resource : *resources->array()) {
      const Json* name = resource.find("userName");
      if (name == nullptr) name = resource.find("displayName");
      found += (found.empty() ? "" : ",") + std::string(name == nullptr ? "?" : name->string_or("?"));
    }
    return found;
  }
  std::string found(const std::string& filter) { return names(get("/Users?filter=" + encode(filter))); }
  void refused(const std::string& filter) {
    const Answer answer = get("/Users?filter=" + encode(filter));
    EXPECT_EQ(answer.status, 400) << filter;
    EXPECT_EQ(answer.scim_type(), "invalidFilter") << filter;
    EXPECT_NE(answer.at("detail"), "") << filter;
  }
  static std::string cursor_of(const Answer& page) { return page.at("nextCursor"); }
};

// shows 7644-3.4.2-1
TEST_F(RfcQueries, UnknownParametersAreIgnored) {
  const std::string id = user("u");
  EXPECT_EQ(names(get("/Users?shoeSize=44&aadOptscim062020&=")), "u");
  EXPECT_EQ(get("/Users/" + id + "?shoeSize=44").status, 200);
  EXPECT_EQ(post("/Groups?shoeSize=44", R"({"displayName":"g"})").status, 201);
}

// shows 7644-3.4.2-2, 7644-3.4.2-3, 7644-3.4.2-4, 7644-3.4.2-5, 7644-3.4.2-6, 7644-3.1-1
TEST_F(RfcQueries, AListSaysWhatItIsAndWhichPart) {
  for (const char* name : {"a", "b", "c"}) user(name);
  for (const std::string query : {"/Users", "/Users?count=2&startIndex=2"}) {
    const Answer list = get(query);
    EXPECT_EQ(list.at("schemas"), R"(["urn:ietf:params:scim:api:messages:2.0:ListResponse"])") << query;
    EXPECT_EQ(list.total(), 3U) << query;
    EXPECT_EQ(list.at("itemsPerPage"), std::to_string(list.body.find("Resources")->array()->size())) << query;
  }
  EXPECT_EQ(names(get("/Users")), "a,b,c");
  EXPECT_EQ(names(get("/Users?count=2&startIndex=2")), "b,c");
  EXPECT_EQ(get("/Users?count=2&startIndex=2").at("startIndex"), "2");
  EXPECT_EQ(get("/Nothing").at("schemas"), R"(["urn:ietf:params:scim:api:messages:2.0:Error"])");
}

// shows 7644-3.4.2-7
TEST_F(RfcQueries, NothingFoundIsSuccess) {
  for (const char* target :
       {"/Users", "/Groups", "/Users?filter=userName+eq+%22x%22", "/Groups?count=3&startIndex=9"}) {
    EXPECT_EQ(get(target).status, 200) << target;
    EXPECT_EQ(get(target).total(), 0U) << target;
  }
  EXPECT_EQ(post("/.search", "{}").status, 200);
}

// shows 7644-3.4.2.1-1, 7644-3.4.2.1-3, 7644-3.4.2.1-4, 7644-3.4.3-1
TEST_F(RfcQueries, AQueryAtTheRootIsAboutEverything) {
  user("ada", R"(,"displayName":"Ada","title":"T")");
  group("Admins");
  const auto search = [&](const std::string& filter) {
    return names(post("/.search", "{\"filter\":" + write_json(Json(filter)) + "}"));
  };
  EXPECT_EQ(names(post("/.search", "{}")), "ada,Admins");
  EXPECT_EQ(search(R"(displayName sw "ad")"), "ada,Admins");
  EXPECT_EQ(search(R"(displayName sw "ad" and not (title pr))"), "Admins");
  EXPECT_EQ(search("userName pr"), "ada") << "a group has no value there";
  EXPECT_EQ(search(R"(title eq "T" or meta.resourceType eq "Group")"), "ada,Admins");
  EXPECT_EQ(search(R"(members.value eq "x")"), "");
}

// shows 7644-3.4.2.1-2
TEST_F(RfcQueries, TooManyAreRefused) {
  for (int i = 0; i < 6; ++i) user("u" + std::to_string(i), R"(,"title":"T")");
  limits_.max_scanned = 5;
  const Answer refused = get("/Users?filter=" + encode(R"(title eq "T")"));
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(refused.scim_type(), "tooMany");
  EXPECT_EQ(post("/.search", R"({"filter":"title pr"})").scim_type(), "tooMany");
}

// shows 7644-3.4.2.2-1, 7644-3.4.2.2-8, 7644-3.4.2.2-11, 7644-3.4.2.2-15, 7643-7-8
TEST_F(RfcQueries, FiltersSelectWhatTheySay) {
  user("ada", R"(,"externalId":"A","title":"t","emails":[{"value":"a@w.example","type":"work"},
      {"value":"a@h.example","type":"home"}])");
  user("bob", R"(,"externalId":"B","nickName":"n","emails":[{"value":"b@w.example","type":"home"}])");
  user("cid", R"(,"title":"t","nickName":"n")");
  const std::vector<std::pair<std::string, std::string>> rows = {
      {R"(userName eq "ADA")", "ada"},
      {R"(externalId eq "a")", ""},
      {R"(externalId eq "A")", "ada"},
      {R"(emails[type eq "work" and value co "@h"])", ""},
      {R"(emails[type eq "home" and value co "@h"])", "ada"},
      {R"(emails.type eq "work" and emails.value co "@h")", "ada"},
      {R"(userName eq "bob" or title pr and nickName pr)", "bob,cid"},
      {R"((userName eq "bob" or title pr) and nickName pr)", "bob,cid"},
      {R"((userName eq "ada" or userName eq "bob") and nickName pr)", "bob"},
      {R"(userName eq "ada" or userName eq "bob" and title pr)", "ada"},
      {R"(not (title pr) or userName eq "cid")", "bob,cid"},
      {R"(not (title pr or userName eq "bob"))", ""},
      {R"(not (title pr) and nickName pr)", "bob"}};
  for (const auto& [filter, expected] : rows) EXPECT_EQ(found(filter), expected) << filter;
}

// shows 7644-3.4.2.2-2, 7644-3.4.2.2-3, 7644-3.4.2.2-9, 7644-3.4.2.2-10, 7644-3.4.2.2-12, 7644-3.4.2.2-14
TEST_F(RfcQueries, WhatIsNoFilterIsRefused) {
  user("u", R"(,"name":{"givenName":"G"})");
  for (const char* filter :
       {"", " ", "()", "userName", "eq \"u\"", "userName eq", "userName regex \"u\"", "userName eq \"u\" and",
        "userName eq \"u\" xor title pr", "not userName pr", "(userName pr", "emails[]", "emails[type]",
        "emails[nope eq \"x\"]", "emails[type eq \"work\"", "title[type eq \"x\"]", "userName eq \"u", "nope pr",
        R"(name eq "G")"})
    refused(filter);
  EXPECT_NE(get("/Users?filter=" + encode("userName regex \"u\"")).at("detail").find("regex"), std::string::npos);
  EXPECT_EQ(found(R"(name.givenName eq "g")"), "u");
}

// shows 7644-3.4.2.2-4, 7644-3.4.2.2-5, 7644-3.4.2.2-6, 7644-3.4.2.2-7
TEST_F(RfcQueries, BooleansAndBinariesHaveNoOrder) {
  user("u");
  for (const std::string op : {"gt", "ge", "lt", "le"}) {
    refused("active " + op + " true");
    refused("emails[primary " + op + " false]");
    refused("x509Certificates.value " + op + " \"AAAA\"");
    EXPECT_EQ(get("/Users?filter=" + encode("userName " + op + " \"u\"")).status, 200) << op;
  }
}

// shows 7644-3.4.2.2-13
TEST_F(RfcQueries, ADefaultIsFilteredAsItWasReturned) {
  ASSERT_EQ(get("/Users/" + user("u")).at("active"), "true");
  EXPECT_EQ(found("active eq true"), "u");
  EXPECT_EQ(found("active pr"), "u");
  EXPECT_EQ(found("active eq false"), "");
}

// shows 7644-3.4.2.3-1, 7644-3.4.2.3-2, 7644-3.4.2.3-3, 7644-3.4.3-7
TEST_F(RfcQueries, ResultsAreSortedByTheirType) {
  user("bob", R"(,"externalId":"a","active":false)");
  clock_.advance(std::chrono::seconds{1});
  user("Cid", R"(,"externalId":"B")");
  clock_.advance(std::chrono::seconds{1});
  user("ada", R"(,"externalId":"c")");
  const std::vector<std::pair<std::string, std::string>> rows = {{"userName", "ada,bob,Cid"},    // without case
                                                                 {"externalId", "Cid,bob,ada"},  // with case
                                                                 {"meta.created", "bob,Cid,ada"},
                                                                 {"active", "bob,Cid,ada"}};
  for (const auto& [by, expected] : rows) {
    EXPECT_EQ(names(get("/Users?sortBy=" + by)), expected) << by;
    EXPECT_EQ(names(get("/Users?sortBy=" + by + "&sortOrder=ascending")), expected) << by;
    EXPECT_EQ(names(post("/Users/.search", R"({"sortBy":")" + by + "\"}")), expected) << by;
  }
  EXPECT_EQ(names(get("/Users?sortBy=userName&sortOrder=descending")), "Cid,bob,ada");
}

// shows 7644-3.4.2.4-2, 7644-3.4.2.4-3, 7644-3.4.2.4-4, 9865-2-2, 9865-2-3
TEST_F(RfcQueries, PagesAreAsLargeAsAsked) {
  for (int i = 0; i < 5; ++i) user("u" + std::to_string(i));
  EXPECT_EQ(names(get("/Users?startIndex=0&count=2")), "u0,u1");
  EXPECT_EQ(names(get("/Users?startIndex=-7&count=1")), "u0");
  for (const std::string cursor : {"", "&cursor="}) {
    for (const std::size_t count : {1U, 2U, 4U})
      EXPECT_LE(get("/Users?count=" + std::to_string(count) + cursor).body.find("Resources")->array()->size(), count);
    const Answer none = get("/Users?count=-3" + cursor);
    EXPECT_EQ(none.status, 200) << cursor;
    EXPECT_EQ(none.total(), 5U);
    EXPECT_EQ(names(none), "") << cursor;
  }
}

// shows 7644-3.4.2.5-1, 7644-3.4.2.5-2, 7644-3.4.2.5-4, 7644-3.4.3-4, 7644-3.9-1, 7644-3.9-2, 7644-3.9-3
TEST_F(RfcQueries, TheClientChoosesAttributes) {
  const std::string id =
      user("u", R"(,"title":"T","name":{"givenName":"G","familyName":"F"},"emails":[{"value":"a@x","type":"work"}])");
  const std::string search = R"({"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],)";
  const auto members = [](const Json& resource) {
    std::string all;
    for (const Member& member : *resource.object())
      if (!member.name.starts_with("urn:")) all += (all.empty() ? "" : ",") + member.name;
    return all;
  };
  const auto check = [&](const Json& one, const char* how) {
    EXPECT_EQ(members(one), "schemas,id,name,emails") << how;
    EXPECT_EQ(write_json(*one.find("name")), R"({"givenName":"G"})") << how;
    EXPECT_EQ(write_json(*one.find("emails")), R"([{"value":"a@x"}])") << how;
  };
  check(get("/Users/" + id + "?attributes=name.givenName,emails.value").body, "GET");
  check(get("/Users?attributes=name.givenName,emails.value").body.find("Resources")->array()->front(), "list");
  check(post("/Users/.search", search + R"("attributes":["name.givenName","emails.value"]})")
            .body.find("Resources")
            ->array()
            ->front(),
        "search");
  check(put("/Users/" + id + "?attributes=name.givenName,emails.value",
            R"({"userName":"u","title":"T","name":{"givenName":"G","familyName":"F"},
               "emails":[{"value":"a@x","type":"work"}]})")
            .body,
        "PUT");
  const std::string excluded = "id,schemas,title,name.familyName,emails";
  for (const Json& one :
       {get("/Users/" + id + "?excludedAttributes=" + excluded).body,
        get("/Users?excludedAttributes=" + excluded).body.find("Resources")->array()->front(),
        post("/Users/.search", search + R"("excludedAttributes":["id","schemas","title","name.familyName","emails"]})")
            .body.find("Resources")
            ->array()
            ->front()}) {
    EXPECT_EQ(one.find("id")->string_or(""), id) << "always returned";
    EXPECT_NE(one.find("schemas"), nullptr) << "always returned";
    EXPECT_EQ(one.find("title"), nullptr);
    EXPECT_EQ(one.find("emails"), nullptr);
    EXPECT_EQ(write_json(*one.find("name")), R"({"givenName":"G"})");
    EXPECT_EQ(one.find("userName")->string_or(""), "u");
  }
}

// shows 7644-3.4.3-1, 7644-3.4.3-6
TEST_F(RfcQueries, PostToSearchIsAQuery) {
  user("u");
  for (const std::string target : {"/Users/.search", "/.search"}) {
    EXPECT_EQ(names(post(target, R"({"filter":"userName eq \"u\""})")), "u") << target;
    EXPECT_EQ(post(target, R"({"filter":"userName zz"})").scim_type(), "invalidFilter") << target;
    EXPECT_EQ(post(target, R"({"filter":""})").scim_type(), "invalidFilter") << target;
  }
  EXPECT_EQ(get("/Users").total(), 1U) << "nothing was created";
}

// shows 9865-2-4, 9865-2-5, 9865-2-6
TEST_F(RfcQueries, ACursorIsThereUntilTheLastPage) {
  for (int i = 0; i < 6; ++i) user("u" + std::to_string(i));
  std::string cursor, walked;
  std::vector<bool> has_next;
  do {
    const Answer page = get("/Users?count=2&cursor=" + cursor);
    ASSERT_EQ(page.status, 200) << page.text;
    EXPECT_TRUE(!has_next.empty() || page.body.find("previousCursor") == nullptr);
    walked += names(page) + ";";
    cursor = cursor_of(page);
    has_next.push_back(page.body.find("nextCursor") != nullptr);
  } while (!cursor.empty() && has_next.size() < 9);
  EXPECT_EQ(walked, "u0,u1;u2,u3;u4,u5;");
  EXPECT_EQ(has_next, (std::vector<bool>{true, true, false}));
}

// shows 9865-2.1-1
TEST_F(RfcQueries, InvalidCursorsAndCountsAreTold) {
  user("u");
  const std::vector<std::pair<std::string, std::string>> rows = {{"cursor=nonsense", "invalidCursor"},
                                                                 {"cursor=&count=many", "invalidCount"},
                                                                 {"cursor=&startIndex=1", "invalidValue"},
                                                                 {"count=many", "invalidValue"}};
  for (const auto& [query, scim_type] : rows) {
    const Answer refused = get("/Users?" + query);
    EXPECT_EQ(refused.status, 400) << query;
    EXPECT_EQ(refused.scim_type(), scim_type) << query;
    EXPECT_NE(refused.at("detail"), "") << query;
  }
}

// shows 9865-5.2-1, 9865-5.2-2, 9865-5.2-3, 9865-5.2-4
TEST_F(RfcQueries, ACursorGivesNoRight) {
  for (int i = 0; i < 4; ++i) user("u" + std::to_string(i));
  const std::string cursor = cursor_of(get("/Users?count=2&cursor="));
  ASSERT_NE(cursor, "");
  const std::string next = "/Users?count=2&cursor=" + cursor;
  const store::SourceId own = connection_.source;
  use(source("scim:other"));
  user("theirs");
  const Answer foreign = get(next);
  EXPECT_EQ(foreign.scim_type(), "invalidCursor");
  EXPECT_EQ(foreign.text.find("u2"), std::string::npos);
  EXPECT_EQ(foreign.text, get("/Users?count=2&cursor=" + cursor.substr(0, cursor.size() - 1) + "x").text)
      << "somebody else's cursor is told as a forged one";
  use(own);
  EXPECT_EQ(names(get(next)), "u2,u3");
  connection_.rights = Rights::none;
  EXPECT_EQ(get(next).status, 401) << "permissions that are gone are gone on every page";
}

}  // namespace
}  // namespace rosterd::scim
