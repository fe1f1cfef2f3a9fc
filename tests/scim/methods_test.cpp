// Methods, media types, untidy URLs and /Me (RFC 7644 sections 3.8, 3.11 and RFC 9110).
#include "scim/endpoints.h"
#include "scim/media_type.h"
#include "tests/scim/service.h"

namespace rosterd::scim {
namespace {

class Methods : public Service {
 protected:
  Answer asking(std::string_view target, std::string accept) {
    Request extra;
    extra.accept = std::move(accept);
    return send("GET", target, "", extra);
  }
  Answer typed(std::string content_type) {
    Request extra;
    extra.content_type = std::move(content_type);
    return send("POST", "/Users/.search", R"({"count":0})", extra);
  }
};

// Every path of the table, with something in the place of the id.
std::string path_of(const Endpoint& endpoint) {
  std::string path(endpoint.path);
  if (const auto hole = path.find("{}"); hole != path.npos) path.replace(hole, 2, "x");
  return path.empty() ? "/" : path;
}

TEST_F(Methods, OptionsAndWrongMethodsNameWhatIsAllowed) {
  for (const Endpoint& endpoint : endpoints()) {
    if (endpoint.needs == Needs::self) continue;
    const std::string path = path_of(endpoint);
    const Answer options = send("OPTIONS", path);
    EXPECT_EQ(options.status, 204) << path;
    EXPECT_TRUE(options.text.empty());
    const std::string allow = options.header("Allow");
    EXPECT_NE(allow.find(endpoint.method), std::string::npos) << path << ": " << allow;
    EXPECT_TRUE(allow.ends_with("OPTIONS")) << allow;
    const Answer wrong = send("TRACE", path);
    EXPECT_EQ(wrong.status, 405) << path;
    EXPECT_EQ(wrong.header("Allow"), allow) << path;
  }
  EXPECT_EQ(send("OPTIONS", "/Users/x").header("Allow"), "GET, HEAD, PUT, PATCH, DELETE, OPTIONS");
  EXPECT_EQ(send("OPTIONS", "/Nothing").status, 404);
}

TEST_F(Methods, HeadIsGetWithoutTheBody) {
  const std::string id = user("ann");
  for (const char* path : {"/Users", "/Groups", "/Schemas", "/ServiceProviderConfig", "/Roles", "/"}) {
    const Answer head = send("HEAD", path);
    EXPECT_EQ(head.status, 200) << path;
    EXPECT_TRUE(head.text.empty()) << path;
  }
  EXPECT_EQ(send("HEAD", "/Users/" + id).header("ETag"), get("/Users/" + id).header("ETag"));
  EXPECT_EQ(send("HEAD", "/Users/nobody").status, 404);
}

TEST_F(Methods, StrangersDiscoverAndNothingElse) {
  connection_ = {.source = {}, .rights = Rights::none};
  for (const char* path : {"/ServiceProviderConfig", "/ResourceTypes", "/ResourceTypes/User", "/Schemas"}) {
    EXPECT_EQ(get(path).status, 200) << path;
    EXPECT_EQ(send("HEAD", path).status, 200) << path;
    EXPECT_EQ(send("OPTIONS", path).header("Allow"), "GET, HEAD, OPTIONS") << path;
  }
  for (const char* path : {"/Users", "/Me", "/", "/Roles", "/Nothing", "/Bulk"})
    for (const char* method : {"GET", "HEAD", "POST", "OPTIONS"})
      EXPECT_EQ(send(method, path).status, 401) << method << " " << path;
}

// shows 7644-3.8-4, 7644-3.8-5
TEST_F(Methods, AcceptAsClientsSendIt) {
  for (const char* taken :
       {"", "*/*", "application/scim+json", "application/json", "Application/JSON; charset=utf-8",
        "text/html, application/xhtml+xml, */*;q=0.8", "application/xml, application/json;q=0.1", "application/*",
        "text/html, image/gif, *; q=.2, */*; q=.2", "text/json", "application/vnd.x+json", "json", ", ,;", "q=0"})
    EXPECT_EQ(asking("/Users", taken).status, 200) << taken;
  for (const char* refused : {"text/html", "application/xml, text/*", "application/json;q=0", "*/*;q=0.0",
                              "application/scim+json; q=0, text/html"})
    EXPECT_EQ(asking("/Users", refused).status, 406) << refused;
}

TEST_F(Methods, NothingIsDoneWhoseAnswerIsNotAccepted) {
  Request extra;
  extra.accept = "text/html";
  EXPECT_EQ(send("POST", "/Users", R"({"userName":"ann"})", extra).status, 406);
  EXPECT_EQ(get("/Users").total(), 0u);
}

TEST_F(Methods, ContentTypeAsClientsSendIt) {
  for (const char* taken :
       {"", "application/scim+json", "application/json", "application/scim+json;charset=UTF-8",
        "application/json; charset=\"utf-8\"", "APPLICATION/JSON", "text/json", "application/json; boundary=x"})
    EXPECT_EQ(typed(taken).status, 200) << taken;
  for (const char* refused : {"text/plain", "application/xml", "application/x-www-form-urlencoded", "json",
                              "application/json; charset=utf-16", "application/scim+json;charset=iso-8859-1"})
    EXPECT_EQ(typed(refused).status, 415) << refused;
}

TEST_F(Methods, UntidyUrlsAreBorneWith) {
  const std::string id = user("ann");
  const std::vector<std::string> paths = {"/Users/" + id,       "//Users//" + id,      "/Users/" + id + "/",
                                          "/Users/" + id + "?", "/Users/" + id + "?&", "/Users/" + id + "?a&",
                                          "/users/" + id};
  for (const std::string& path : paths) EXPECT_EQ(get(path).status, 200) << path;
}

TEST_F(Methods, TheRootListsEverybody) {
  user("ann");
  group("G");
  EXPECT_EQ(get("/").total(), 2u);
  EXPECT_EQ(get("").total(), 2u);
  EXPECT_EQ(get("/?filter=" + encode("displayName eq \"G\"")).total(), 1u);
  connection_.assigns = true;
  EXPECT_EQ(get("/?filter=" + encode("displayName eq \"Staff\"")).at("Resources/0/meta/resourceType"), "Role");
}

class Me : public Service {
 protected:
  // The session of somebody whom a connection has made.
  void sign_in(const std::string& id) {
    const auto person = store_->read([&](const store::View& view) { return store::find_user(view, id)->key; });
    connection_ = {.source = {}, .rights = Rights::self, .person = person};
  }
};

// shows 7644-3.11-1
TEST_F(Me, AProvisioningTokenIsNobody) {
  for (const char* method : {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"})
    EXPECT_EQ(send(method, "/Me").status, 501) << method;
}

// shows 7644-3.11-2
TEST_F(Me, IsThePersonOfTheSession) {
  const std::string id = user("ann", R"(,"displayName":"Ann","title":"Dr")");
  group("Sales", R"([{"value":")" + id + R"("}])");
  const std::string tag = get("/Users/" + id).header("ETag");
  sign_in(id);
  const Answer me = get("/Me");
  ASSERT_EQ(me.status, 200) << me.text;
  EXPECT_EQ(me.at("id"), id);
  EXPECT_EQ(me.at("title"), "Dr");
  EXPECT_EQ(me.at("urn:rosterd:params:scim:schemas:extension:access:2.0:User"
                  "/roles"),
            R"(["Staff"])");
  EXPECT_EQ(me.at("groups/0/display"), "Sales");
  EXPECT_EQ(me.header("Content-Location"), "https://x.example/scim/v2/Users/" + id);
  EXPECT_EQ(me.at("meta/location"), me.header("Content-Location"));
  EXPECT_EQ(me.header("Location"), me.header("Content-Location"));
  EXPECT_EQ(me.header("ETag"), tag);
  Request extra;
  extra.if_none_match = tag;
  EXPECT_EQ(send("GET", "/Me", "", extra).status, 304);
  EXPECT_EQ(get("/Me?attributes=userName").at("title"), "");
}

TEST_F(Me, AndNothingElse) {
  const std::string id = user("ann");
  sign_in(id);
  EXPECT_EQ(send("OPTIONS", "/Me").header("Allow"), "GET, HEAD, OPTIONS");
  EXPECT_EQ(patch("/Me", R"([{"op":"replace","path":"title","value":"x"}])").status, 405);
  EXPECT_EQ(remove("/Me").status, 405);
  const std::vector<std::string> paths = {"/Users", "/Users/" + id, "/Groups", "/Roles", "/"};
  for (const std::string& path : paths) EXPECT_EQ(get(path).status, 403) << path;
  EXPECT_EQ(patch("/Users/" + id, "[]").status, 403);
  EXPECT_EQ(get("/Schemas").status, 200);
}

}  // namespace
}  // namespace rosterd::scim
