// What a connection may do, and requests that hold only under a condition (RFC 7644 section 3.14, RFC 9110 section 13,
// RFC 6585 section 3).
#include "scim/datetime.h"
#include "tests/scim/service.h"

namespace rosterd::scim {
namespace {

TEST(HttpDate, Table) {
  EXPECT_EQ(parse_http_date("Thu, 01 Jan 2026 00:00:00 GMT"), store::from_millis(1'767'225'600'000));
  EXPECT_EQ(parse_http_date("Thursday, 01-Jan-26 00:00:00 GMT"), store::from_millis(1'767'225'600'000));
  EXPECT_EQ(parse_http_date("Thu Jan  1 00:00:00 2026"), store::from_millis(1'767'225'600'000));
  for (const char* text : {"", "Sat, 31 Feb 2026 00:00:00 GMT", "Thu, 01 Jan 2026 00:00:00 UTC",
                           "Thu, 01 Jan 2026 00:00:00", "2026-01-01T00:00:00Z", "Thu, 01 Xxx 2026 00:00:00 GMT",
                           "Thu, 01 Jan 2026 00:00:00 GMT ", "Thu, aa Jan 2026 00:00:00 GMT"})
    EXPECT_EQ(parse_http_date(text), std::nullopt) << text;
}

class EngineConditions : public Service {
 protected:
  static Request since(const char* modified, const char* unmodified = "") {
    Request request;
    request.if_modified_since = modified;
    request.if_unmodified_since = unmodified;
    return request;
  }
};

constexpr const char* kTitle = R"({"Operations":[{"op":"replace","path":"title","value":"x"}]})";
constexpr const char* kName = R"({"Operations":[{"op":"replace","path":"displayName","value":"x"}]})";

TEST_F(EngineConditions, ByDate) {
  const std::string u = "/Users/" + user("anna"), g = "/Groups/" + group("staff");  // at midnight
  for (const std::string& target : {u, g}) {
    const auto status = [&](Request request) { return send("GET", target, "", std::move(request)).status; };
    EXPECT_EQ(status(since("Wed, 31 Dec 2025 23:59:59 GMT")), 200) << target;
    EXPECT_EQ(status(since("Thu, 01 Jan 2026 00:00:00 GMT")), 304);
    EXPECT_EQ(status(since("yesterday")), 200);
    Request both = since("Thu, 01 Jan 2026 00:00:00 GMT");
    both.if_none_match = "W/\"999\"";
    EXPECT_EQ(status(both), 200) << "a version says more than a date";
  }
  clock_.advance(std::chrono::milliseconds{500});
  EXPECT_EQ(send("PATCH", u, kTitle, since("", "Thu, 01 Jan 2026 00:00:00 GMT")).status, 200);
  EXPECT_EQ(send("GET", u, "", since("Thu, 01 Jan 2026 00:00:00 GMT")).status, 200) << "changed within that second";
  clock_.advance(std::chrono::seconds{1});
  EXPECT_EQ(send("PUT", u, R"({"userName":"anna"})", since("", "Wed, 31 Dec 2025 23:59:59 GMT")).status, 412);
  EXPECT_EQ(send("DELETE", u, "", since("", "Wed, 31 Dec 2025 23:59:59 GMT")).status, 412);
  EXPECT_EQ(send("PATCH", g, kName, since("", "Wed, 31 Dec 2025 23:59:59 GMT")).status, 412);
  EXPECT_EQ(send("DELETE", g, "", since("", "Thu, 01 Jan 2026 00:00:00 GMT")).status, 204);
  EXPECT_EQ(send("DELETE", u, "", since("", "never")).status, 204);
}

TEST_F(EngineConditions, AVersionCanBeDemanded) {
  const std::string u = "/Users/" + user("anna"), g = "/Groups/" + group("staff");
  connection_.require_version = true;
  for (const auto& [target, patch] : {std::pair(u, kTitle), std::pair(g, kName)}) {
    const Answer refused = send("PATCH", target, patch);
    EXPECT_EQ(refused.status, 428) << refused.text;
    EXPECT_EQ(refused.at("status"), "428");
    EXPECT_EQ(send("DELETE", target).status, 428);
    const Answer read = get(target);
    EXPECT_EQ(read.status, 200);
    Request known;
    known.if_match = read.header("ETag");
    EXPECT_LT(send("PATCH", target, patch, known).status, 300);
    EXPECT_EQ(send("DELETE", target, "", since("", "Thu, 01 Jan 2026 00:00:00 GMT")).status, 428) << "too coarse";
    known.if_match = " * ";
    EXPECT_EQ(send("DELETE", target, "", known).status, 428) << "any version is none that was read";
    known.if_match = get(target).header("ETag");
    EXPECT_EQ(send("DELETE", target, "", known).status, 204);
  }
  EXPECT_EQ(post("/Users", R"({"userName":"new"})").status, 201) << "what does not exist has no version";
}

// shows 7644-7.7-3
TEST_F(EngineConditions, RightsOfAConnection) {
  const std::string u = "/Users/" + user("anna"), g = "/Groups/" + group("staff");
  const auto count = [&](Rights rights) {
    connection_.rights = rights;
    int refused = 0;
    for (const Answer& answer :
         {post("/Users", R"({"userName":"b)" + std::to_string(static_cast<int>(rights)) + "\"}"),
          patch(u, R"([{"op":"replace","path":"title","value":"x"}])"),
          patch(g, R"([{"op":"replace","path":"displayName","value":"s"}])"), post("/Groups", R"({"displayName":"t"})"),
          put(g, R"({"displayName":"s"})"), get(u), get(g), get("/Users"), post("/Users/.search", "{}"),
          post("/.search", "{}"), get("/Schemas")}) {
      if (answer.status != 403) continue;
      ++refused;
      EXPECT_NE(answer.at("detail"), "");
    }
    return refused;
  };
  EXPECT_EQ(count(Rights::read), 5);
  EXPECT_EQ(count(Rights::users), 3);
  EXPECT_EQ(count(Rights::full), 0);
  connection_.rights = Rights::read;
  EXPECT_EQ(remove(u).status, 403);
  EXPECT_EQ(remove(g).status, 403);
}

}  // namespace
}  // namespace rosterd::scim
