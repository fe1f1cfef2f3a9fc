// Every habit of the table, switched on and off: a habit without both cases fails.
#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <sstream>

#include "tests/scim/service.h"

namespace rosterd::scim {
namespace {

#define USER R"("schemas":["urn:ietf:params:scim:schemas:core:2.0:User"])"
#define ENTERPRISE "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

class HabitTest : public Service {
 protected:
  using Request = std::function<Answer(HabitTest&)>;
  struct Case {
    Habit habit;
    const char* name;
    Request ask;
    std::string on;   // status, and a scimType or what `tell` says
    std::string off;  // likewise
    std::function<std::string(HabitTest&, const Answer&)> tell = {};
  };

  static std::string outcome(const Case& one, HabitTest& service, const Answer& answer) {
    std::string out = std::to_string(answer.status);
    if (answer.status >= 400) return out + " " + answer.scim_type();
    return one.tell ? out + " " + one.tell(service, answer) : out;
  }

  static std::function<std::string(HabitTest&, const Answer&)> at(std::string path) {
    return [path](HabitTest&, const Answer& answer) { return answer.at(path); };
  }
  static Request posts(std::string target, std::string body) {
    return [=](HabitTest& service) { return service.post(target, body); };
  }
  // On a new person.
  static Request patches(std::string operations, std::string more = "") {
    return [=](HabitTest& service) { return service.patch("/Users/" + service.user("p", more), operations); };
  }
  static Request gets(std::string target) {
    return [=](HabitTest& service) {
      service.user("u", R"(,"externalId":"jyoung","active":true)");
      return service.get(target);
    };
  }
  static std::vector<Case> bodies();
  static std::vector<Case> patches_of_users();
  static std::vector<Case> patches_of_groups();
  static std::vector<Case> queries();
  static std::vector<Case> interop();

  void run(const std::vector<Case>& cases);
  static std::map<Habit, int>& seen() {
    static std::map<Habit, int> all;
    return all;
  }
};

std::vector<HabitTest::Case> HabitTest::bodies() {
  const auto rehire = [](HabitTest& service) {
    const std::string id = service.user("r", R"(,"externalId":"00u1")");
    EXPECT_EQ(service.patch("/Users/" + id, R"([{"op":"replace","value":{"active":false}}])").status, 200);
    Answer back = service.post("/Users", R"({)" USER R"(,"userName":"r","externalId":"00u1","active":true})");
    EXPECT_TRUE(back.status != 201 || back.at("id") == id);
    return back;
  };
  return {
      {Habit::legacy_urns, "schemas", posts("/Users", R"({"schemas":["urn:scim:schemas:core:2.0"],"userName":"u"})"),
       "201", "400 invalidSyntax"},
      {Habit::legacy_urns, "key",
       posts("/Users", R"({"schemas":["urn:ietf:params:scim:schemas:core:2.0:User",")" ENTERPRISE R"("],"userName":"u",
                 "urn:scim:schemas:extension:enterprise:1.0":{"department":"IT"}})"),
       "201 IT", "400 invalidSyntax", at(ENTERPRISE "/department")},
      {Habit::microsoft_group_urn, "group",
       posts("/Groups", R"({"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group",
       "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],"displayName":"G"})"),
       "201", "400 invalidSyntax"},
      {Habit::roles_as_json_text, "role",
       posts("/Users", R"({)" USER R"(,"userName":"u","roles":[{"value":"{\"value\":\"Admin\"}"}]})"), "201 Admin",
       R"(201 {"value":"Admin"})", at("roles/0/value")},
      {Habit::plain_value_for_object, "manager",
       posts("/Users", R"({"schemas":["urn:ietf:params:scim:schemas:core:2.0:User",")" ENTERPRISE
                       R"("],"userName":"u",")" ENTERPRISE R"(":{"manager":"271"}})"),
       "201 271", "400 invalidValue", at(ENTERPRISE "/manager/value")},
      {Habit::one_value_for_many, "e-mail",
       posts("/Users", R"({)" USER R"(,"userName":"u","emails":{"value":"a@x.example"}})"), "201 a@x.example",
       "400 invalidValue", at("emails/0/value")},
      {Habit::one_value_for_many, "schemas",
       posts("/Users", R"({"schemas":"urn:ietf:params:scim:schemas:core:2.0:User","userName":"u"})"), "201",
       "400 invalidSyntax"},
      {Habit::booleans_as_text, "body", posts("/Users", R"({)" USER R"(,"userName":"u","active":"False"})"),
       "201 false", "400 invalidValue", at("active")},
      {Habit::numbers_for_text, "title", posts("/Users", R"({)" USER R"(,"userName":"u","title":7})"), "201 7",
       "400 invalidValue", at("title")},
      {Habit::missing_schemas, "user", posts("/Users", R"({"userName":"u"})"), "201", "400 invalidSyntax"},
      {Habit::missing_schemas, "group", posts("/Groups", R"({"displayName":"g"})"), "201", "400 invalidSyntax"},
      {Habit::missing_schemas, "search", posts("/Users/.search", R"({"count":1})"), "200", "400 invalidSyntax"},
      {Habit::missing_schemas, "patch",
       [](HabitTest& service) {
         return service.send("PATCH", "/Users/" + service.user("u"),
                             R"({"Operations":[{"op":"add","path":"title","value":"T"}]})");
       },
       "200 T", "400 invalidSyntax", at("title")},
      {Habit::undeclared_extension, "enterprise",
       posts("/Users", R"({)" USER R"(,"userName":"u",")" ENTERPRISE R"(":{"department":"IT"}})"), "201 IT",
       "400 invalidSyntax", at(ENTERPRISE "/department")},
      {Habit::unknown_attributes, "attribute", posts("/Users", R"({)" USER R"(,"userName":"u","shoeSize":44})"), "201 ",
       "400 invalidSyntax", at("shoeSize")},
      {Habit::unknown_attributes, "sub-attribute",
       posts("/Users", R"({)" USER R"(,"userName":"u","emails":[{"value":"a","kind":"x"}]})"), "201 ",
       "400 invalidSyntax", at("emails/0/kind")},
      {Habit::unknown_attributes, "schema",
       posts("/Users",
             R"({"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:x:y"],"userName":"u","urn:x:y":{}})"),
       "201", "400 invalidSyntax"},
      {Habit::placeholder_password, "password",
       posts("/Users", R"({)" USER R"(,"userName":"u","password":"1mz050nq"})"), "201 ", "400 invalidValue",
       at("password")},
      {Habit::spaces_around_user_name, "userName", posts("/Users", R"({)" USER R"(,"userName":"  bgro0 "})"),
       "201 bgro0", "400 invalidValue", at("userName")},
      {Habit::rehire_by_post, "by externalId", rehire, "201 true", "409 uniqueness", at("active")},
  };
}

std::vector<HabitTest::Case> HabitTest::patches_of_users() {
  const auto title = [](HabitTest&, const Answer& answer) {
    const Json* found = answer.body.find("title");
    return std::string(found == nullptr ? "none" : "\"" + std::string(found->string_or("?")) + "\"");
  };
  const std::string two = R"(,"emails":[{"value":"a@x.example","type":"work"},{"value":"b@x.example","type":"home"}])";
  return {
      {Habit::booleans_as_text, "patch", patches(R"([{"op":"replace","path":"active","value":"False"}])"), "200 false",
       "400 invalidValue", at("active")},
      {Habit::booleans_as_text, "path",
       patches(R"([{"op":"add","path":"roles[primary eq \"True\"].value","value":"R"}])"), "200 true",
       "400 invalidPath", at("roles/0/primary")},
      {Habit::empty_text_clears, "title", patches(R"([{"op":"replace","path":"title","value":""}])", R"(,"title":"T")"),
       "200 none", "200 \"\"", title},
      {Habit::empty_text_clears, "boolean", patches(R"([{"op":"replace","path":"active","value":""}])"), "200",
       "400 invalidValue"},
      {Habit::capitalised_ops, "Replace", patches(R"([{"op":"Replace","path":"title","value":"T"}])"), "200 T",
       "400 invalidSyntax", at("title")},
      {Habit::empty_operations, "none", patches("[]"), "200", "400 invalidSyntax"},
      {Habit::empty_path, "path", patches(R"([{"op":"replace","path":"","value":{"title":"T"}}])"), "200 T",
       "400 invalidPath", at("title")},
      {Habit::keys_as_paths, "dotted", patches(R"([{"op":"replace","value":{"name.givenName":"G"}}])"), "200 G",
       "400 invalidSyntax", at("name/givenName")},
      {Habit::keys_as_paths, "URN", patches(R"([{"op":"replace","value":{")" ENTERPRISE R"(:department":"IT"}}])"),
       "200 IT", "400 invalidSyntax", at(ENTERPRISE "/department")},
      {Habit::unknown_attributes, "patch", patches(R"([{"op":"replace","value":{"shoeSize":1,"title":"T"}}])"), "200 T",
       "400 invalidSyntax", at("title")},
      {Habit::replace_without_match, "work",
       patches(R"([{"op":"replace","path":"emails[type eq \"work\"].value","value":"a@x.example"}])"), "200 work",
       "400 noTarget", at("emails/0/type")},
      {Habit::remove_without_match, "work", patches(R"([{"op":"remove","path":"emails[type eq \"work\"]"}])"), "200",
       "400 noTarget"},
      {Habit::remove_with_value, "e-mail",
       patches(R"([{"op":"remove","path":"emails","value":[{"value":"a@x.example"}]}])", two), "200 b@x.example",
       "400 invalidValue", at("emails/0/value")},
      {Habit::unquoted_filter_values, "path",
       patches(R"([{"op":"replace","path":"emails[type eq work].value","value":"c@x.example"}])", two),
       "200 c@x.example", "400 invalidPath", at("emails/0/value")},
  };
}

std::vector<HabitTest::Case> HabitTest::patches_of_groups() {
  const auto two_members = [](HabitTest& service) {
    const std::string a = service.user("a"), b = service.user("b");
    return std::pair(service.group("G", R"([{"value":")" + a + R"("},{"value":")" + b + R"("}])"), a);
  };
  const auto members = [](HabitTest& service, const Answer&) {
    return service.members_of(service.get("/Groups").at("Resources/0/id"));
  };
  return {
      {Habit::remove_with_value, "members",
       [=](HabitTest& service) {
         const auto [group, a] = two_members(service);
         Answer answer =
             service.patch("/Groups/" + group,
                           R"([{"op":"remove","path":"members","value":[{"$ref":null,"value":")" + a + R"("}]}])");
         EXPECT_TRUE(answer.status < 400 || service.members_of(group) == "a,b") << "nobody leaves by a refusal";
         return answer;
       },
       "204 b", "400 invalidValue", members},
      {Habit::plain_value_for_object, "members",
       [=](HabitTest& service) {
         const auto [group, a] = two_members(service);
         return service.patch("/Groups/" + group, R"([{"op":"replace","path":"members","value":[")" + a + R"("]}])");
       },
       "204 a", "400 invalidValue", members},
      {Habit::read_only_in_patch, "id",
       [](HabitTest& service) {
         const std::string id = service.group("G");
         return service.patch("/Groups/" + id,
                              R"([{"op":"replace","value":{"id":")" + id + R"(","displayName":"N"}}])");
       },
       "204", "400 mutability"},
  };
}

std::vector<HabitTest::Case> HabitTest::queries() {
  const auto total = [](HabitTest&, const Answer& answer) { return std::to_string(answer.total()); };
  const auto bulk = [](const std::string& more, const std::string& operation) {
    return posts("/Bulk", R"({"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],)" + more +
                              R"("Operations":[{)" + operation + "}]}");
  };
  return {
      {Habit::booleans_as_text, "filter", gets("/Users?filter=" + encode(R"(active eq "True")")), "200 1",
       "400 invalidFilter", total},
      {Habit::booleans_as_text, "value filter", gets("/Users?filter=" + encode(R"(emails[primary eq "True"])")),
       "200 0", "400 invalidFilter", total},
      {Habit::unquoted_filter_values, "filter", gets("/Users?filter=" + encode("externalId eq jyoung")), "200 1",
       "400 invalidFilter", total},
      {Habit::plus_for_space, "filter", gets("/Users?filter=userName+eq+%22u%22"), "200 1", "400 invalidFilter", total},
      {Habit::loose_bulk, "method", bulk("", R"("method":"delete","path":"/Users/none")"), "200 404", "200 400",
       at("Operations/0/status")},
      {Habit::loose_bulk, "path", bulk("", R"("method":"DELETE","path":"https://x.example/scim/v2/Users/none")"),
       "200 404", "200 400", at("Operations/0/status")},
      {Habit::loose_bulk, "failOnErrors", bulk(R"("failOnErrors":"1",)", R"("method":"DELETE","path":"/Users/none")"),
       "200 404", "400 invalidSyntax", at("Operations/0/status")},
      {Habit::untidy_urls, "path", gets("//Users"), "200 1", "404 ", total},
      {Habit::untidy_urls, "end", gets("/Users/"), "200 1", "404 ", total},
      {Habit::untidy_urls, "query", gets("/Users?count=1&?x=y&"), "200 1", "400 invalidSyntax", total},
  };
}

// What RFC 7644 allows and the interoperability profile does not.
std::vector<HabitTest::Case> HabitTest::interop() {
  const std::string two = R"(,"emails":[{"value":"a@x.example","type":"work"},{"value":"b@x.example","type":"work"}])";
  return {
      {Habit::patch_without_path, "user", patches(R"([{"op":"replace","value":{"title":"T"}}])"), "200 T",
       "400 invalidSyntax", at("title")},
      {Habit::replace_merges, "name",
       patches(R"([{"op":"replace","path":"name","value":{"givenName":"X"}}])",
               R"(,"name":{"givenName":"G","familyName":"F"})"),
       R"(200 {"familyName":"F","givenName":"X"})", R"(200 {"givenName":"X"})",
       [](HabitTest&, const Answer& answer) {
         const Json* name = answer.body.find("name");
         const std::string family(name->find("familyName") == nullptr ? "" : name->find("familyName")->string_or(""));
         return (family.empty() ? "{" : R"({"familyName":")" + family + R"(",)") + R"("givenName":")" +
                std::string(name->find("givenName")->string_or("")) + "\"}";
       }},
      {Habit::whole_element_path, "e-mail",
       patches(R"([{"op":"replace","path":"emails[value eq \"a@x.example\"]","value":{"value":"c@x.example"}}])", two),
       "200 c@x.example", "400 invalidPath", at("emails/0/value")},
      {Habit::many_matches, "e-mails",
       patches(R"([{"op":"replace","path":"emails[type eq \"work\"].display","value":"D"}])", two), "200 D",
       "400 invalidFilter", at("emails/1/display")},
  };
}

void HabitTest::run(const std::vector<Case>& cases) {
  for (const Case& one : cases) {
    SCOPED_TRACE(std::string(to_string(one.habit)) + ", " + one.name);
    ++seen()[one.habit];
    for (const bool on : {false, true}) {
      // Each case has people and groups of its own; what is made ready for it is plain RFC.
      use(source("scim:" + std::to_string(reinterpret_cast<std::uintptr_t>(&one)) + (on ? "on" : "off")));
      connection_.habits = habits_of(Profile::strict).set(one.habit, on);
      const Answer answer = one.ask(*this);
      EXPECT_EQ(outcome(one, *this, answer), on ? one.on : one.off) << answer.text;
      const bool noted = std::any_of(answer.notes.begin(), answer.notes.end(), [&](const std::string& note) {
        return note.starts_with(std::string(to_string(one.habit)) + (on ? ": " : " (off): "));
      });
      // Without the habit a rehire is a collision like any other.
      const bool unknowable = !on && one.habit == Habit::rehire_by_post;
      EXPECT_TRUE(noted || unknowable || (on && row_of(one.habit).plain)) << "is not noted";
      for (const Answer& row = get("/Users?count=200"); const Json& user : *row.body.find("Resources")->array())
        ASSERT_EQ(remove("/Users/" + std::string(user.find("id")->string_or(""))).status, 204);
    }
  }
}

TEST_F(HabitTest, OnAndOff) {
  run(bodies());
  run(patches_of_users());
  run(patches_of_groups());
  run(queries());
  run(interop());
  for (const HabitRow& row : habit_table()) EXPECT_GT(seen()[row.habit], 0) << row.name << " has no case";
}

TEST(Habits, TableIsInOrderAndNamed) {
  std::set<std::string_view> names;
  std::size_t i = 0;
  for (const HabitRow& row : habit_table()) {
    EXPECT_EQ(static_cast<std::size_t>(row.habit), i++) << row.name;
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_EQ(row.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz-"), std::string_view::npos) << row.name;
    for (const auto text : {row.sends, row.done, row.without, row.section}) EXPECT_FALSE(text.empty()) << row.name;
    EXPECT_EQ(find_habit(row.name), row.habit);
    EXPECT_TRUE(row.profiles[static_cast<std::size_t>(Profile::generic)]) << "generic is lenient in everything";
    EXPECT_EQ(row.profiles[static_cast<std::size_t>(Profile::strict)], row.plain) << row.name;
    EXPECT_FALSE(row.profiles[static_cast<std::size_t>(Profile::interop)]) << row.name;
  }
  EXPECT_EQ(find_habit("unknown"), std::nullopt);
  EXPECT_FALSE(parse_switch("booleans-as-text") || parse_switch("+x") || parse_switch("") || parse_switch("-"));
  EXPECT_TRUE(parse_switch("-booleans-as-text")->habit == Habit::booleans_as_text);
}

std::string documentation() {
  std::ostringstream out;
  out << "| habit | the client | on | off | departs from | profiles |\n|---|---|---|---|---|---|\n";
  for (const HabitRow& row : habit_table()) {
    std::string profiles;
    std::size_t clients = 0;
    for (std::size_t i = 0; i < kProfiles; ++i) {
      if (!row.profiles[i]) continue;
      ++clients;
      profiles += (profiles.empty() ? "" : ", ") + std::string(profile_names()[i]);
    }
    if (clients == 7) profiles = "all but strict, interop";
    if (clients == 8) profiles = "all but interop";
    out << "| `" << row.name << "` | " << row.sends << " | " << row.done << " | " << row.without << " | " << row.section
        << " | " << profiles << " |\n";
  }
  return out.str();
}

TEST(Habits, TheReadmeHasTheTable) {
  std::ifstream file(ROSTERD_SOURCE_DIR "/scim/README.md");
  const std::string readme((std::istreambuf_iterator<char>(file)), {});
  EXPECT_NE(readme.find(documentation()), std::string::npos) << "scim/README.md must have:\n" << documentation();
}

TEST_F(HabitTest, InteropRefusesAsTheDraftSays) {
  connection_.habits = habits_of(Profile::interop);
  const std::string id = user("u", R"(,"emails":[{"value":"a@x.example","type":"work"}])");
  EXPECT_EQ(patch("/Users/" + id, R"([{"op":"replace","value":{"active":false}}])").scim_type(), "invalidSyntax");
  EXPECT_EQ(get("/Users/" + id).at("active"), "true");
  EXPECT_EQ(post("/Users", R"({)" USER R"(,"userName":"v","shoeSize":1})").scim_type(), "invalidSyntax");
  EXPECT_EQ(patch("/Users/" + id, R"([{"op":"replace","path":"active","value":false}])").at("active"), "false");
  EXPECT_EQ(patch("/Users/" + id, R"([{"op":"add","path":"name","value":{"givenName":"G"}},
      {"op":"add","path":"name","value":{"familyName":"F"}}])")
                .at("name/givenName"),
            "G")
      << "add merges";
  const auto claimed = [&] { return get("/ServiceProviderConfig").at("interopProfileConformant"); };
  EXPECT_EQ(claimed(), "");
  connection_.interop_conformant = true;
  EXPECT_EQ(claimed(), "true");
}

TEST_F(HabitTest, ARefusalNamesItsOperation) {
  const std::string id = user("u");
  EXPECT_EQ(patch("/Users/" + id, R"([{"op":"add","path":"title","value":"T"},
      {"op":"replace","path":"emails[type eq \"work\"].primary","value":"perhaps"}])")
                .at("detail"),
            R"(Operations[1] (replace emails[type eq "work"].primary): the value of primary must be true or false)");
  EXPECT_EQ(patch("/Users/" + id, R"([{"op":"add","path":"title","value":"T"},{"op":"move","path":"title"}])")
                .at("detail")
                .find("Operations[1]: op must be"),
            0U);
  const std::string group_id = group("G");
  EXPECT_EQ(patch("/Groups/" + group_id, R"([{"op":"replace","path":"displayName","value":"H"},
      {"op":"add","path":"members","value":[{"display":"no id"}]}])")
                .at("detail")
                .find("Operations[1] (add members): "),
            0U);
}

}  // namespace
}  // namespace rosterd::scim
