// What RFC 7643 sections 2 to 4 demand of resources.
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "tests/scim/service.h"

namespace rosterd::scim {
namespace {

#define ENTERPRISE "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

class RfcResources : public Service {
 protected:
  const std::string base_ = "https://x.example/scim/v2";

  // A reference given out, asked for.
  int follow(const std::string& uri) {
    EXPECT_TRUE(uri.starts_with(base_ + "/")) << uri;
    return get(uri.substr(base_.size())).status;
  }
  static std::set<std::string> schemas_of(const Json& resource) {
    std::set<std::string> found;
    const Json* schemas = resource.find("schemas");
    EXPECT_NE(schemas, nullptr);
    EXPECT_FALSE(schemas->array()->empty());
    for (const Json& schema : *schemas->array()) {
      EXPECT_TRUE(schema.string_or("").starts_with("urn:")) << write_json(schema);
      EXPECT_TRUE(found.emplace(schema.string_or("")).second) << "twice: " << write_json(schema);
    }
    return found;
  }
};

// shows 7643-2.1-1, 7643-3-1, 7643-3-2, 7643-3-3, 7643-3-4, 7643-3.3-1, 7643-3.3-2
TEST_F(RfcResources, SayTheirSchemas) {
  user("plain");
  user("full", R"(,")" ENTERPRISE R"(":{"department":"d"})");
  group("g");
  for (const char* type : {"User", "Group"}) {
    const Answer known = get(std::string("/ResourceTypes/") + type);
    const std::string base = known.at("schema");
    std::set<std::string> allowed = {base};
    for (const Json& extension : *known.body.find("schemaExtensions")->array())
      allowed.emplace(extension.find("schema")->string_or(""));
    const Answer list = get(known.at("endpoint"));
    ASSERT_GT(list.total(), 0U);
    for (const Json& resource : *list.body.find("Resources")->array()) {
      const auto schemas = schemas_of(resource);
      EXPECT_TRUE(schemas.contains(base)) << base;
      for (const std::string& schema : schemas) EXPECT_TRUE(allowed.contains(schema)) << schema;
      for (const Member& member : *resource.object())
        EXPECT_TRUE(!member.name.starts_with("urn:") || schemas.contains(member.name)) << member.name;
    }
  }
}

// shows 7643-3-5, 7643-3-6
TEST_F(RfcResources, TheOrderOfSchemasMeansNothing) {
  const std::string rest = R"("externalId":"K","title":"T",")" ENTERPRISE R"(":{"department":"D"},"userName":)";
  const Answer one = post(
      "/Users", R"({"schemas":["urn:ietf:params:scim:schemas:core:2.0:User",")" ENTERPRISE R"("],)" + rest + "\"a\"}");
  const Answer two =
      post("/Users", R"({"schemas":[")" ENTERPRISE R"(","urn:ietf:params:scim:schemas:core:2.0:User"],)" +
                         std::regex_replace(rest, std::regex("\"K\""), "\"L\"") + "\"b\"}");
  for (const Answer* made : {&one, &two}) {
    ASSERT_EQ(made->status, 201) << made->text;
    EXPECT_EQ(made->at("title"), "T");
    EXPECT_EQ(made->at(ENTERPRISE "/department"), "D");
    EXPECT_NE(made->at("id"), "");
    EXPECT_NE(made->at("meta/created"), "");
  }
  EXPECT_EQ(one.at("externalId"), "K") << "common attributes are there whatever schemas says";
  EXPECT_EQ(two.at("externalId"), "L");
  EXPECT_EQ(one.at("schemas"), two.at("schemas"));
}

// shows 7643-3.1-1
TEST_F(RfcResources, EveryTypeHasTheCommonAttributes) {
  const Answer types = get("/ResourceTypes");
  for (const Json& type : *types.body.find("Resources")->array()) {
    const std::string endpoint(type.find("endpoint")->string_or(""));
    for (const char* filter : {"id pr", "externalId pr", "meta.resourceType pr", "meta.created pr",
                               "meta.lastModified pr", "meta.location pr", "meta.version pr"})
      EXPECT_EQ(get(endpoint + "?filter=" + encode(filter)).status, 200) << endpoint << filter;
  }
}

// shows 7643-1.1-1, 7643-2.3.5-1, 7643-2.3.5-2, 7643-2.3.5-3
// shows 7643-3.1-2, 7643-3.1-4, 7643-3.1-12, 7643-3.1-15, 7644-3.3.1-1
TEST_F(RfcResources, TheServerGivesIdAndMeta) {
  const Answer made_user = post("/Users", R"({"userName":"u"})");
  const Answer made_group = post("/Groups", R"({"displayName":"g"})");
  const std::regex date_time(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d))");
  for (const auto& [made, type] : {std::pair(&made_user, "User"), std::pair(&made_group, "Group")}) {
    ASSERT_EQ(made->status, 201);
    EXPECT_NE(made->at("id"), "");
    EXPECT_EQ(made->at("meta/resourceType"), type);
    for (const char* when : {"meta/created", "meta/lastModified"}) {
      EXPECT_TRUE(std::regex_match(made->at(when), date_time)) << made->at(when);
    }
    EXPECT_EQ(made->at("meta/location"), base_ + "/" + type + "s/" + made->at("id"));
    EXPECT_TRUE(std::regex_match(made->at("meta/version"), std::regex("W/\"[^\"]+\""))) << made->at("meta/version");
    for (const std::string query : {"", "?attributes=externalId", "?excludedAttributes=id"})
      EXPECT_EQ(get(std::string("/") + type + "s/" + made->at("id") + query).at("id"), made->at("id"));
  }
}

// shows 7643-3.1-5, 7643-3.1-6, 7643-3.1-8
TEST_F(RfcResources, AnIdIsOnesOwnForEver) {
  std::set<std::string> ids;
  for (int i = 0; i < 20; ++i) {
    ids.insert(user("u" + std::to_string(i)));
    ids.insert(group("g" + std::to_string(i)));
  }
  EXPECT_EQ(ids.size(), 40U);
  for (const std::string& id : ids)
    EXPECT_TRUE(std::regex_match(id, std::regex("[-0-9a-f]{16,64}"))) << id << " can never contain bulkId";
  const std::string id = user("before");
  EXPECT_EQ(put("/Users/" + id, R"({"userName":"after"})").at("id"), id);
  EXPECT_EQ(patch("/Users/" + id, R"([{"op":"replace","path":"userName","value":"later"}])").at("id"), id);
  ASSERT_EQ(remove("/Users/" + id).status, 204);
  for (int i = 0; i < 20; ++i) EXPECT_NE(user("new" + std::to_string(i)), id);
}

// shows 7643-3.1-7, 7643-3.1-11, 7644-3.3-1, 7644-3.3-2
TEST_F(RfcResources, ReadOnlyValuesOfAPostAreIgnored) {
  const Answer made = post("/Users", R"({"userName":"u","id":"mine","title":"T","password":"hunter2",
      "groups":[{"value":"g"}],"meta":{"resourceType":"Robot","created":"2001-01-01T00:00:00Z","version":"W/\"99\""}})");
  ASSERT_EQ(made.status, 201) << made.text;
  EXPECT_NE(made.at("id"), "mine");
  EXPECT_EQ(get("/Users/mine").status, 404);
  EXPECT_EQ(made.at("meta/resourceType"), "User");
  EXPECT_EQ(made.at("meta/created"), "2026-01-01T00:00:00.000Z");
  EXPECT_NE(made.at("meta/version"), "W/\"99\"");
  EXPECT_EQ(made.at("groups"), "[]");
  EXPECT_EQ(made.at("title"), "T") << "what can be written is taken";
  EXPECT_EQ(made.body.find("password"), nullptr) << "what can only be written is not returned";
}

// shows 7643-3.1-9
TEST_F(RfcResources, AnExternalIdIsTheClients) {
  const std::string id = user("u"), g = group("g");
  EXPECT_EQ(get("/Users/" + id).body.find("externalId"), nullptr);
  EXPECT_EQ(get("/Groups/" + g).body.find("externalId"), nullptr);
  EXPECT_EQ(put("/Users/" + id, R"({"userName":"u","externalId":"K"})").at("externalId"), "K");
}

// shows 7643-3.1-13
TEST_F(RfcResources, LastModifiedIsCreatedUntilSomethingChanges) {
  const std::string u = "/Users/" + user("u"), g = "/Groups/" + group("g");
  clock_.advance(std::chrono::minutes{1});
  for (const std::string& target : {u, g}) {
    const Answer before = get(target);
    EXPECT_EQ(before.at("meta/lastModified"), before.at("meta/created")) << target;
    ASSERT_LT(patch(target, R"([{"op":"replace","path":"displayName","value":"other"}])").status, 300);
    EXPECT_EQ(get(target).at("meta/created"), before.at("meta/created"));
    EXPECT_EQ(get(target).at("meta/lastModified"), "2026-01-01T00:01:00.000Z");
  }
}

// shows 7643-3.1-14, 7644-3.3-5
TEST_F(RfcResources, TheLocationIsToldThreeTimes) {
  const Answer made_user = post("/Users", R"({"userName":"u","title":"T"})");
  const Answer made_group = post("/Groups", R"({"displayName":"g"})");
  for (const auto& [made, endpoint] : {std::pair(&made_user, "/Users/"), std::pair(&made_group, "/Groups/")}) {
    ASSERT_EQ(made->status, 201);
    const std::string uri = base_ + endpoint + made->at("id"), target = endpoint + made->at("id");
    EXPECT_EQ(made->header("Location"), uri);
    for (const Answer& answer : {*made, get(target), get(target + "?excludedAttributes=title")}) {
      EXPECT_EQ(answer.at("meta/location"), uri);
      EXPECT_EQ(answer.header("Content-Location"), uri);
    }
  }
}

// shows 7643-2.3.7-1, 7643-2.3.7-3, 7643-2.3.7-4, 7643-4.1.2-11
TEST_F(RfcResources, ReferencesLeadToWhatTheyName) {
  const std::string u = user("u"), inner = group("inner", R"([{"value":")" + u + R"("}])");
  const std::string outer = group("outer", R"([{"value":")" + inner + R"("}])");
  const Answer person = get("/Users/" + u), of_user = get("/Groups/" + inner), of_group = get("/Groups/" + outer);
  std::set<std::string> ids;
  for (const Json& entry : *person.body.find("groups")->array()) {
    ids.emplace(entry.find("value")->string_or(""));
    EXPECT_EQ(entry.find("$ref")->string_or(""), base_ + "/Groups/" + std::string(entry.find("value")->string_or("")));
    EXPECT_EQ(follow(std::string(entry.find("$ref")->string_or(""))), 200);
  }
  EXPECT_EQ(ids, (std::set<std::string>{inner, outer}));
  EXPECT_EQ(of_user.at("members/0/$ref"), base_ + "/Users/" + u);
  EXPECT_EQ(follow(of_user.at("members/0/$ref")), 200);
  EXPECT_EQ(follow(of_group.at("members/0/$ref")), 200);
  ASSERT_EQ(remove("/Groups/" + inner).status, 204);
  EXPECT_EQ(follow(of_group.at("members/0/$ref")), 404);
}

// shows 7643-2.3.8-1
TEST_F(RfcResources, TheOrderOfSubAttributesMeansNothing) {
  const std::string a = user("a", R"(,"name":{"givenName":"G","familyName":"F"})");
  const std::string b = user("b", R"(,"name":{"familyName":"F","givenName":"G"})");
  EXPECT_EQ(*get("/Users/" + a).body.find("name"), *get("/Users/" + b).body.find("name"));
  EXPECT_EQ(get("/Users/" + b).at("name/givenName"), "G");
}

// shows 7643-2.4-3
TEST_F(RfcResources, OnePrimaryValueAtMost) {
  const std::string two = R"([{"value":"a@x","primary":true},{"value":"b@x","primary":true}])";
  const Answer refused = post("/Users", R"({"userName":"u","emails":)" + two + "}");
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(refused.scim_type(), "invalidValue");
  const std::string id = user("u", R"(,"emails":[{"value":"a@x","primary":true},{"value":"b@x"}])");
  EXPECT_EQ(put("/Users/" + id, R"({"userName":"u","emails":)" + two + "}").scim_type(), "invalidValue");
  EXPECT_EQ(patch("/Users/" + id, R"([{"op":"replace","path":"emails","value":)" + two + "}]").scim_type(),
            "invalidValue");
  EXPECT_EQ(get("/Users/" + id).at("emails/0/primary"), "true");
}

// shows 7643-2.4-4
TEST_F(RfcResources, WhatDoesNotSayPrimaryIsNotPrimary) {
  user("none", R"(,"emails":[{"value":"a@x.example"}])");
  user("one", R"(,"emails":[{"value":"b@x.example","primary":true}])");
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"emails[primary eq false]", "none"},      {"emails[primary ne true]", "none"},
      {"emails.primary eq false", "none"},       {"emails[primary eq true]", "one"},
      {"emails[not (primary eq false)]", "one"}, {"emails[primary pr]", "one"}};
  for (const auto& [filter, expected] : rows) {
    const Answer found = get("/Users?filter=" + encode(filter));
    EXPECT_EQ(found.total(), 1U) << filter << found.text;
    EXPECT_EQ(found.at("Resources/0/userName"), expected) << filter;
  }
}

// shows 7643-2.4-5
TEST_F(RfcResources, UrisCompareWithAndWithoutTheVersion) {
  const std::string u = user("u");
  group("g", R"([{"value":")" + u + R"("}])");
  for (const char* base : {"https://x.example/scim/v2", "https://x.example/scim", "https://x.example/scim/v1"})
    EXPECT_EQ(get("/Groups?filter=" + encode("members.$ref eq \"" + (base + ("/Users/" + u)) + "\"")).total(), 1U)
        << base;
  for (const char* base : {"https://y.example/scim/v2", "https://x.example/other", "https://x.example"})
    EXPECT_EQ(get("/Groups?filter=" + encode("members.$ref eq \"" + (base + ("/Users/" + u)) + "\"")).total(), 0U)
        << base;
}

// shows 7643-2.4-6
TEST_F(RfcResources, MembersAreReturnedWithWhatTheyAre) {
  const std::string u = user("u", R"(,"displayName":"U V")"), id = group("g", R"([{"value":")" + u + R"("}])");
  const Answer read = get("/Groups/" + id);
  EXPECT_EQ(read.at("members/0/type"), "User");
  EXPECT_EQ(read.at("members/0/$ref"), base_ + "/Users/" + u);
}

// shows 7643-2.4-7
TEST_F(RfcResources, OneTypeAndValueIsNotReturnedTwice) {
  const std::string twice =
      R"([{"value":"a@x.example","type":"work"},{"value":"A@x.example","type":"Work","primary":true},
      {"value":"a@x.example","type":"home"},{"value":"a@x.example"}])";
  const std::string id = user("u", R"(,"emails":)" + twice);
  const auto check = [&](const char* after) {
    EXPECT_EQ(get("/Users/" + id).body.find("emails")->array()->size(), 3U) << after << get("/Users/" + id).text;
    EXPECT_EQ(get("/Users/" + id).at("emails/0/primary"), "true") << after;
  };
  check("POST");
  ASSERT_EQ(put("/Users/" + id, R"({"userName":"u","emails":)" + twice + "}").status, 200);
  check("PUT");
  ASSERT_EQ(patch("/Users/" + id, R"([{"op":"replace","path":"emails","value":)" + twice + "}]").status, 200);
  check("PATCH");
}

// shows 7643-2.5-1
TEST_F(RfcResources, AbsentNullAndEmptyAreOne) {
  for (const char* more : {"", R"(,"title":null,"emails":null)", R"(,"emails":[])"}) {
    const std::string id = user("u" + std::to_string(std::string(more).size()), more);
    EXPECT_EQ(get("/Users/" + id).body.find("title"), nullptr) << more;
    EXPECT_EQ(get("/Users/" + id).body.find("emails"), nullptr) << more;
    for (const char* value : {"null", "[]"}) {
      ASSERT_EQ(patch("/Users/" + id, R"([{"op":"add","path":"emails","value":[{"value":"a@x"}]}])").status, 200);
      const Answer cleared =
          patch("/Users/" + id, R"([{"op":"replace","path":"emails","value":)" + std::string(value) + "}]");
      EXPECT_EQ(cleared.body.find("emails"), nullptr) << value;
    }
  }
  EXPECT_EQ(get("/Users?filter=emails+pr").total(), 0U);
  EXPECT_EQ(get("/Users?filter=" + encode("not (title pr)")).total(), 3U);
}

// shows 7643-3.3-5
TEST_F(RfcResources, AttributesOfAnExtensionStandBelowItsUri) {
  const std::string id = user("u", R"(,"department":"outside",")" ENTERPRISE R"(":{"department":"inside"})");
  const Answer read = get("/Users/" + id);
  EXPECT_EQ(read.at(ENTERPRISE "/department"), "inside");
  EXPECT_EQ(read.body.find("department"), nullptr);
}

// shows 7643-4.1.1-1, 7643-4.1.1-3, 7643-4.2-1
TEST_F(RfcResources, ANameIsRequired) {
  for (const char* body : {"{}", R"({"userName":""})", R"({"userName":" "})", R"({"userName":null})"}) {
    EXPECT_EQ(post("/Users", body).scim_type(), "invalidValue") << body;
  }
  for (const char* body : {"{}", R"({"displayName":""})", R"({"displayName":null})"})
    EXPECT_EQ(post("/Groups", body).scim_type(), "invalidValue") << body;
  EXPECT_EQ(get("/Users").total(), 0U);
  EXPECT_EQ(get("/Groups").total(), 0U);
}

// shows 7643-4.1.1-2, 7643-7-13, 7643-7-14, 7644-3.3-6
TEST_F(RfcResources, AUserNameIsUnique) {
  user("ada");
  const std::string other = user("bob");
  const Answer refused = post("/Users", R"({"userName":"ADA"})");
  EXPECT_EQ(refused.status, 409);
  EXPECT_EQ(refused.scim_type(), "uniqueness");
  EXPECT_EQ(put("/Users/" + other, R"({"userName":"ada"})").status, 409);
  EXPECT_EQ(patch("/Users/" + other, R"([{"op":"replace","path":"userName","value":"Ada"}])").scim_type(),
            "uniqueness");
  EXPECT_EQ(get("/Users?filter=" + encode(R"(userName eq "ada")")).total(), 1U);
}

// shows 7643-4.1.1-6
TEST_F(RfcResources, TheDisplayNameIsTheLabel) {
  const std::string u = user("u", R"(,"displayName":"Ursula V")"), id = group("g", R"([{"value":")" + u + R"("}])");
  EXPECT_EQ(get("/Groups/" + id).at("members/0/display"), "Ursula V");
}

// shows 7643-9.2-1, 7643-4.1.1-13
TEST_F(RfcResources, APasswordIsNowhereAfterwards) {
  const std::string secret = "correct-horse-battery";
  const std::string id = user("findable-name", R"(,"password":")" + secret + "\"");
  for (const Answer& answer :
       {get("/Users/" + id), get("/Users/" + id + "?attributes=password"), get("/Users?attributes=password"),
        put("/Users/" + id, R"({"userName":"findable-name","password":")" + secret + "\"}"),
        patch("/Users/" + id, R"([{"op":"replace","path":"password","value":")" + secret + "\"}]")}) {
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.text.find(secret), std::string::npos);
    EXPECT_EQ(answer.body.find("password"), nullptr);
  }
  bool name_found = false;
  for (const auto& file : std::filesystem::recursive_directory_iterator(directory_)) {
    if (!file.is_regular_file()) continue;
    std::ostringstream content;
    content << std::ifstream(file.path(), std::ios::binary).rdbuf();
    name_found = name_found || content.str().find("findable-name") != std::string::npos;
    EXPECT_EQ(content.str().find(secret), std::string::npos) << file.path();
  }
  EXPECT_TRUE(name_found) << "the search itself finds what is there";
}

// shows 7643-4.1.2-2, 7643-4.1.2-4, 7643-4.1.2-5, 7643-4.1.2-9
TEST_F(RfcResources, ValuesAreReturnedAsTheyWereSent) {
  const Answer made = post("/Users", R"({"userName":"u","emails":[{"value":"Ada@X.EXAMPLE"}],
      "phoneNumbers":[{"value":"+49 (0)30-12 34"}],"ims":[{"value":" Ada L ","type":"xmpp"}],
      "addresses":[{"country":"Germany"}]})");
  ASSERT_EQ(made.status, 201) << made.text;
  const Answer read = get("/Users/" + made.at("id"));
  EXPECT_EQ(read.at("emails/0/value"), "Ada@X.EXAMPLE");
  EXPECT_EQ(read.at("phoneNumbers/0/value"), "+49 (0)30-12 34");
  EXPECT_EQ(read.at("ims/0/value"), " Ada L ");
  EXPECT_EQ(read.at("addresses/0/country"), "Germany");
  EXPECT_EQ(get("/Users?filter=" + encode(R"(emails eq "ada@x.example")")).total(), 1U) << "compared without case";
}

// shows 7643-4.1.2-14
TEST_F(RfcResources, WhatStandsInACertificateIsNotLookedInto) {
  const std::string two = "MAMCAQEwAwIBAg==";  // two DER values, one after the other
  const std::string id = user("u", R"(,"x509Certificates":[{"value":")" + two + R"("}])");
  EXPECT_EQ(get("/Users/" + id).at("x509Certificates/0/value"), two);
}

// shows 7643-4.1.2-10, 7643-4.1.2-12
TEST_F(RfcResources, MembershipChangesThroughTheGroup) {
  const std::string u = user("u"), id = group("g", R"([{"value":")" + u + R"("}])"), other = group("other");
  EXPECT_EQ(get("/Users/" + u).at("groups/0/type"), "direct");
  EXPECT_EQ(put("/Users/" + u, R"({"userName":"u","groups":[{"value":")" + other + R"("}]})").status, 200);
  EXPECT_EQ(
      patch("/Users/" + u, R"([{"op":"add","path":"groups","value":[{"value":")" + other + R"("}]}])").scim_type(),
      "mutability");
  EXPECT_EQ(patch("/Users/" + u, R"([{"op":"remove","path":"groups"}])").scim_type(), "mutability");
  EXPECT_EQ(get("/Users/" + u).at("groups/0/value"), id);
  EXPECT_EQ(get("/Users/" + u).at("groups/1"), "");
  ASSERT_EQ(patch("/Groups/" + id, R"([{"op":"remove","path":"members[value eq \")" + u + R"(\"]"}])").status, 204);
  EXPECT_EQ(get("/Users/" + u).at("groups"), "[]");
}

// shows 7643-4.3-1, 7643-4.3-2
TEST_F(RfcResources, TheManagerIsKeptAsItCame) {
  const std::string boss = user("boss");
  const std::string reference = base_ + "/Users/" + boss;
  const std::string id =
      user("u", R"(,")" ENTERPRISE R"(":{"manager":{"value":")" + boss + R"(","$ref":")" + reference + R"("}})");
  EXPECT_EQ(get("/Users/" + id).at(ENTERPRISE "/manager/value"), boss);
  EXPECT_EQ(get("/Users/" + id).at(ENTERPRISE "/manager/$ref"), reference);
  EXPECT_EQ(get("/Users?filter=" + encode(ENTERPRISE ":manager.value eq \"" + boss + "\"")).total(), 1U);
  const std::string numbered = user("v", R"(,")" ENTERPRISE R"(":{"manager":{"value":"271"}})");
  EXPECT_EQ(get("/Users/" + numbered).at(ENTERPRISE "/manager"), R"({"value":"271"})");
}

// shows 7643-7-9
TEST_F(RfcResources, TheCaseOfACaseExactValueIsKept) {
  const std::string id = user("u", R"(,"externalId":"AbC","profileUrl":"https://X.example/AbC")");
  EXPECT_EQ(get("/Users/" + id).at("externalId"), "AbC");
  EXPECT_EQ(get("/Users/" + id).at("profileUrl"), "https://X.example/AbC");
  EXPECT_EQ(get("/Users?filter=" + encode(R"(externalId eq "AbC")")).total(), 1U);
  EXPECT_EQ(get("/Users?filter=" + encode(R"(externalId eq "abc")")).total(), 0U);
}

}  // namespace
}  // namespace rosterd::scim
