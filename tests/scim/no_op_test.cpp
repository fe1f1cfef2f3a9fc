// What changes nothing leaves version and lastModified (RFC 7644 section 3.5.2), and what is primary stays one.
#include <functional>

#include "tests/scim/service.h"

namespace rosterd::scim {
namespace {

class EngineNoOps : public Service {
 protected:
  // Version and time of change, as a client sees them.
  std::string stamp(const std::string& path) {
    const Answer answer = get(path);
    return answer.header("ETag") + " " + answer.at("meta.lastModified") + " " + answer.at("meta.version");
  }
  void expect_unchanged(const std::string& path, const std::function<Answer()>& request, const std::string& what) {
    const std::string before = stamp(path);
    clock_.advance(std::chrono::minutes{1});
    const Answer answer = request();
    EXPECT_LT(answer.status, 300) << what << answer.text;
    EXPECT_EQ(stamp(path), before) << what;
  }
  void expect_changed(const std::string& path, const std::function<Answer()>& request, const std::string& what) {
    const std::string before = stamp(path);
    clock_.advance(std::chrono::minutes{1});
    const Answer answer = request();
    EXPECT_LT(answer.status, 300) << what << answer.text;
    EXPECT_NE(stamp(path), before) << what;
  }
};

TEST_F(EngineNoOps, People) {
  const std::string path =
      "/Users/" + user("ada", R"(,"externalId":"e","active":true,"title":"T","name":{"givenName":"A","familyName":"L"},
        "emails":[{"value":"a@x.example","type":"work","primary":true},{"value":"b@x.example","type":"home"}])");
  const std::vector<std::string> patches = {
      R"([{"op":"replace","path":"title","value":"T"}])",
      R"([{"op":"Add","path":"TITLE","value":"T"}])",
      R"([{"op":"replace","value":{"name":{"familyName":"L"},"TITLE":"T","active":"True"}}])",
      R"([{"op":"add","path":"emails","value":[{"type":"work","value":"A@x.example","primary":true}]},
          {"op":"replace","path":"emails[type eq \"work\"].value","value":"a@x.example"}])",
      R"([{"op":"replace","path":"emails[type eq \"work\"].primary","value":true}])",
      R"([{"op":"remove","path":"emails[type eq \"none\"]"}])",
      R"([{"op":"remove","path":"nickName"}])",
      R"([{"op":"add","path":"nickName","value":"n"},{"op":"remove","path":"nickName"}])",
      R"([{"op":"replace","path":"externalId","value":"e"}])",
      "[]"};
  for (const std::string& one : patches)
    expect_unchanged(
        path, [&] { return patch(path, one); }, one);
  expect_unchanged(
      path, [&] { return put(path, get(path).text); }, "what was read");
  expect_unchanged(
      path,
      [&] {
        return put(path, R"({"EMAILS":[{"PRIMARY":"true","type":"work","value":"a@x.example"},
            {"type":"home","value":"b@x.example"}],"Name":{"familyName":"L","givenName":"A"},"title":"T",
            "USERNAME":"ada","externalId":"e"})");
      },
      "reordered, in other capitals");
  expect_changed(
      path, [&] { return patch(path, R"([{"op":"replace","path":"title","value":"U"}])"); }, "a change");
}

TEST_F(EngineNoOps, Groups) {
  const std::string a = user("a"), b = user("b");
  const std::string path = "/Groups/" + group("g", R"([{"value":")" + a + R"("},{"value":")" + b + R"("}])");
  const std::string both = R"([{"value":")" + b + R"(","display":"b"},{"value":")" + a + R"("}])";
  const std::vector<std::string> patches = {R"([{"op":"add","path":"members","value":[{"value":")" + a + R"("}]}])",
                                            R"([{"op":"replace","path":"members","value":)" + both + "}]",
                                            R"([{"op":"replace","value":{"displayName":"g","Members":)" + both + "}}]",
                                            R"([{"op":"remove","path":"members[value eq \"nobody\"]"}])",
                                            R"([{"op":"add","path":"members","value":[{"value":")" + a +
                                                R"("}]},{"op":"replace","path":"displayName","value":"g"}])"};
  for (const std::string& one : patches)
    expect_unchanged(
        path, [&] { return patch(path, one); }, one);
  expect_unchanged(
      path, [&] { return put(path, R"({"members":)" + both + R"(,"DISPLAYNAME":"g"})"); }, "the same");
  expect_unchanged(
      path, [&] { return put(path, get(path).text); }, "what was read");
  expect_changed(
      path, [&] { return patch(path, R"([{"op":"remove","path":"members[value eq \")" + a + R"(\"]"}])"); },
      "a change");
}

// shows 7644-3.5.2-10
TEST_F(EngineNoOps, OnePrimaryByEveryWay) {
  const std::vector<std::string> ways = {
      R"([{"op":"add","path":"emails","value":[{"value":"new@x.example","primary":true}]}])",
      R"([{"op":"add","path":"emails","value":{"value":"b@x.example","type":"home","primary":true}}])",
      R"([{"op":"add","value":{"emails":[{"value":"new@x.example","primary":"True"}]}}])",
      R"([{"op":"replace","path":"emails[type eq \"home\"].primary","value":true}])",
      R"([{"op":"replace","path":"emails[type eq \"home\"]","value":{"value":"c@x.example","type":"home","primary":true}}])",
      R"([{"op":"add","path":"emails[type eq \"other\"].primary","value":true}])",
      R"([{"op":"replace","value":{"emails[type eq \"home\"].primary":true}}])",
      R"([{"op":"replace","path":"emails","value":[{"value":"z@x.example","primary":true},{"value":"y@x.example"}]}])"};
  int number = 0;
  for (const std::string& way : ways) {
    const std::string name = "p" + std::to_string(++number);
    const std::string path = "/Users/" + user(name, R"(,"emails":[{"value":")" + name +
                                                        R"(@x.example","type":"work","primary":true},{"value":"h)" +
                                                        name + R"(@x.example","type":"home"}])");
    std::string mine = way;
    for (const std::string from : {"new@", "b@", "c@", "z@", "y@"})
      if (const auto at = mine.find("\"" + from); at != std::string::npos) mine.insert(at + 1, name);
    const Answer answer = patch(path, mine);
    ASSERT_EQ(answer.status, 200) << mine << answer.text;
    int primaries = 0;
    for (const Json& email : *answer.body.find("emails")->array())
      primaries += email.find("primary") != nullptr && *email.find("primary") == Json(true) ? 1 : 0;
    EXPECT_EQ(primaries, 1) << mine << answer.text;
    const Json& first = answer.body.find("emails")->array()->front();
    if (mine.find(R"("path":"emails","value":[{"value":"p8z)") == std::string::npos) {
      EXPECT_FALSE(*first.find("primary") == Json(true)) << "the one before gave it up: " << mine << answer.text;
    }
  }
}

}  // namespace
}  // namespace rosterd::scim
