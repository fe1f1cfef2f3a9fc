// What RFC 7643 sections 1, 2, 5, 6, 7 and RFC 7644 section 4 demand of schemas and discovery.
#include <functional>
#include <map>
#include <regex>
#include <set>

#include "tests/scim/service.h"

namespace rosterd::scim {
namespace {

class RfcDiscovery : public Service {
 protected:
  using Each = std::function<void(const Json& attribute, const Json* parent)>;

  static std::string text(const Json& value, const char* name) {
    const Json* found = value.find(name);
    return found == nullptr ? "" : std::string(found->string_or(""));
  }
  static bool is_true(const Json& value, const char* name) {
    const Json* found = value.find(name);
    return found != nullptr && found->boolean() != nullptr && *found->boolean();
  }
  std::vector<Json> resources(const std::string& target) {
    const Answer answer = get(target);
    EXPECT_EQ(answer.status, 200);
    const Json* found = answer.body.find("Resources");
    EXPECT_NE(found, nullptr);
    std::vector<Json> all(found->array()->begin(), found->array()->end());
    EXPECT_FALSE(all.empty());
    return all;
  }
  // Every attribute of every schema, and every sub-attribute with its parent.
  void each_attribute(const Each& each) {
    std::size_t seen = 0;
    for (const Json& schema : resources("/Schemas")) {
      for (const Json& attribute : *schema.find("attributes")->array()) {
        each(attribute, nullptr);
        ++seen;
        const Json* subs = attribute.find("subAttributes");
        if (subs == nullptr) continue;
        for (const Json& sub : *subs->array()) each(sub, &attribute);
      }
    }
    EXPECT_GT(seen, 20U);
  }
  std::set<std::string> schema_ids() {
    std::set<std::string> ids;
    for (const Json& schema : resources("/Schemas")) ids.insert(text(schema, "id"));
    return ids;
  }
};

// shows 7643-1.2-1, 7643-2.3.8-2, 7643-7-6
TEST_F(RfcDiscovery, OnlyComplexAttributesHaveSubAttributesAndThoseAreSimple) {
  each_attribute([](const Json& attribute, const Json* parent) {
    const bool complex = text(attribute, "type") == "complex";
    EXPECT_EQ(attribute.find("subAttributes") != nullptr, complex) << write_json(attribute);
    EXPECT_FALSE(complex && attribute.find("subAttributes")->array()->empty());
    EXPECT_FALSE(complex && parent != nullptr) << write_json(attribute);
  });
}

// shows 7643-2.1-2
TEST_F(RfcDiscovery, NamesFollowTheGrammar) {
  const std::regex grammar("[A-Za-z][-$_0-9A-Za-z]*");
  each_attribute([&](const Json& attribute, const Json* parent) {
    const std::string name = text(attribute, "name");
    if (parent != nullptr && name == "$ref") return;  // the standard's own
    EXPECT_TRUE(std::regex_match(name, grammar)) << name;
  });
}

// shows 7643-2.3-1
TEST_F(RfcDiscovery, ExtensionsHaveTheTypesOfTheStandard) {
  const std::set<std::string> types = {"string",   "boolean", "decimal",   "integer",
                                       "dateTime", "binary",  "reference", "complex"};
  each_attribute([&](const Json& attribute, const Json*) {
    EXPECT_TRUE(types.contains(text(attribute, "type"))) << write_json(attribute);
  });
}

// shows 7643-2.4-1, 7643-2.4-2
TEST_F(RfcDiscovery, SubAttributesMeanTheSameEverywhere) {
  const std::map<std::string, std::string> types = {
      {"primary", "boolean"}, {"type", "string"}, {"display", "string"}, {"$ref", "reference"}};
  std::size_t seen = 0;
  each_attribute([&](const Json& attribute, const Json* parent) {
    if (parent == nullptr) return;
    const auto known = types.find(text(attribute, "name"));
    if (known == types.end()) return;
    EXPECT_EQ(text(attribute, "type"), known->second) << write_json(attribute);
    ++seen;
  });
  EXPECT_GT(seen, 10U);
  const std::string id = user("u", R"(,"emails":[{"value":"a@x.example","type":"work","primary":true}])");
  for (const Json& schema : resources("/Schemas")) {
    for (const Json& attribute : *schema.find("attributes")->array()) {
      if (text(attribute, "name") != "emails") continue;
      EXPECT_EQ(text(attribute, "type"), "complex");
      EXPECT_TRUE(is_true(attribute, "multiValued"));
    }
  }
  EXPECT_NE(get("/Users/" + id).body.find("emails")->array()->front().object(), nullptr);
}

// shows 7643-3.3-4
TEST_F(RfcDiscovery, ExtensionsFollowTheConventions) {
  std::size_t extensions = 0;
  for (const Json& schema : resources("/Schemas")) {
    const std::string id = text(schema, "id");
    if (id.find(":extension:") == std::string::npos) continue;
    ++extensions;
    EXPECT_TRUE(std::regex_match(id, std::regex("urn:[a-z0-9][-a-z0-9]*:[^ ]+:\\d+\\.\\d+:[A-Z][A-Za-z]*"))) << id;
    for (const Json& attribute : *schema.find("attributes")->array()) {
      const std::string name = text(attribute, "name");
      EXPECT_TRUE(std::islower(static_cast<unsigned char>(name.front())) != 0) << name;
    }
  }
  EXPECT_GE(extensions, 2U);
}

// shows 7643-5-1, 7643-5-2, 7643-5-3, 7643-5-4, 7643-5-5, 7643-5-6, 7643-5-7, 7643-5-8, 7643-5-9, 7643-5-10
// shows 7643-5-11, 7643-5-12, 7643-5-13, 7643-5-14, 7643-5-15, 7643-5-17, 7643-5-18, 7643-5-19, 7643-5-20
// shows 7644-4-1
TEST_F(RfcDiscovery, ServiceProviderConfigHasWhatIsRequired) {
  const Answer config = get("/ServiceProviderConfig");
  ASSERT_EQ(config.status, 200);
  EXPECT_EQ(config.at("schemas"), R"(["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"])");
  for (const char* feature : {"patch", "bulk", "filter", "changePassword", "sort", "etag"}) {
    const Json* found = config.body.find(feature);
    ASSERT_NE(found, nullptr) << feature;
    const Json* supported = found->find("supported");
    ASSERT_NE(supported, nullptr) << feature;
    EXPECT_NE(supported->boolean(), nullptr) << feature;
  }
  for (const char* number : {"bulk/maxOperations", "bulk/maxPayloadSize", "filter/maxResults"})
    EXPECT_TRUE(std::regex_match(config.at(number), std::regex("[0-9]+"))) << number;
  const Json* schemes = config.body.find("authenticationSchemes");
  ASSERT_NE(schemes, nullptr);
  ASSERT_FALSE(schemes->array()->empty());
  for (const Json& scheme : *schemes->array()) {
    EXPECT_EQ(text(scheme, "type"), "oauthbearertoken");
    EXPECT_NE(text(scheme, "name"), "");
    EXPECT_NE(text(scheme, "description"), "");
  }
}

// shows 7643-5-16
TEST_F(RfcDiscovery, AStrangerReadsHowToAuthenticate) {
  connection_.rights = Rights::none;
  EXPECT_EQ(get("/ServiceProviderConfig").at("authenticationSchemes/0/type"), "oauthbearertoken");
  EXPECT_EQ(get("/Users").status, 401);
}

// shows 7643-6-1, 7643-6-2, 7643-6-3, 7643-6-4, 7643-6-5, 7643-6-6, 7643-6-7, 7643-6-8, 7643-6-9, 7643-6-11
// shows 7644-3.2-1
TEST_F(RfcDiscovery, ResourceTypesHaveWhatIsRequired) {
  const std::set<std::string> schemas = schema_ids();
  for (const Json& type : resources("/ResourceTypes")) {
    EXPECT_EQ(write_json(*type.find("schemas")), R"(["urn:ietf:params:scim:schemas:core:2.0:ResourceType"])");
    const std::string name = text(type, "name");
    EXPECT_NE(name, "");
    EXPECT_NE(text(type, "description"), "") << name;
    EXPECT_EQ(text(type, "endpoint"), "/" + name + "s");
    EXPECT_EQ(get(text(type, "endpoint")).status, 200) << name;
    EXPECT_TRUE(schemas.contains(text(type, "schema"))) << name;
    const Json* extensions = type.find("schemaExtensions");
    if (extensions == nullptr) continue;
    for (const Json& extension : *extensions->array()) {
      EXPECT_TRUE(schemas.contains(text(extension, "schema"))) << write_json(extension);
      ASSERT_NE(extension.find("required"), nullptr) << write_json(extension);
      EXPECT_NE(extension.find("required")->boolean(), nullptr);
    }
  }
}

// shows 7643-7-1, 7643-7-2, 7643-7-3, 7643-7-4, 7643-7-5, 7643-7-7
TEST_F(RfcDiscovery, SchemasHaveWhatIsRequired) {
  for (const Json& schema : resources("/Schemas")) {
    EXPECT_TRUE(text(schema, "id").starts_with("urn:")) << text(schema, "id");
    EXPECT_NE(text(schema, "name"), "") << text(schema, "id");
    EXPECT_NE(text(schema, "description"), "") << text(schema, "id");
    EXPECT_NE(schema.find("attributes"), nullptr) << text(schema, "id");
  }
  each_attribute([](const Json& attribute, const Json*) {
    for (const char* name : {"name", "type", "description", "mutability", "returned"})
      EXPECT_NE(text(attribute, name), "") << name << write_json(attribute);
    for (const char* name : {"multiValued", "required"}) {
      ASSERT_NE(attribute.find(name), nullptr) << name << write_json(attribute);
      EXPECT_NE(attribute.find(name)->boolean(), nullptr) << name;
    }
    if (text(attribute, "type") == "string") {
      EXPECT_NE(attribute.find("caseExact"), nullptr) << write_json(attribute);
      EXPECT_NE(text(attribute, "uniqueness"), "") << write_json(attribute);
    }
  });
}

// shows 7643-4.1.2-6
TEST_F(RfcDiscovery, TheKindsOfInstantMessagingAreTold) {
  std::set<std::string> found;
  each_attribute([&](const Json& attribute, const Json* parent) {
    if (parent == nullptr || text(*parent, "name") != "ims" || text(attribute, "name") != "type") return;
    for (const Json& value : *attribute.find("canonicalValues")->array()) found.emplace(value.string_or(""));
  });
  EXPECT_EQ(found, (std::set<std::string>{"aim", "gtalk", "icq", "xmpp", "msn", "skype", "qq", "yahoo", "other"}));
}

// shows 7644-3.1-2
TEST_F(RfcDiscovery, MessagesAreNoSchemas) {
  for (const std::string& id : schema_ids()) EXPECT_FALSE(id.starts_with("urn:ietf:params:scim:api:")) << id;
  EXPECT_EQ(get("/Schemas/urn:ietf:params:scim:api:messages:2.0:PatchOp").status, 404);
}

// shows 7644-4-2, 7644-4-3
TEST_F(RfcDiscovery, SeveralAreAList) {
  for (const char* target : {"/Schemas", "/ResourceTypes"}) {
    const Answer answer = get(target);
    EXPECT_EQ(answer.at("schemas"), R"(["urn:ietf:params:scim:api:messages:2.0:ListResponse"])") << target;
    EXPECT_EQ(answer.total(), answer.body.find("Resources")->array()->size()) << target;
  }
  const std::set<std::string> schemas = schema_ids();
  for (const Json& type : resources("/ResourceTypes")) {
    EXPECT_TRUE(schemas.contains(text(type, "schema")));
    for (const Json& extension : *type.find("schemaExtensions")->array())
      EXPECT_TRUE(schemas.contains(text(extension, "schema")));
  }
}

// shows 7644-4-4
TEST_F(RfcDiscovery, SortingAndPagingAreIgnored) {
  for (const std::string target : {"/Schemas", "/ResourceTypes"}) {
    const std::string whole = get(target).text;
    for (const char* query : {"?startIndex=2", "?count=1", "?count=0", "?sortBy=id&sortOrder=descending"})
      EXPECT_EQ(get(target + query).text, whole) << target << query;
  }
}

// shows 7644-4-5
TEST_F(RfcDiscovery, AFilterIsForbidden) {
  for (const char* target : {"/Schemas?filter=id+pr", "/ResourceTypes?filter=name+eq+%22User%22"})
    EXPECT_EQ(get(target).status, 403) << target;
}

// shows 9865-2.4-1, 9865-4-1, 9865-4-2, 9865-4-3
TEST_F(RfcDiscovery, PagesAreTold) {
  const Answer config = get("/ServiceProviderConfig");
  EXPECT_EQ(config.at("pagination/cursor"), "true");
  EXPECT_EQ(config.at("pagination/index"), "true");
  EXPECT_EQ(config.at("pagination/defaultPaginationMethod"), "index");
  user("a");
  user("b");
  const Answer unnamed = get("/Users?count=1");
  EXPECT_EQ(unnamed.at("startIndex"), "1");
  EXPECT_EQ(unnamed.body.find("nextCursor"), nullptr);
}

}  // namespace
}  // namespace rosterd::scim
