#include "scim/intake.h"

#include "scim/quirks.h"
#include "tests/scim/support.h"

namespace rosterd::scim {
namespace {

std::string taken(std::string_view text, const ResourceType& type) {
  Notes notes;
  Json body = json(text);
  rewrite_resource(body, notes);
  const auto document = take_in(body, type, notes);
  return document ? write_json(*document) : document.error().scim_type;
}

TEST(Intake, Users) {
  const std::vector<std::pair<std::string, std::string>> rows = {
      {R"({"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"u"})", R"({"userName":"u"})"},
      {R"({"USERNAME":"u","ACTIVE":"True"})", R"({"userName":"u","active":true})"},
      {R"({"userName":"u","id":"x","meta":{"resourceType":"User"},"groups":[],"roles":[],"shoeSize":44})",
       R"({"userName":"u"})"},
      {R"({"userName":"u","title":"","nickName":null,"emails":[],"name":{"givenName":""}})", R"({"userName":"u"})"},
      {R"({"userName":"u","emails":[{"value":"a","type":"work","primary":"true","kind":"x"}]})",
       R"({"userName":"u","emails":[{"value":"a","type":"work","primary":true}]})"},
      {R"({"userName":"u","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"manager":"271","employeeNumber":7,"x":1}})",
       R"({"userName":"u","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"employeeNumber":"7","manager":{"value":"271"}}})"},
      {R"({"userName":"u","urn:scim:schemas:extension:enterprise:1.0":{"department":"d"},"schemas":["urn:scim:schemas:core:2.0"]})",
       R"({"userName":"u","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"d"}})"},
      {R"({"userName":"u","roles":[{"value":"{\"id\":\"1\",\"value\":\"Admin\",\"displayName\":\"A\"}"}]})",
       R"({"userName":"u","roles":[{"value":"Admin","display":"A"}]})"},
      {R"({"userName":"u","urn:rosterd:params:scim:schemas:extension:access:2.0:User":{"roles":["Admin"]}})",
       R"({"userName":"u"})"},
      {R"({})", "invalidValue"},
      {R"({"userName":"  "})", "invalidValue"},
      {R"({"userName":["u"]})", "invalidValue"},
      {R"({"userName":"u","active":"perhaps"})", "invalidValue"},
      {R"({"userName":"u","name":"x"})", "invalidValue"},
      {R"({"userName":"u","emails":[null]})", "invalidValue"},
      {R"({"userName":"u","emails":[{"value":"a","primary":true},{"value":"b","primary":true}]})", "invalidValue"},
      {R"({"userName":"u","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":"x"})", "invalidValue"},
      {R"([])", "invalidSyntax"}};
  for (const auto& [text, expected] : rows) EXPECT_EQ(taken(text, catalogue().user()), expected) << text;
  EXPECT_EQ(taken(R"({"userName":")" + repeat("x", 40'000) + "\"}", catalogue().user()), "invalidValue");
}

TEST(Intake, Groups) {
  EXPECT_EQ(taken(R"({"displayName":"g","members":[],"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group",
    "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],"externalId":"e","meta":{}})",
                  catalogue().group()),
            R"({"externalId":"e","displayName":"g"})");
  EXPECT_EQ(
      taken(R"({"members":["u",{"value":"v","$ref":null,"display":"V"}],"displayName":"g"})", catalogue().group()),
      R"({"displayName":"g","members":[{"value":"u"},{"value":"v"}]})");
  EXPECT_EQ(taken(R"({"members":[]})", catalogue().group()), "invalidValue");
}

TEST(Intake, WhatIsIgnoredIsNoted) {
  Notes notes;
  ASSERT_TRUE(
      take_in(json(R"({"userName":"u","shoeSize":1,"meta":{},"emails":"a@b"})"), catalogue().user(), notes).ok());
  std::vector<std::string> texts;
  for (const Note& note : notes.list()) texts.push_back(to_string(note));
  EXPECT_EQ(texts, (std::vector<std::string>{"missing-schemas: schemas", "unknown-attributes: shoeSize",
                                             "ignored: read-only attribute meta", "one-value-for-many: emails",
                                             "plain-value-for-object: emails"}));
}

}  // namespace
}  // namespace rosterd::scim
