// What RFC 7644 section 3.5.2 demands of PATCH.
#include "tests/scim/service.h"

namespace rosterd::scim {
namespace {

#define ENTERPRISE "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

class RfcPatch : public Service {
 protected:
  void SetUp() override {
    target_ = "/Users/" + user("u", R"(,"title":"T","name":{"givenName":"G","familyName":"F"},"emails":[
        {"value":"a@x","type":"work","primary":true,"display":"d"},{"value":"b@x","type":"home"}])");
    before_ = get(target_).text;
  }
  // One operation, "op" and what follows it.
  Answer operate(const std::string& operation) { return patch(target_, "[{\"op\":" + operation + "}]"); }
  std::string attribute(const char* name) {
    const Answer read = get(target_);
    const Json* found = read.body.find(name);
    return found == nullptr ? "none" : write_json(*found);
  }
  void refused(const Answer& answer, const char* scim_type, const std::string& what) {
    EXPECT_EQ(answer.status, 400) << what;
    EXPECT_EQ(answer.scim_type(), scim_type) << what;
    EXPECT_NE(answer.at("detail"), "") << what;
    EXPECT_EQ(get(target_).text, before_) << what;
  }
  std::string target_, before_;
};

// shows 7644-3.5-2, 7644-3.5.2-15, 7644-3.5.2-16
TEST_F(RfcPatch, IsAnsweredWithTheResourceOrWithNothing) {
  const Answer answer = operate(R"("replace","path":"title","value":"S")");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, get(target_).body);
  EXPECT_EQ(answer.at("title"), "S");
  const std::string g = "/Groups/" + group("g");
  const Answer empty = patch(g, R"([{"op":"replace","path":"displayName","value":"h"}])");
  EXPECT_EQ(empty.status, 204);
  EXPECT_EQ(empty.text, "");
  EXPECT_EQ(empty.header("ETag"), get(g).header("ETag"));
  const char* rename = R"([{"op":"replace","path":"displayName","value":"i"}])";
  for (const std::string& target : {target_, g}) {
    const Answer asked = patch(target + "?attributes=displayName", rename);
    EXPECT_EQ(asked.status, 200) << target;
    EXPECT_EQ(asked.at("displayName"), "i") << target;
    EXPECT_EQ(asked.body.find("meta"), nullptr) << target;
  }
}

// shows 7644-3.5.2-2
TEST_F(RfcPatch, HasOperations) {
  for (const char* body : {"{}", R"({"Operations":{}})", R"({"Operations":"x"})", R"({"Operations":[1]})"})
    refused(send("PATCH", target_, body), "invalidSyntax", body);
  connection_.habits = habits_of(Profile::strict);
  refused(patch(target_, "[]"), "invalidSyntax", "none");
}

// shows 7644-3.5.2-3
TEST_F(RfcPatch, AnOperationHasOneOp) {
  for (const char* operation :
       {R"({"path":"title","value":"S"})", R"({"op":"move","path":"title","value":"S"})",
        R"({"op":["add"],"path":"title","value":"S"})", R"({"op":"add","op":"remove","path":"title","value":"S"})"})
    refused(patch(target_, "[" + std::string(operation) + "]"), "invalidSyntax", operation);
}

// shows 7644-3.5.2-4
TEST_F(RfcPatch, RemoveHasAPath) {
  refused(operate(R"("remove")"), "noTarget", "no path");
  refused(operate(R"("remove","value":{"title":"T"})"), "noTarget", "a value only");
}

// shows 7644-3.5.2-5, 7644-3.5.2-7
TEST_F(RfcPatch, AnOperationFitsTheSchema) {
  const std::vector<std::pair<const char*, const char*>> rows = {
      {R"("replace","path":"active","value":"perhaps")", "invalidValue"},
      {R"("replace","path":"name","value":"text")", "invalidValue"},
      {R"("replace","path":"title","value":{"a":1})", "invalidValue"},
      {R"("add","path":"emails","value":[[]])", "invalidValue"},
      {R"("add","path":"shoeSize","value":44)", "invalidPath"},
      {R"("add","path":"name.shoeSize","value":44)", "invalidPath"},
      {R"("add","path":"emails[shoe eq 44].value","value":"x")", "invalidFilter"},
      {R"("replace","path":"id","value":"x")", "mutability"},
      {R"("add","path":"groups","value":[{"value":"x"}])", "mutability"}};
  for (const auto& [operation, scim_type] : rows) refused(operate(operation), scim_type, operation);
}

// shows 7644-3.5.2-8, 7644-3.5.2-9
TEST_F(RfcPatch, PathsFollowTheSchemasAsTheyAreByThen) {
  const Answer answer = patch(target_, R"([
      {"op":"add","path":"urn:ietf:params:scim:schemas:core:2.0:User:title","value":"S"},
      {"op":"add","path":"schemas","value":[")" ENTERPRISE R"("]},
      {"op":"add","path":")" ENTERPRISE R"(:department","value":"D"},
      {"op":"replace","path":")" ENTERPRISE R"(:department","value":"E"}])");
  ASSERT_EQ(answer.status, 200) << answer.text;
  EXPECT_EQ(answer.at("title"), "S");
  EXPECT_EQ(answer.at(ENTERPRISE "/department"), "E");
  EXPECT_NE(answer.at("schemas").find(ENTERPRISE), std::string::npos);
  const Answer gone = operate(R"("remove","path":")" ENTERPRISE R"(")");
  EXPECT_EQ(gone.at("schemas").find(ENTERPRISE), std::string::npos);
  EXPECT_EQ(gone.body.find(ENTERPRISE), nullptr);
}

// shows 7644-3.5.2-10
TEST_F(RfcPatch, ANewPrimaryTakesThePlaceOfTheOld) {
  for (const char* operation : {R"("add","path":"emails","value":[{"value":"c@x","primary":true}])",
                                R"("replace","path":"emails[type eq \"home\"].primary","value":true)",
                                R"("add","path":"emails[value eq \"a@x\"]","value":{"primary":true})"}) {
    const Answer answer = operate(operation);
    ASSERT_EQ(answer.status, 200) << operation << answer.text;
    int primaries = 0;
    for (const Json& email : *answer.body.find("emails")->array()) {
      const Json* primary = email.find("primary");
      primaries += primary != nullptr && *primary->boolean() ? 1 : 0;
    }
    EXPECT_EQ(primaries, 1) << operation << answer.text;
  }
  EXPECT_EQ(get(target_).at("emails/0/primary"), "true") << "the last one set";
}

// shows 7644-3.5.2-11, 7644-3.5.2-12, 7644-3.5.2-13, 7644-3.5.2-14
TEST_F(RfcPatch, IsAtomic) {
  const std::string good = R"({"op":"replace","path":"title","value":"S"},{"op":"remove","path":"emails"},)";
  refused(patch(target_, "[" + good + R"({"op":"add","path":"nope","value":1}])"), "invalidPath", "at last");
  user("taken");
  const Answer taken = patch(target_, "[" + good + R"({"op":"replace","path":"userName","value":"TAKEN"}])");
  EXPECT_EQ(taken.status, 409);
  EXPECT_EQ(taken.scim_type(), "uniqueness");
  EXPECT_EQ(get(target_).text, before_);
  const std::string a = user("a"), g = group("g");
  const Answer member = patch("/Groups/" + g, R"([{"op":"add","path":"members","value":[{"value":")" + a +
                                                  R"("}]},{"op":"replace","path":"displayName","value":null}])");
  EXPECT_EQ(member.status, 400) << member.text;
  EXPECT_EQ(members_of(g), "");
}

// shows 7644-3.5.2.1-1, 7644-3.5.2.1-2
TEST_F(RfcPatch, AddHasAValueThatFits) {
  refused(operate(R"("add","path":"title")"), "invalidValue", "no value");
  refused(operate(R"("add","path":"name","value":"text")"), "invalidValue", "no sub-attributes");
  refused(operate(R"("add","path":"name","value":["text"])"), "invalidValue", "an array");
  EXPECT_EQ(operate(R"("add","path":"name","value":{"middleName":"M"})").status, 200);
  EXPECT_EQ(attribute("name"), R"({"givenName":"G","familyName":"F","middleName":"M"})");
}

// shows 7644-3.5.2.1-3, 7644-3.5.2.1-4, 7644-3.5.2.1-5
TEST_F(RfcPatch, AddingWhatIsThereChangesNothing) {
  clock_.advance(std::chrono::minutes{1});
  for (const char* operation : {R"("add","path":"title","value":"T")", R"("add","value":{"title":"T"})",
                                R"("add","path":"emails","value":[{"value":"b@x","type":"home"}])",
                                R"("add","path":"name","value":{"givenName":"G"})"}) {
    EXPECT_EQ(operate(operation).status, 200) << operation;
    EXPECT_EQ(get(target_).text, before_) << operation;
  }
  const std::string a = user("a"), g = "/Groups/" + group("g", R"([{"value":")" + a + R"("}])");
  const std::string group_before = get(g).text;
  clock_.advance(std::chrono::minutes{1});
  EXPECT_LT(patch(g, R"([{"op":"add","path":"members","value":[{"value":")" + a + R"("}]}])").status, 300);
  EXPECT_EQ(get(g).text, group_before);
}

// shows 7644-3.5.2.2-1, 7644-3.5.2.2-2, 7644-3.5.2.2-3, 7644-3.5.2.2-4, 7644-3.5.2.2-5
TEST_F(RfcPatch, WhatIsRemovedIsUnassigned) {
  EXPECT_EQ(operate(R"("remove","path":"title")").body.find("title"), nullptr);
  EXPECT_EQ(get("/Users?filter=title+pr").total(), 0U);
  operate(R"("remove","path":"emails[type eq \"work\"].display")");
  EXPECT_EQ(attribute("emails"), R"([{"value":"a@x","type":"work","primary":true},{"value":"b@x","type":"home"}])");
  operate(R"("remove","path":"emails[type eq \"work\"]")");
  EXPECT_EQ(attribute("emails"), R"([{"value":"b@x","type":"home"}])");
  operate(R"("remove","path":"emails[value eq \"b@x\"]")");
  EXPECT_EQ(attribute("emails"), "none");
  EXPECT_EQ(get("/Users?filter=emails+pr").total(), 0U);
  ASSERT_EQ(operate(R"("add","path":"emails","value":[{"value":"c@x"},{"value":"d@x"}])").status, 200);
  operate(R"("remove","path":"emails")");
  EXPECT_EQ(attribute("emails"), "none");
}

// shows 7644-3.5.2.2-6
TEST_F(RfcPatch, WhatIsRequiredOrReadOnlyStays) {
  for (const char* path : {"userName", "id", "meta", "groups"})
    refused(operate(R"("remove","path":")" + std::string(path) + "\""), "mutability", path);
  const std::string g = "/Groups/" + group("g");
  EXPECT_EQ(patch(g, R"([{"op":"remove","path":"displayName"}])").scim_type(), "mutability");
  EXPECT_EQ(get(g).at("displayName"), "g");
}

// shows 7644-3.5.2.3-1
TEST_F(RfcPatch, ReplaceWithoutAPathHasAnObject) {
  for (const char* value : {R"("text")", "[1]", "7", "null"})
    refused(operate(R"("replace","value":)" + std::string(value)), "invalidValue", value);
  const Answer answer = operate(R"("replace","value":{"title":"S","nickName":"N"})");
  EXPECT_EQ(answer.at("title"), "S");
  EXPECT_EQ(answer.at("nickName"), "N");
  EXPECT_EQ(answer.at("name/givenName"), "G");
}

// shows 7644-3.5.2.3-2
TEST_F(RfcPatch, ReplacingWhatIsNotThereAddsIt) {
  EXPECT_EQ(operate(R"("replace","path":"nickName","value":"N")").at("nickName"), "N");
  EXPECT_EQ(operate(R"("replace","path":"name.middleName","value":"M")").at("name/middleName"), "M");
  EXPECT_EQ(operate(R"("replace","path":"ims","value":[{"value":"i"}])").at("ims/0/value"), "i");
}

// shows 7644-3.5.2.3-3
TEST_F(RfcPatch, ReplacingAComplexValueLeavesWhatIsNotNamed) {
  refused(operate(R"("replace","path":"name","value":"text")"), "invalidValue", "no sub-attributes");
  ASSERT_EQ(operate(R"("replace","path":"name","value":{"givenName":"H","middleName":"M"})").status, 200);
  EXPECT_EQ(attribute("name"), R"({"givenName":"H","familyName":"F","middleName":"M"})");
}

// shows 7644-3.5.2.3-4
TEST_F(RfcPatch, AllThatMatchAreReplaced) {
  ASSERT_EQ(operate(R"("add","path":"emails","value":[{"value":"c@x","type":"home"}])").status, 200);
  ASSERT_EQ(operate(R"("replace","path":"emails[type eq \"home\"].display","value":"D")").status, 200);
  EXPECT_EQ(attribute("emails"), R"([{"value":"a@x","type":"work","primary":true,"display":"d"},)"
                                 R"({"value":"b@x","type":"home","display":"D"},)"
                                 R"({"value":"c@x","type":"home","display":"D"}])");
}

// shows 7644-3.5.2.3-5
TEST_F(RfcPatch, ReplacingWhatNothingMatchesIsRefusedWhereAsked) {
  const char* operation = R"("replace","path":"emails[type eq \"other\"].value","value":"o@x")";
  connection_.habits.set(Habit::replace_without_match, false);
  refused(operate(operation), "noTarget", operation);
  connection_.habits.set(Habit::replace_without_match);
  EXPECT_EQ(operate(operation).at("emails/2/value"), "o@x") << "the default makes the element";
}

}  // namespace
}  // namespace rosterd::scim
