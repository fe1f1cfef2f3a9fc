// Errors, date-times, URLs, projection, schemas.
#include <set>

#include "scim/datetime.h"
#include "scim/error.h"
#include "scim/projection.h"
#include "scim/query_string.h"
#include "scim/schema.h"
#include "tests/scim/support.h"

namespace rosterd::scim {
namespace {

TEST(Error, Wire) {
  EXPECT_EQ(
      write_json(to_json(Error::uniqueness("taken"))),
      R"({"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"409","scimType":"uniqueness","detail":"taken"})");
  EXPECT_EQ(write_json(to_json(Error::plain(404, ""))),
            R"({"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"404"})");
  const std::vector<std::pair<Error, int>> rows = {{Error::invalid_filter(""), 400}, {Error::too_many(""), 400},
                                                   {Error::uniqueness(""), 409},     {Error::mutability(""), 400},
                                                   {Error::invalid_syntax(""), 400}, {Error::invalid_path(""), 400},
                                                   {Error::no_target(""), 400},      {Error::invalid_value(""), 400},
                                                   {Error::invalid_vers(""), 400},   {Error::sensitive(""), 403}};
  std::set<std::string> types;
  for (const auto& [error, status] : rows) {
    EXPECT_EQ(error.status, status) << error.scim_type;
    types.insert(error.scim_type);
  }
  EXPECT_EQ(types.size(), rows.size());
}

// shows 7643-2.3.5-1, 7643-2.3.5-2
TEST(DateTime, Parse) {
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"2026-11-21T20:59:00Z", "2026-11-21T20:59:00.000Z"},
      {"2026-11-21T20:59:00.1239Z", "2026-11-21T20:59:00.123Z"},
      {"2026-11-21T20:59:00.1", "2026-11-21T20:59:00.100Z"},
      {"2026-11-21T20:59:00+05:30", "2026-11-21T15:29:00.000Z"},
      {"2026-11-21t20:59:00-0800", "2026-11-22T04:59:00.000Z"},
      {"2024-02-29T24:00:00Z", "2024-03-01T00:00:00.000Z"},
      {"1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"},
      {"2023-02-29T00:00:00Z", ""},
      {"2026-13-01T00:00:00Z", ""},
      {"2026-11-21", ""},
      {"2026-11-21T20:59Z", ""},
      {"2026-11-21T20:61:00Z", ""},
      {"2026-11-21T20:59:00.Z", ""},
      {"2026-11-21T20:59:00ZZ", ""},
      {"2026-11-21T20:59:00+25:00", ""},
      {"", ""}};
  for (const auto& [text, expected] : rows) {
    const auto at = parse_date_time(text);
    EXPECT_EQ(at ? format_date_time(*at) : "", expected) << text;
  }
}

TEST(QueryString, AsClientsWriteIt) {
  Notes notes;
  const Result<Parameters> read =
      parse_parameters("aadOptscim062020&filter=userName+eq+%22a%2Bb%40x%22&&COUNT=5&?x=1&empty=&", notes);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->get("filter"), R"(userName eq "a+b@x")");
  EXPECT_EQ(read->get("count"), "5");
  EXPECT_EQ(read->get("x"), "1");
  EXPECT_TRUE(read->has("aadOptscim062020"));
  EXPECT_TRUE(read->has("empty"));
  EXPECT_FALSE(read->has(""));
  for (const std::string text : {"a=%", "a=%4", "a=%zz", "%=1"})
    EXPECT_FALSE(parse_parameters(text, notes).ok()) << text;
  EXPECT_TRUE(parse_parameters("", notes).ok());
}

TEST(QueryString, Segments) {
  Notes notes;
  const std::vector<std::pair<std::string, std::vector<std::string>>> rows = {
      {"//Users//abc/", {"Users", "abc"}},
      {"/", {}},
      {"", {}},
      {"/Schemas/urn%3aietf:x", {"Schemas", "urn:ietf:x"}},
      {"/a+b", {"a+b"}}};
  for (const auto& [path, expected] : rows) {
    const auto segments = parse_segments(path, notes);
    ASSERT_TRUE(segments.ok());
    EXPECT_EQ(*segments, expected) << path;
  }
  EXPECT_FALSE(parse_segments("/Users/%4", notes).ok());
}

TEST(Projection, Table) {
  const Json user =
      json(R"({"schemas":["s"],"id":"1","userName":"u","password":"p","name":{"givenName":"g","familyName":"f"},
    "emails":[{"value":"a","type":"work"},{"value":"b"}],
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"d","division":"v"},"meta":{"version":"v"}})");
  struct Row {
    const char *attributes, *excluded, *expected;
  };
  const std::vector<Row> rows = {
      {"", "", R"({"schemas":["s"],"id":"1","userName":"u","name":{"givenName":"g","familyName":"f"},
        "emails":[{"value":"a","type":"work"},{"value":"b"}],
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"d","division":"v"},"meta":{"version":"v"}})"},
      {"USERNAME", "", R"({"schemas":["s"],"id":"1","userName":"u"})"},
      {"password,nope, ,userName", "", R"({"schemas":["s"],"id":"1","userName":"u"})"},
      {"name.givenName,emails.type", "",
       R"({"schemas":["s"],"id":"1","name":{"givenName":"g"},"emails":[{"type":"work"}]})"},
      {"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:division", "",
       R"({"schemas":["s"],"id":"1","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"division":"v"}})"},
      {"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User", "",
       R"({"schemas":["s"],"id":"1","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"d","division":"v"}})"},
      {"", "id,schemas,emails,name.familyName,meta,urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
       R"({"schemas":["s"],"id":"1","userName":"u","name":{"givenName":"g"}})"}};
  for (const Row& row : rows) {
    EXPECT_EQ(project(user, catalogue().user(), parse_selection(catalogue(), row.attributes, row.excluded)),
              json(row.expected))
        << row.attributes;
  }
  EXPECT_FALSE(parse_selection(catalogue(), "", "members").wants("members"));
  EXPECT_FALSE(parse_selection(catalogue(), "displayName", "").wants("members"));
  EXPECT_TRUE(parse_selection(catalogue(), "members.value", "").wants("members"));
  EXPECT_TRUE(parse_selection(catalogue(), "", "members.display").wants("members"));
}

TEST(Schema, EveryAttributeIsDescribedAndNamedOnce) {
  ASSERT_EQ(catalogue().schemas().size(), 8U);
  for (const Schema* schema : catalogue().schemas()) {
    std::set<std::string> names;
    const Json wire = schema_to_json(*schema, "https://x/scim/v2");
    for (const Json& attribute : *wire.find("attributes")->array()) {
      for (const char* property :
           {"name", "type", "multiValued", "description", "required", "mutability", "returned", "uniqueness"}) {
        EXPECT_NE(attribute.find(property), nullptr) << write_json(attribute);
      }
      EXPECT_TRUE(names.insert(std::string(attribute.find("name")->string_or(""))).second);
      const bool complex = attribute.find("type")->string_or("") == "complex";
      EXPECT_EQ(complex, attribute.find("subAttributes") != nullptr);
    }
    EXPECT_EQ(wire.find("meta")->find("location")->string_or(""), "https://x/scim/v2/Schemas/" + schema->id);
  }
}

TEST(Schema, TheAccessExtensionIsReadOnly) {
  const Schema* access = catalogue().user().schema(kAccessSchema);
  ASSERT_NE(access, nullptr);
  for (const Attribute& attribute : access->attributes) {
    EXPECT_EQ(attribute.mutability, Mutability::read_only);
    for (const Attribute& sub : attribute.sub_attributes) EXPECT_EQ(sub.mutability, Mutability::read_only);
  }
}

}  // namespace
}  // namespace rosterd::scim
