#include "scim/patch.h"

#include "scim/quirks.h"
#include "tests/scim/support.h"

namespace rosterd::scim {
namespace {

struct Row {
  const char* name;
  std::string document;
  std::string operations;  // the array
  std::string expected;    // the document afterwards, or a scimType
};

PatchContext context(Notes& notes, Resource resource = Resource::user) {
  static const PatchLimits limits;
  return {catalogue(), catalogue().type(resource), notes, limits};
}

std::string applied(const Row& row, Profile profile) {
  Notes notes(habits_of(profile));
  Json body(make_object(
      {{"schemas", Array{"urn:ietf:params:scim:api:messages:2.0:PatchOp"}}, {"Operations", json(row.operations)}}));
  rewrite_patch(body, notes);
  const auto operations = parse_operations(body, context(notes));
  if (!operations) return operations.error().scim_type;
  const auto patched = apply_patch(*json(row.document).object(), *operations, context(notes));
  return patched ? write_json(*patched) : patched.error().scim_type;
}

void check(const std::vector<Row>& rows, Profile profile = Profile::generic) {
  for (const Row& row : rows) {
    const std::string result = applied(row, profile);
    if (row.expected.starts_with('{') && result.starts_with('{')) {
      EXPECT_EQ(json(result), json(row.expected)) << row.name;
    } else {
      EXPECT_EQ(result, row.expected) << row.name;
    }
  }
}

#define ENTERPRISE "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

TEST(Patch, SingleValues) {
  check({
      {"add", R"({"userName":"u"})", R"([{"op":"add","path":"title","value":"T"}])", R"({"userName":"u","title":"T"})"},
      {"op in any case", R"({})", R"([{"op":"ADD","path":"TITLE","value":"T"}])", R"({"title":"T"})"},
      {"replace", R"({"title":"a"})", R"([{"op":"Replace","path":"title","value":"b"}])", R"({"title":"b"})"},
      {"remove", R"({"title":"a","locale":"x"})", R"([{"op":"Remove","path":"title"}])", R"({"locale":"x"})"},
      {"remove what is absent", R"({})", R"([{"op":"remove","path":"title"}])", R"({})"},
      {"null clears", R"({"title":"a"})", R"([{"op":"replace","path":"title","value":null}])", R"({})"},
      {"empty string clears", R"({"title":"a"})", R"([{"op":"replace","path":"title","value":""}])", R"({})"},
      {"boolean as text", R"({"active":true})", R"([{"op":"Replace","path":"active","value":"False"}])",
       R"({"active":false})"},
      {"boolean that is none", R"({})", R"([{"op":"replace","path":"active","value":"off"}])", "invalidValue"},
      {"number for text", R"({})", R"([{"op":"add","path":"title","value":12}])", R"({"title":"12"})"},
      {"object for text", R"({})", R"([{"op":"add","path":"title","value":{"a":1}}])", "invalidValue"},
      {"sub-attribute", R"({"name":{"givenName":"a"}})", R"([{"op":"add","path":"name.familyName","value":"b"}])",
       R"({"name":{"givenName":"a","familyName":"b"}})"},
      {"sub-attribute makes its parent", R"({})", R"([{"op":"replace","path":"name.familyName","value":"b"}])",
       R"({"name":{"familyName":"b"}})"},
      {"the last sub-attribute takes its parent along", R"({"name":{"givenName":"a"}})",
       R"([{"op":"remove","path":"name.givenName"}])", R"({})"},
      {"replace of a complex value merges and clears",
       R"({"name":{"familyName":"a","givenName":"b","middleName":"c"}})",
       R"([{"op":"replace","path":"name","value":{"familyName":null,"givenName":"X"}}])",
       R"({"name":{"givenName":"X","middleName":"c"}})"},
      {"required cannot go", R"({"userName":"u"})", R"([{"op":"remove","path":"userName"}])", "mutability"},
      {"required cannot be empty", R"({"userName":"u"})", R"([{"op":"replace","path":"userName","value":""}])",
       "invalidValue"},
      {"unknown attribute by path", R"({})", R"([{"op":"add","path":"shoeSize","value":1}])", "invalidPath"},
      {"unknown extension by path", R"({})", R"([{"op":"add","path":"urn:x:y:1.0:User:a","value":1}])", "invalidPath"},
      {"filter on a single value", R"({})", R"([{"op":"add","path":"title[value pr]","value":"x"}])", "invalidPath"},
  });
}

TEST(Patch, WithoutPath) {
  check({
      {"keys are paths", R"({"name":{"givenName":"x"}})",
       R"([{"op":"replace","value":{"displayName":"x","name.givenName":"y",")" ENTERPRISE R"(:employeeNumber":"z"}}])",
       R"({"displayName":"x","name":{"givenName":"y"},")" ENTERPRISE R"(":{"employeeNumber":"z"}})"},
      {"extension as an object", R"({")" ENTERPRISE R"(":{"division":"v"}})",
       R"([{"op":"add","value":{")" ENTERPRISE R"(":{"department":"d"}}}])",
       R"({")" ENTERPRISE R"(":{"division":"v","department":"d"}})"},
      {"a key with a value filter", R"({})", R"([{"op":"replace","value":{"emails[type eq \"work\"].value":"a"}}])",
       R"({"emails":[{"type":"work","value":"a"}]})"},
      {"unknown keys are ignored", R"({})",
       R"([{"op":"add","value":{"shoeSize":1,"urn:x:1.0:User:a":2,"title":"t","schemas":["x"]}}])", R"({"title":"t"})"},
      {"same id", R"({"id":"1"})", R"([{"op":"replace","value":{"id":"1","displayName":"N"}}])",
       R"({"id":"1","displayName":"N"})"},
      {"other id", R"({"id":"1"})", R"([{"op":"replace","value":{"id":"2"}}])", "mutability"},
      {"read-only echo", R"({"id":"1"})",
       R"([{"op":"replace","value":{"meta":{"version":"x"},"groups":[],"title":"t"}}])", R"({"id":"1","title":"t"})"},
      {"read-only by path", R"({"id":"1"})", R"([{"op":"replace","path":"groups","value":[{"value":"g"}]}])",
       "mutability"},
      {"same id by path", R"({"id":"1"})", R"([{"op":"replace","path":"id","value":"1"}])", R"({"id":"1"})"},
      {"other id by path", R"({"id":"1"})", R"([{"op":"replace","path":"id","value":"2"}])", "mutability"},
      {"our extension by path", R"({})",
       R"([{"op":"add","path":"urn:rosterd:params:scim:schemas:extension:access:2.0:User:roles","value":["Admin"]}])",
       "mutability"},
      {"value that is no object", R"({})", R"([{"op":"add","value":"x"}])", "invalidValue"},
      {"remove without a path", R"({})", R"([{"op":"remove"}])", "noTarget"},
      {"legacy URN in a key", R"({})",
       R"([{"op":"add","value":{"urn:scim:schemas:extension:enterprise:1.0:department":"d"}}])",
       R"({")" ENTERPRISE R"(":{"department":"d"}})"},
  });
}

TEST(Patch, MultiValued) {
  const std::string two = R"({"emails":[{"value":"a","type":"work","primary":true},{"value":"b","type":"home"}]})";
  check({
      {"add", two, R"([{"op":"add","path":"emails","value":[{"value":"c","type":"other"}]}])",
       R"({"emails":[{"value":"a","type":"work","primary":true},{"value":"b","type":"home"},{"value":"c","type":"other"}]})"},
      {"add one object", R"({})", R"([{"op":"add","path":"emails","value":{"value":"c"}}])",
       R"({"emails":[{"value":"c"}]})"},
      {"add again is idempotent", two, R"([{"op":"add","path":"emails","value":[{"value":"B","type":"home"}]}])",
       R"({"emails":[{"value":"a","type":"work","primary":true},{"value":"B","type":"home"}]})"},
      {"the added primary wins", two, R"([{"op":"add","path":"emails","value":[{"value":"c","primary":true}]}])",
       R"({"emails":[{"value":"a","type":"work","primary":false},{"value":"b","type":"home"},{"value":"c","primary":true}]})"},
      {"two primaries at once", two,
       R"([{"op":"add","path":"emails","value":[{"value":"c","primary":true},{"value":"d","primary":true}]}])",
       "invalidValue"},
      {"replace", two, R"([{"op":"replace","path":"emails","value":[{"value":"c"}]}])",
       R"({"emails":[{"value":"c"}]})"},
      {"replace with nothing", two, R"([{"op":"replace","path":"emails","value":[]}])", R"({})"},
      {"replace with null", two, R"([{"op":"replace","path":"emails","value":null}])", R"({})"},
      {"add a null element", two, R"([{"op":"add","path":"emails","value":[null]}])", "invalidValue"},
      {"remove all", two, R"([{"op":"remove","path":"emails"}])", R"({})"},
      {"remove some by value", two, R"([{"op":"remove","path":"emails","value":[{"value":"A"}]}])",
       R"({"emails":[{"value":"b","type":"home"}]})"},
      {"remove an empty list of values", two, R"([{"op":"remove","path":"emails","value":[]}])", two},
      {"remove by filter", two, R"([{"op":"remove","path":"emails[type eq \"work\"]"}])",
       R"({"emails":[{"value":"b","type":"home"}]})"},
      {"remove a sub-attribute by filter", two, R"([{"op":"remove","path":"emails[type eq \"work\"].primary"}])",
       R"({"emails":[{"value":"a","type":"work"},{"value":"b","type":"home"}]})"},
      {"filter on an unknown sub-attribute", two, R"([{"op":"remove","path":"emails[kind eq \"work\"]"}])",
       "invalidFilter"},
      {"filter that compares what has no order", two, R"([{"op":"remove","path":"emails[primary gt true]"}])",
       "invalidFilter"},
      {"values of simple elements", R"({})", R"([{"op":"add","path":"emails","value":["a","b"]}])",
       R"({"emails":[{"value":"a"},{"value":"b"}]})"},
      {"sub-attribute of every element", two, R"([{"op":"replace","path":"emails.display","value":"x"}])",
       R"({"emails":[{"value":"a","type":"work","primary":true,"display":"x"},{"value":"b","type":"home","display":"x"}]})"},
  });
}

TEST(Patch, ValuePaths) {
  const std::string one = R"({"emails":[{"value":"a","type":"work"}]})";
  check({
      {"replace a value", one, R"([{"op":"replace","path":"emails[type eq \"WORK\"].value","value":"b"}])",
       R"({"emails":[{"value":"b","type":"work"}]})"},
      {"add creates", R"({})", R"([{"op":"Add","path":"emails[type eq \"work\"].value","value":"a@b"}])",
       R"({"emails":[{"type":"work","value":"a@b"}]})"},
      {"replace creates", R"({})", R"([{"op":"Replace","path":"emails[type eq \"work\"].value","value":"a@b"}])",
       R"({"emails":[{"type":"work","value":"a@b"}]})"},
      {"several land in one element", R"({})",
       R"([{"op":"Add","path":"addresses[type eq \"work\"].country","value":"DE"},
           {"op":"Add","path":"addresses[type eq \"work\"].locality","value":"Bonn"},
           {"op":"Add","path":"addresses[type eq \"work\"].postalCode","value":"53111"}])",
       R"({"addresses":[{"type":"work","country":"DE","locality":"Bonn","postalCode":"53111"}]})"},
      {"primary as text", R"({})", R"([{"op":"Add","path":"roles[primary eq \"True\"].value","value":"Admin"}])",
       R"({"roles":[{"primary":true,"value":"Admin"}]})"},
      {"primary found again", R"({"roles":[{"primary":true,"value":"Admin"}]})",
       R"([{"op":"Replace","path":"roles[primary eq \"True\"].value","value":"Staff"}])",
       R"({"roles":[{"primary":true,"value":"Staff"}]})"},
      {"whole element", one, R"([{"op":"replace","path":"emails[type eq \"work\"]","value":{"value":"c"}}])",
       R"({"emails":[{"value":"c","type":"work"}]})"},
      {"whole element, merged by add", one,
       R"([{"op":"add","path":"emails[type eq \"work\"]","value":{"display":"d"}}])",
       R"({"emails":[{"value":"a","type":"work","display":"d"}]})"},
      {"no element can be made", R"({})", R"([{"op":"add","path":"emails[value co \"x\"].display","value":"d"}])",
       "noTarget"},
      {"null clears the value", R"({"emails":[{"value":"a","type":"work","display":"d"}]})",
       R"([{"op":"replace","path":"emails[type eq \"work\"].display","value":""}])", one},
      {"clearing what is absent", R"({})", R"([{"op":"replace","path":"emails[type eq \"work\"].value","value":""}])",
       R"({})"},
      {"removing what is absent", one, R"([{"op":"remove","path":"emails[type eq \"home\"]"}])", one},
      {"all or nothing is the caller's", one,
       R"([{"op":"remove","path":"emails"},{"op":"add","path":"nope","value":1}])", "invalidPath"},
  });
  check({{"strict: replace", R"({})", R"([{"op":"replace","path":"emails[type eq \"work\"].value","value":"a"}])",
          "noTarget"},
         {"strict: remove", R"({})", R"([{"op":"remove","path":"emails[type eq \"work\"]"}])", "noTarget"},
         {"strict: add creates", R"({})", R"([{"op":"add","path":"emails[type eq \"work\"].value","value":"a"}])",
          R"({"emails":[{"type":"work","value":"a"}]})"},
         {"strict: no operations", R"({})", "[]", "invalidSyntax"}},
        Profile::strict);
}

TEST(Patch, Manager) {
  const std::string path = ENTERPRISE ":manager";
  const std::string held = R"({")" ENTERPRISE R"(":{"manager":{"value":"271"}}})";
  check({
      {"plain text", R"({})", R"([{"op":"Add","path":")" + path + R"(","value":"271"}])", held},
      {"object", R"({})", R"([{"op":"Add","path":")" + path + R"(","value":{"value":"271","displayName":"x"}}])", held},
      {"replaced", R"({")" ENTERPRISE R"(":{"manager":{"value":"1"}}})",
       R"([{"op":"Replace","path":")" + path + R"(","value":"271"}])", held},
      {"null clears", held, R"([{"op":"Replace","path":")" + path + R"(","value":null}])", R"({})"},
      {"empty clears", held, R"([{"op":"Add","path":")" + path + R"(","value":""}])", R"({})"},
      {"value is empty", held, R"([{"op":"Replace","path":")" + path + R"(","value":{"value":""}}])", R"({})"},
      {"removed", held, R"([{"op":"Remove","path":")" + path + R"("}])", R"({})"},
      {"extension removed", held, R"([{"op":"remove","path":")" ENTERPRISE R"("}])", R"({})"},
  });
}

TEST(Patch, RolesAsJsonInsideAString) {
  check(
      {{"add", R"({})",
        R"([{"op":"Add","path":"roles","value":[{"value":"{\"id\":\"18d1\",\"value\":\"Admin\",\"displayName\":\"Administrator\"}"}]}])",
        R"({"roles":[{"value":"Admin","display":"Administrator"}]})"}});
}

TEST(Patch, Envelope) {
  struct EnvelopeRow {
    const char *body, *scim_type;
  };
  const std::vector<EnvelopeRow> rows = {{R"({})", "invalidSyntax"},
                                         {R"({"Operations":{}})", "invalidSyntax"},
                                         {R"({"Operations":[1]})", "invalidSyntax"},
                                         {R"({"Operations":[{"op":"move","path":"a"}]})", "invalidSyntax"},
                                         {R"({"Operations":[{"path":"title","value":"x"}]})", "invalidSyntax"},
                                         {R"({"Operations":[{"op":"add","path":7,"value":"x"}]})", "invalidPath"},
                                         {R"({"Operations":[{"op":"add","path":"a[","value":"x"}]})", "invalidPath"},
                                         {R"({"Operations":[{"op":"add","path":"title"}]})", "invalidValue"},
                                         {R"({"Operations":[]})", ""},
                                         {R"({"operations":[{"op":"add","path":"title","value":"x"}]})", ""}};
  for (const auto& row : rows) {
    Notes notes;
    const auto operations = parse_operations(json(row.body), context(notes));
    EXPECT_EQ(operations ? "" : operations.error().scim_type, row.scim_type) << row.body;
  }
}

TEST(Patch, CoreUrnAsAKeyAndUnreadableKeys) {
  check({
      {"the core schema's URN holds its attributes", R"({})",
       R"([{"op":"add","value":{"urn:ietf:params:scim:schemas:core:2.0:User":{"title":"T","active":"False"}}}])",
       R"({"title":"T","active":false})"},
      {"a key that is no path, within an extension", R"({})",
       R"([{"op":"add","value":{")" ENTERPRISE R"(":{"a b":1,"department":"d"}}}])",
       R"({")" ENTERPRISE R"(":{"department":"d"}})"},
  });
}

TEST(Patch, AnElementMadeByAFilterObeysTheDefinition) {
  check({
      {"a number for a text", R"({})", R"([{"op":"add","path":"emails[type eq 7].value","value":"a"}])",
       R"({"emails":[{"type":"7","value":"a"}]})"},
      {"a text for a boolean", R"({})", R"([{"op":"add","path":"roles[primary eq \"True\"].value","value":"a"}])",
       R"({"roles":[{"primary":true,"value":"a"}]})"},
      {"binary", R"({})", R"([{"op":"add","path":"x509Certificates[value eq \"?\"].display","value":"a"}])",
       "noTarget"},
  });
}

TEST(Patch, TypesOfRfc7643) {
  check({
      {"base64", R"({})", R"([{"op":"add","path":"x509Certificates","value":[{"value":"AQI="}]}])",
       R"({"x509Certificates":[{"value":"AQI="}]})"},
      {"no base64", R"({})", R"([{"op":"add","path":"x509Certificates","value":[{"value":"A*"}]}])", "invalidValue"},
      {"a URI", R"({})", R"([{"op":"add","path":"profileUrl","value":"https://x.example/a?b=%20#c"}])",
       R"({"profileUrl":"https://x.example/a?b=%20#c"})"},
      {"no URI", R"({})", R"([{"op":"add","path":"profileUrl","value":"not a link"}])", "invalidValue"},
      {"an unknown type is a suggestion", R"({})",
       R"([{"op":"add","path":"emails","value":[{"value":"a","type":"boat"}]}])",
       R"({"emails":[{"value":"a","type":"boat"}]})"},
  });
}

TEST(Patch, FiveThousandOperationsAreTooMany) {
  Notes notes;
  const Json body = json(R"({"Operations":[{"op":"add","path":"title","value":"x"})" +
                         repeat(R"(,{"op":"add","path":"title","value":"x"})", 4'999) + "]}");
  const auto operations = parse_operations(body, context(notes));
  ASSERT_FALSE(operations.ok());
  EXPECT_EQ(operations.error().scim_type, "tooMany");
}

std::string join(const std::vector<std::string>& ids) {
  std::string out;
  for (const std::string& id : ids) out += (out.empty() ? "" : ",") + id;
  return out;
}

TEST(Patch, GroupMembersWithoutReadingTheGroup) {
  struct MemberCase {
    std::string operations, expected;
    std::size_t rest = 0;
  };
  const std::vector<MemberCase> rows = {
      {R"([{"op":"Add","path":"members","value":[{"value":"a"},{"value":"b"}]}])", "+a,b -"},
      {R"([{"op":"add","path":"members","value":{"value":"a"}}])", "+a -"},
      {R"([{"op":"add","path":"MEMBERS","value":["a"]}])", "+a -"},
      {R"([{"op":"add","path":"urn:ietf:params:scim:schemas:core:2.0:Group:members","value":["a"]}])", "+a -"},
      {R"([{"op":"Remove","path":"members","value":[{"$ref":null,"value":"u"}]}])", "+ -u"},
      {R"([{"op":"Remove","path":"members[value eq \"u\"]"}])", "+ -u"},
      {R"([{"op":"remove","path":"members[value eq \"u\" or value eq \"v\"]"}])", "+ -u,v"},
      {R"([{"op":"remove","path":"members","value":[]}])", "+ -"},
      {R"([{"op":"remove","path":"members"}])", "="},
      {R"([{"op":"replace","path":"members","value":null}])", "="},
      {R"([{"op":"replace","path":"members","value":[]}])", "="},
      {R"([{"op":"replace","path":"members","value":[{"value":"a"}]},{"op":"add","path":"members","value":["b"]},
           {"op":"remove","path":"members[value eq \"a\"]"}])",
       "=b"},
      {R"([{"op":"add","path":"members","value":["a"]},{"op":"remove","path":"members","value":["a"]}])", "+ -a"},
      {R"([{"op":"remove","path":"members","value":["a"]},{"op":"add","path":"members","value":["a"]}])", "+a -"},
      {R"([{"op":"add","path":"members","value":["a"]},{"op":"remove","path":"members"},{"op":"add","path":"members","value":["b"]}])",
       "=b"},
      {R"([{"op":"replace","value":{"displayName":"x","members":[{"value":"a"}]}}])", "=a", 1},
      {R"([{"op":"add","value":{"members":["a"]}}])", "+a -"},
      {R"([{"op":"Replace","path":"externalId","value":"x"}])", "+ -", 1},
      {R"([{"op":"add","path":"members","value":[null]}])", "invalidValue"},
      {R"([{"op":"add","path":"members","value":[{"display":"x"}]}])", "invalidValue"},
      {R"([{"op":"remove","path":"members[type eq \"User\"]"}])", "invalidFilter"},
      {R"([{"op":"remove","path":"members[value ne \"u\"]"}])", "invalidFilter"},
      {R"([{"op":"remove","path":"members[not (value eq \"u\")]"}])", "invalidFilter"},
      {R"([{"op":"replace","path":"members[value eq \"u\"].value","value":"w"}])", "mutability"},
  };
  for (const MemberCase& row : rows) {
    Notes notes;
    const auto operations = parse_operations(Json(make_object({{"Operations", json(row.operations)}})), context(notes));
    ASSERT_TRUE(operations.ok()) << row.operations;
    const auto patch = split_member_operations(*operations, context(notes, Resource::group));
    if (!patch) {
      EXPECT_EQ(patch.error().scim_type, row.expected) << row.operations;
      continue;
    }
    const MemberChanges& members = patch->members;
    const std::string found =
        members.replace ? "=" + join(*members.replace) : "+" + join(members.add) + " -" + join(members.remove);
    EXPECT_EQ(found, row.expected) << row.operations;
    EXPECT_EQ(patch->rest.size(), row.rest) << row.operations;
  }
}

}  // namespace
}  // namespace rosterd::scim
