// What RFC 7643 sections 2.3, 4.1.2 and 6 and RFC 7644 section 3.5.1 demand of values by their definition.
#include "tests/scim/extensions.h"
#include "tests/scim/service.h"

namespace rosterd::scim {
namespace {

#define TEST_URN "urn:example:params:scim:schemas:extension:test:2.0:User"
#define STRICT_URN "urn:example:params:scim:schemas:extension:strict:2.0:User"

class RfcExtensions : public Service {
 protected:
  void SetUp() override { use(extended_catalogue()); }
  Answer create(const std::string& extension) {
    return post("/Users",
                R"({"userName":"u)" + std::to_string(++people_) + R"(",")" TEST_URN R"(":)" + extension + "}");
  }
  int people_ = 0;
};

// shows 7643-2.3.4-1, 7643-2.3.5-1, 7643-2.3.5-2, 7643-2.3.5-3, 7643-2.3.6-1, 7643-2.3.7-1
TEST_F(RfcExtensions, ValuesHaveTheFormOfTheirType) {
  for (const char* right : {R"({"count":7})", R"({"count":-7})", R"({"since":"2026-02-28T10:00:00Z"})",
                            R"({"since":"2026-02-28T10:00:00.5+02:00"})", R"({"key":"AQID"})", R"({"key":"AQIDBA=="})",
                            R"({"link":"https://y.example/a"})", R"({"link":"../a"})"}) {
    const Answer made = create(right);
    ASSERT_EQ(made.status, 201) << right << made.text;
    EXPECT_EQ(write_json(*made.body.find(TEST_URN)), right);
  }
  for (const char* wrong :
       {R"({"count":7.5})", R"({"count":7.0})", R"({"count":7e2})", R"({"since":"2026-02-28"})",
        R"({"since":"10:00:00Z"})", R"({"since":"2026-02-30T10:00:00Z"})", R"({"since":1772272800})",
        R"({"key":"no base64!"})", R"({"key":"A"})", R"({"link":"no uri"})", R"({"link":"https://y.example/%zz"})"}) {
    const Answer refused = create(wrong);
    EXPECT_EQ(refused.status, 400) << wrong;
    EXPECT_EQ(refused.scim_type(), "invalidValue") << wrong;
  }
}

// shows 7643-4.1.2-13
TEST_F(RfcExtensions, ACertificateIsBase64) {
  EXPECT_EQ(post("/Users", R"({"userName":"u","x509Certificates":[{"value":"no base64!"}]})").scim_type(),
            "invalidValue");
  const std::string id = user("u", R"(,"x509Certificates":[{"value":"MAMCAQE="}])");
  EXPECT_EQ(get("/Users/" + id).at("x509Certificates/0/value"), "MAMCAQE=");
  EXPECT_EQ(patch("/Users/" + id, R"([{"op":"add","path":"x509Certificates","value":[{"value":"?"}]}])").scim_type(),
            "invalidValue");
}

// shows 7644-3.5.1-3, 7644-3.5.1-4, 7644-3.5.1-5, 7643-7-11
TEST_F(RfcExtensions, ImmutableValuesAreSetOnce) {
  const std::string target = "/Users/" + create(R"({"text":"t"})").at("id");
  const auto replace = [&](const std::string& extension) {
    return put(target, R"({"userName":"u1",")" TEST_URN R"(":)" + extension + "}");
  };
  EXPECT_EQ(replace(R"({"once":"A"})").status, 200) << "there was none";
  EXPECT_EQ(get(target).at(TEST_URN "/once"), "A");
  EXPECT_EQ(replace(R"({"once":"A","text":"s"})").status, 200) << "the same";
  const Answer refused = replace(R"({"once":"B","text":"r"})");
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(refused.scim_type(), "mutability");
  EXPECT_EQ(patch(target, R"([{"op":"replace","path":")" TEST_URN R"(:once","value":"B"}])").scim_type(), "mutability");
  EXPECT_EQ(get(target).at(TEST_URN "/once"), "A");
  EXPECT_EQ(get(target).at(TEST_URN "/text"), "s");
}

// shows 7643-6-10
TEST_F(RfcExtensions, ARequiredExtensionIsThereWithWhatIsRequired) {
  const Catalogue demanding({{strict_schema(), Resource::user, true}});
  use(demanding);
  const auto status = [&](const char* more) {
    return post("/Users", R"({"userName":"u")" + std::string(more) + "}").status;
  };
  EXPECT_EQ(status(""), 400);
  EXPECT_EQ(status(R"(,")" STRICT_URN R"(":{})"), 400);
  EXPECT_EQ(status(R"(,")" STRICT_URN R"(":{"site":"s"})"), 400);
  EXPECT_EQ(status(R"(,")" STRICT_URN R"(":{"costCode":"7","rooms":["1"]})"), 201);
}

}  // namespace
}  // namespace rosterd::scim
