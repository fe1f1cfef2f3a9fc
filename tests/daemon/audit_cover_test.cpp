// Whatever changes something leaves an audit row that says who, through which door and in which request; reading leaves
// none. Walks the tables of routes, SCIM endpoints and commands: a row without a case here fails.
#include <gtest/gtest-spi.h>

#include <functional>
#include <map>

#include "daemon/commands/command.h"
#include "scim/endpoints.h"
#include "store/access.h"
#include "store/audit.h"
#include "store/audit_chain.h"
#include "store/holds.h"
#include "store/invitations.h"
#include "store/outbox.h"
#include "store/outbox_hold.h"
#include "tests/daemon/api_fixture.h"
#include "tests/daemon/temp_dir.h"

namespace rosterd::api {
namespace {

constexpr const char* kPassword = "planted-Tr0ub4dor-passphrase";
constexpr const char* kRequest = "fedcba9876543210fedcba9876543210";

class AuditCover : public ApiTest {
 protected:
  // A row of a table: what it needs is made, then the request is returned. Only what answers it is looked at.
  using Case = std::function<http::Request()>;
  using Cases = std::map<std::string, Case>;

  AuditCover() {
    auto config = std::make_shared<config::Config>(*config_);
    config::Directory corp;
    corp.name = "corp";
    config->directories = {corp};
    config_ = config;
    rules({{.name = "r", .group = "eng", .source = {}, .role = "Staff"}});
    token_ = write([&](store::Unit& unit) { return store::create_token(unit, "entra", entra_, {}); })->secret;
  }

  http::Response answer_to(http::Request request) {
    auto all = context();
    all.services = [this](store::Actor actor) {
      auto services = make_services(*store_, config_, directories_, std::move(actor));
      services.sync = [](const config::Directory& directory, bool) {
        return commands::SyncAnswer{.source = directory.source(), .failure = {}, .plan_text = {}, .plan = {}};
      };
      services.diagnose = [](const config::Directory&) { return std::vector<commands::Finding>{}; };
      services.scim_log = scim_log_;
      services.test_mail = [](const std::string&) { return std::vector<commands::Finding>{{true, "end of DATA", ""}}; };
      return services;
    };
    request.id = kRequest;
    return answer(all, request);
  }

  void walk_one(const std::string& name, bool changes, const Cases& cases) {
    SCOPED_TRACE(name);
    const auto found = cases.find(name);
    if (found == cases.end()) {
      ADD_FAILURE() << "has no case here: what does it leave in the audit trail?";
      return;
    }
    auto request = found->second();
    const auto before = number("SELECT COALESCE(MAX(sequence), 0) FROM audit");
    const auto response = answer_to(std::move(request));
    EXPECT_LT(response.status, 300) << response.body;
    const auto command = json(response);
    const auto* exit = command.find("exit");
    EXPECT_TRUE(!exit || name == "doctor" || *exit == scim::Json(0)) << response.body;
    const auto since = " FROM audit WHERE sequence > " + std::to_string(before);
    if (!changes) {
      EXPECT_EQ(number("SELECT COUNT(*)" + since), 0) << "reading is no change";
      return;
    }
    EXPECT_GT(number("SELECT COUNT(*)" + since), 0);
    EXPECT_EQ(number("SELECT COUNT(*)" + since + " AND (actor = '' OR request_id <> '" + kRequest +
                     "' OR source_id NOT IN (SELECT id FROM sources))"),
              0)
        << word("SELECT actor || '|' || source_id || '|' || action || '|' || request_id" + since);
    for (const auto& secret : {std::string(kPassword), token_}) {
      EXPECT_EQ(number("SELECT COUNT(*)" + since + " AND instr(actor || action || target || detail, '" + secret + "')"),
                0);
    }
    EXPECT_EQ(number("SELECT COUNT(*)" + since + " AND detail LIKE '%argon2%'"), 0);
  }

  http::Request scim(std::string method, const std::string& path, std::string body = {}) {
    return with_bearer(request(std::move(method), "/scim/v2" + path, std::move(body)), token_);
  }
  http::Request run(const std::string& name, const commands::Arguments& arguments = {}) {
    scim::Object given;
    for (const auto& [key, value] : arguments) given.set(key, value);
    return on_control(request("POST", "/control/v1/commands",
                              scim::write_json(scim::make_object({{"command", name}, {"arguments", given}}))));
  }
  std::string user_path(const std::string& name) { return "/Users/" + user(person(entra_, name)).id; }
  std::string group_path(const std::string& name) {
    const auto key = std::to_string(group(entra_, name).value);
    return "/Groups/" + word("SELECT id FROM groups WHERE key = " + key);
  }
  static std::string user_body(const std::string& name) {
    return R"({"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":")" + name + R"(","password":")" +
           kPassword + R"(","displayName":"Somebody else"})";
  }
  static std::string group_body(const std::string& name) {
    return R"({"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":")" + name + "\"}";
  }
  static std::string patch_body(const std::string& operation) {
    return R"({"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[)" + operation + "]}";
  }
  std::string invitation_of(const std::string& name) {
    const auto who = person(entra_, name);
    const auto made = write([&](store::Unit& unit) { return store::invite(unit, who); });
    return *read([&](const store::View& view) { return store::invitation_token(view, *made, store_->secret_key()); });
  }
  std::string session_of(const std::string& name) {
    const auto who = joined(name, kPassword);
    return write([&](store::Unit& unit) { return store::create_session(unit, who); });
  }
  std::string mail_of(const std::string& name) {
    const auto who = person(entra_, name);
    const auto id = write([&](store::Unit& unit) {
      return store::queue_mail(unit,
                               {.user = who, .kind = "test", .recipient = name + "@example.org", .recipient_name = {}});
    });
    return std::to_string(id.value);
  }
  std::string hold_of(const std::string& name) {
    person(corp_, name);
    const store::HoldItem item{.kind = "block_person", .subject = name, .digest = "d", .detail = "{}", .text = name};
    const auto id = write([&](store::Unit& unit) { return store::hold(unit, corp_, "one removal", {&item, 1}); });
    return std::to_string(id.value);
  }

  Cases routes_cases();
  Cases endpoint_cases();
  Cases command_cases();

  std::string token_;
};

AuditCover::Cases AuditCover::routes_cases() {
  return {
      {"GET /healthz", [&] { return request("GET", "/healthz"); }},
      {"GET /readyz", [&] { return request("GET", "/readyz"); }},
      {"GET /metrics",
       [&] {
         auto near = request("GET", "/metrics");
         near.peer.address = "127.0.0.1";
         return near;
       }},
      {"* /scim/v2/**", [&] { return scim("POST", "/Users", user_body("by-the-route")); }},
      {"POST /api/v1/authenticate",
       [&] {
         joined("signs-in", kPassword);
         return request("POST", "/api/v1/authenticate", credentials("signs-in", kPassword));
       }},
      {"GET /api/v1/session", [&] { return with_bearer(request("GET", "/api/v1/session"), session_of("looks")); }},
      {"DELETE /api/v1/session",
       [&] { return with_bearer(request("DELETE", "/api/v1/session"), session_of("leaves")); }},
      {"GET /invitation/{}", [&] { return request("GET", "/invitation/" + invitation_of("opens")); }},
      {"POST /invitation/{}",
       [&] {
         return request("POST", "/invitation/" + invitation_of("joins"),
                        std::string("password=") + kPassword + "&again=" + kPassword);
       }},
      {"GET /style.css", [&] { return request("GET", "/style.css"); }},
      {"control GET /control/v1/status", [&] { return on_control(request("GET", "/control/v1/status")); }},
      {"control POST /control/v1/commands",
       [&] {
         return run("token create", {{"name", "x"}, {"source", "scim:entra"}});
       }},
      {"control GET /metrics", [&] { return on_control(request("GET", "/metrics")); }},
  };
}

AuditCover::Cases AuditCover::endpoint_cases() {
  const std::string search = R"({"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"]})";
  const auto get = [this](std::string path) { return [this, path] { return scim("GET", path); }; };
  return {
      {"GET /Users", get("/Users")},
      {"POST /Users", [&] { return scim("POST", "/Users", user_body("posted")); }},
      {"POST /Users/.search", [this, search] { return scim("POST", "/Users/.search", search); }},
      {"POST /.search", [this, search] { return scim("POST", "/.search", search); }},
      {"GET /Users/{}", [&] { return scim("GET", user_path("got")); }},
      {"PUT /Users/{}", [&] { return scim("PUT", user_path("put"), user_body("put")); }},
      {"PATCH /Users/{}",
       [&] {
         return scim("PATCH", user_path("patched"),
                     patch_body(std::string(R"({"op":"replace","value":{"title":"Engineer","password":")") + kPassword +
                                "\"}}"));
       }},
      {"DELETE /Users/{}", [&] { return scim("DELETE", user_path("deleted")); }},
      {"GET /Roles", get("/Roles")},
      {"POST /Roles/.search", [this, search] { return scim("POST", "/Roles/.search", search); }},
      {"GET /Roles/{}", get("/Roles/role-1")},
      {"GET /Entitlements", get("/Entitlements")},
      {"POST /Entitlements/.search", [this, search] { return scim("POST", "/Entitlements/.search", search); }},
      {"GET /Entitlements/{}",
       [&] {
         write([](store::Unit& unit) { store::ensure_role(unit, {{}, "Reader", 1, false, {"files"}}); });
         return scim("GET", "/Entitlements/permission-files");
       }},
      {"GET /Projects", get("/Projects")},
      {"POST /Projects/.search", [this, search] { return scim("POST", "/Projects/.search", search); }},
      {"GET /Projects/{}",
       [&] {
         write([](store::Unit& unit) { store::ensure_project(unit, "Website"); });
         return scim("GET", "/Projects/project-1");
       }},
      {"GET /Me", [&] { return with_bearer(request("GET", "/scim/v2/Me"), session_of("asks")); }},
      {"GET ", get("/")},
      {"GET /Groups", get("/Groups")},
      {"POST /Groups", [&] { return scim("POST", "/Groups", group_body("posted")); }},
      {"POST /Groups/.search", [this, search] { return scim("POST", "/Groups/.search", search); }},
      {"GET /Groups/{}", [&] { return scim("GET", group_path("got")); }},
      {"PUT /Groups/{}", [&] { return scim("PUT", group_path("put"), group_body("put anew")); }},
      {"PATCH /Groups/{}",
       [&] {
         const auto member = user(person(entra_, "member")).id;
         return scim("PATCH", group_path("patched"),
                     patch_body(R"({"op":"add","path":"members","value":[{"value":")" + member + "\"}]}"));
       }},
      {"DELETE /Groups/{}", [&] { return scim("DELETE", group_path("deleted")); }},
      {"POST /Bulk",
       [this] {
         return scim("POST", "/Bulk",
                     R"({"Operations":[{"method":"POST","path":"/Groups","bulkId":"g","data":)" +
                         group_body("in bulk") + R"(},{"method":"POST","path":"/Users","bulkId":"u","data":)" +
                         user_body("in-bulk") + "}]}");
       }},
      {"GET /ServiceProviderConfig", get("/ServiceProviderConfig")},
      {"GET /ResourceTypes", get("/ResourceTypes")},
      {"GET /ResourceTypes/{}", get("/ResourceTypes/User")},
      {"GET /Schemas", get("/Schemas")},
      {"GET /Schemas/{}", get("/Schemas/urn:ietf:params:scim:schemas:core:2.0:User")},
  };
}

AuditCover::Cases AuditCover::command_cases() {
  const auto person_case = [this](std::string command, std::string name) {
    return [this, command, name] {
      person(entra_, name);
      return run(command, {{"PERSON", name}});
    };
  };
  return {
      {"sync", [&] { return run("sync"); }},
      {"explain", person_case("explain", "explained")},
      {"holds list", [&] { return run("holds list"); }},
      {"holds show",
       [&] {
         return run("holds show", {{"ID", hold_of("shown")}});
       }},
      {"holds release",
       [&] {
         return run("holds release", {{"ID", hold_of("released")}});
       }},
      {"holds discard",
       [&] {
         return run("holds discard", {{"ID", hold_of("discarded")}});
       }},
      {"token create",
       [&] {
         return run("token create", {{"name", "made"}, {"source", "scim:entra"}});
       }},
      {"token list", [&] { return run("token list"); }},
      {"token revoke",
       [&] {
         (void)write([&](store::Unit& unit) { return store::create_token(unit, "ended", entra_, {}); });
         return run("token revoke", {{"NAME", "ended"}});
       }},
      {"mail list", [&] { return run("mail list"); }},
      {"mail retry",
       [&] {
         return run("mail retry", {{"ID", mail_of("retried")}});
       }},
      {"mail cancel",
       [&] {
         return run("mail cancel", {{"ID", mail_of("cancelled")}});
       }},
      {"mail release",
       [&] {
         write([](store::Unit& unit) { store::hold_outbox(unit, "restored"); });
         return run("mail release");
       }},
      {"mail test",
       [&] {
         return run("mail test", {{"ADDRESS", "you@example.org"}});
       }},
      {"user list", [&] { return run("user list"); }},
      {"user show", person_case("user show", "showed")},
      {"user deactivate", person_case("user deactivate", "deactivated")},
      {"user reactivate",
       [&] {
         const auto who = person(entra_, "reactivated");
         (void)stop(who, store::kLocal, store::Reason::admin);
         return run("user reactivate", {{"PERSON", "reactivated"}});
       }},
      {"user invite", person_case("user invite", "invited")},
      {"admin reset",
       [&] {
         return run("admin reset", {{"EMAIL", "root@example.org"}});
       }},
      {"scim log", [&] { return run("scim log"); }},
      {"scim quirks", [&] { return run("scim quirks"); }},
      {"audit list", [&] { return run("audit list"); }},
      {"audit verify", [&] { return run("audit verify"); }},
      {"doctor", [&] { return run("doctor"); }},
  };
}

TEST_F(AuditCover, EveryRoute) {
  const auto cases = routes_cases();
  for (const auto& route : routes()) {
    const std::string door = route.door == kControl ? "control " : "";
    walk_one(door + std::string(route.method) + " " + std::string(route.pattern), route.changes, cases);
  }
}

TEST_F(AuditCover, EveryScimEndpoint) {
  const auto cases = endpoint_cases();
  (void)answer_to(scim("GET", "/Users"));  // from here on the token's use is noted
  for (const auto& endpoint : scim::endpoints()) {
    walk_one(std::string(endpoint.method) + " " + std::string(endpoint.path), endpoint.changes(), cases);
  }
}

TEST_F(AuditCover, EveryCommand) {
  const auto cases = command_cases();
  for (const auto& command : commands::table()) {
    if (!command.here) walk_one(std::string(command.name), command.changes, cases);
  }
}

// Those that work on the files of a store, whether a daemon runs or not.
TEST_F(AuditCover, EveryCommandOnFiles) {
  const testing::TempDir dir;
  const auto file = (dir.path() / "backup").string();
  const auto there = dir.path() / "restored";
  std::filesystem::create_directory(there);
  config::Config here, elsewhere;
  here.store.directory = directory_;
  elsewhere.store.directory = there;
  const std::map<std::string_view, const config::Config*> cases = {{"backup", &here}, {"restore", &elsewhere}};
  for (const auto& command : commands::table()) {
    if (!command.here) continue;
    SCOPED_TRACE(command.name);
    ASSERT_TRUE(cases.contains(command.name)) << "has no case here: what does it leave in the audit trail?";
    const auto before = number("SELECT COUNT(*) FROM audit");
    const auto done = commands::run_here(command, *cases.at(command.name), {{"FILE", file}}, "cli:test");
    EXPECT_EQ(done.exit, Exit::ok) << done.text;
    EXPECT_EQ(number("SELECT COUNT(*) FROM audit"), before) << "this store is only read";
    if (!command.changes) continue;
    const auto store = store::Store::open({there.string()}, clock_);
    const auto rows = store->read([](const store::View& view) { return store::list_audit(view, {.limit = 1}); });
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].actor, "cli:test");
    EXPECT_EQ(rows[0].source, "local");
    EXPECT_EQ(store::verify_audit(*store).problem, "") << "the chain goes on in what was restored";
    EXPECT_EQ(store::verify_audit(*store, store::verify_audit(*store_).head).problem, "");
  }
}

// The walk can fail.
TEST_F(AuditCover, ARowWithoutACaseOrWithoutItsAuditRowIsFound) {
  const auto cases = command_cases();
  EXPECT_NONFATAL_FAILURE(walk_one("a new command", true, cases), "has no case here");
  EXPECT_NONFATAL_FAILURE(walk_one("token list", true, cases), "COUNT");
}

TEST_F(AuditCover, FailedSignInsAreToldWhenTheyLock) {
  joined("ada", kPassword);
  const auto id = word("SELECT id FROM users WHERE user_name = 'ada'");
  const auto locks = [&] { return audited("sign_in.lock"); };
  for (int i = 0; i < 4; ++i) answer_to(request("POST", "/api/v1/authenticate", credentials("ada", "wrong")));
  EXPECT_EQ(locks(), 0) << "a guess is no change";
  answer_to(request("POST", "/api/v1/authenticate", credentials("ada", kPassword + std::string("x"))));
  EXPECT_EQ(locks(), 2) << "account and address";
  EXPECT_EQ(number("SELECT COUNT(*) FROM audit WHERE action = 'sign_in.lock' AND target = '" + id + "'"), 1);
  EXPECT_EQ(number("SELECT COUNT(*) FROM audit WHERE action = 'sign_in.lock' AND target = 'address:192.0.2.7'"), 1);
  // Names of nobody may be passwords that somebody typed into the wrong field.
  for (int i = 0; i < 6; ++i) {
    auto wrong = request("POST", "/api/v1/authenticate", credentials("a-secret-word", "wrong"));
    wrong.peer.address = "198.51.100." + std::to_string(i);
    answer_to(wrong);
  }
  EXPECT_EQ(locks(), 2);
  EXPECT_EQ(number("SELECT COUNT(*) FROM audit WHERE target LIKE '%a-secret-word%'"), 0);
}

}  // namespace
}  // namespace rosterd::api
