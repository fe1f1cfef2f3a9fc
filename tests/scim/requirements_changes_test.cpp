// What RFC 7643 section 7 and RFC 7644 sections 3.3, 3.5.1 and 3.6 demand of POST, PUT and DELETE.
#include "tests/scim/service.h"

namespace rosterd::scim {
namespace {

class RfcChanges : public Service {};

// shows 7643-7-10, 7644-3.5.2-5, 7644-3.5.2-6, 7644-3.5.2-7
TEST_F(RfcChanges, ReadOnlyValuesAreNotModified) {
  const std::string id = user("u");
  const std::string before = get("/Users/" + id).text;
  for (const char* path : {"id", "meta", "meta.created", "groups", "meta.version"}) {
    const Answer refused = patch(
        "/Users/" + id, R"([{"op":"replace","path":")" + std::string(path) + R"(","value":"2001-01-01T00:00:00Z"}])");
    EXPECT_EQ(refused.status, 400) << path;
    EXPECT_EQ(refused.scim_type(), "mutability") << path;
    EXPECT_NE(refused.at("detail"), "") << path;
  }
  EXPECT_EQ(get("/Users/" + id).text, before);
}

// shows 7643-7-11, 7644-3.5.2-6
TEST_F(RfcChanges, ImmutableValuesAreNotUpdated) {
  const std::string a = user("a"), b = user("b"), id = group("g", R"([{"value":")" + a + R"("}])");
  const Answer refused = patch("/Groups/" + id, R"([{"op":"replace","path":"members[value eq \")" + a +
                                                    R"(\"].value","value":")" + b + R"("}])");
  EXPECT_EQ(refused.status, 400) << refused.text;
  EXPECT_EQ(refused.scim_type(), "mutability");
  EXPECT_EQ(members_of(id), "a");
}

// shows 7644-3.1-4, 7644-3.3-3, 7644-3.3-4
TEST_F(RfcChanges, ACreationIsAnsweredWithTheResource) {
  const Answer made = post("/Users", R"({"userName":" u ","active":"False","title":"","shoeSize":44})");
  ASSERT_EQ(made.status, 201) << made.text;
  EXPECT_EQ(*made.body.find("active"), json("false"));
  EXPECT_EQ(made.at("userName"), "u");
  EXPECT_EQ(made.body.find("title"), nullptr);
  EXPECT_EQ(made.body.find("shoeSize"), nullptr);
  EXPECT_EQ(get("/Users/" + made.at("id")).body, made.body);
  const Answer made_group = post("/Groups", R"({"displayName":"g"})");
  EXPECT_EQ(made_group.status, 201);
  EXPECT_EQ(get("/Groups/" + made_group.at("id")).body, made_group.body);
}

// shows 7644-3.2-3, 7644-3.5.1-1
TEST_F(RfcChanges, PutCreatesNothing) {
  EXPECT_EQ(put("/Users/0a0a0a0a", R"({"userName":"u","id":"0a0a0a0a"})").status, 404);
  EXPECT_EQ(put("/Groups/0a0a0a0a", R"({"displayName":"g","id":"0a0a0a0a"})").status, 404);
  EXPECT_EQ(put("/Users", R"({"userName":"u"})").status, 405);
  EXPECT_EQ(get("/Users").total(), 0U);
  EXPECT_EQ(get("/Groups").total(), 0U);
}

// shows 7644-3.5-1, 7644-3.5.1-2, 7644-3.5.1-6
TEST_F(RfcChanges, PutReplaces) {
  const std::string id = user("u", R"(,"title":"T","emails":[{"value":"a@x"}])");
  const Answer put_user = put("/Users/" + id, R"({"userName":"v","title":"S","emails":[{"value":"b@x"}],"id":"mine",
      "password":"hunter2","meta":{"created":"2001-01-01T00:00:00Z"},"groups":[{"value":"x"}]})");
  ASSERT_EQ(put_user.status, 200) << put_user.text;
  const Answer read = get("/Users/" + id);
  EXPECT_EQ(read.at("userName"), "v");
  EXPECT_EQ(read.at("title"), "S");
  EXPECT_EQ(*read.body.find("emails"), json(R"([{"value":"b@x"}])"));
  EXPECT_EQ(read.at("meta/created"), "2026-01-01T00:00:00.000Z");
  EXPECT_EQ(read.at("groups"), "[]");
  const std::string a = user("a"), b = user("b"), g = group("g", R"([{"value":")" + a + R"("}])");
  EXPECT_EQ(put("/Groups/" + g, R"({"displayName":"h","members":[{"value":")" + b + R"("}]})").status, 200);
  EXPECT_EQ(get("/Groups/" + g).at("displayName"), "h");
  EXPECT_EQ(members_of(g), "b");
}

// shows 7644-3.6-1, 7644-3.6-2, 7644-3.6-3, 7644-3.6-4, 7644-3.6-5
TEST_F(RfcChanges, WhatWasDeletedIsGone) {
  const std::string u = user("u", R"(,"externalId":"K")"), g = group("g");
  const Answer deleted = remove("/Users/" + u);
  EXPECT_EQ(deleted.status, 204);
  EXPECT_EQ(deleted.text, "");
  EXPECT_EQ(remove("/Groups/" + g).status, 204);
  const std::string operations = R"({"Operations":[{"op":"replace","path":"displayName","value":"x"}]})";
  for (const std::string& target : {"/Users/" + u, "/Groups/" + g}) {
    EXPECT_EQ(get(target).status, 404);
    EXPECT_EQ(put(target, R"({"userName":"u","displayName":"g"})").status, 404);
    EXPECT_EQ(send("PATCH", target, operations).status, 404);
    EXPECT_EQ(remove(target).status, 404);
  }
  EXPECT_EQ(get("/Users").total(), 0U);
  EXPECT_EQ(get("/Groups").total(), 0U);
  EXPECT_EQ(post("/.search", "{}").total(), 0U);
  EXPECT_EQ(get("/Users?filter=" + encode(R"(userName eq "u")")).total(), 0U);
  EXPECT_EQ(post("/Users", R"({"userName":"u","externalId":"K"})").status, 201);
  EXPECT_EQ(post("/Groups", R"({"displayName":"g"})").status, 201);
}

}  // namespace
}  // namespace rosterd::scim
