// What clients asked and how, without what they said: `scim log`, `scim quirks`, the habits' counters.
#include "daemon/scim_log.h"

#include "daemon/commands/command.h"
#include "daemon/metrics/metrics.h"
#include "tests/daemon/api_fixture.h"

namespace rosterd::api {
namespace {

#define PATCH(operations) R"({"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":)" operations "}"

TEST(ScimLog, KeepsTheLastOfEachConnection) {
  ScimLog log(3);
  const auto add = [&](const char* connection, int status, int second) {
    ScimExchange exchange;
    exchange.at = store::from_millis(1000 * second);
    exchange.connection = connection;
    exchange.status = status;
    exchange.notes = {{scim::Habit::booleans_as_text, "active", status < 400}};
    log.note(exchange);
  };
  for (int i = 0; i < 5; ++i) add("scim:a", i == 3 ? 400 : 200, i);
  add("scim:b", 409, 2);
  const auto seconds = [](const std::vector<ScimExchange>& all) {
    std::string out;
    for (const auto& one : all) out += one.connection.back() + std::to_string(store::to_millis(one.at) / 1000) + " ";
    return out;
  };
  EXPECT_EQ(seconds(log.exchanges("", false, 10)), "a4 a3 a2 b2 ");
  EXPECT_EQ(seconds(log.exchanges("", false, 2)), "a4 a3 ");
  EXPECT_EQ(seconds(log.exchanges("scim:a", true, 10)), "a3 ");
  EXPECT_EQ(seconds(log.exchanges("scim:c", false, 10)), "");
  const auto quirks = log.quirks("");
  ASSERT_EQ(quirks.size(), 2U);
  EXPECT_EQ(quirks[0].accepted, 4U) << "counted also when the exchange is gone";
  EXPECT_EQ(quirks[0].refused, 1U);
  EXPECT_EQ(store::to_millis(quirks[0].first), 0);
  EXPECT_EQ(store::to_millis(quirks[0].last), 4000);
  EXPECT_EQ(log.quirks("scim:b").size(), 1U);
}

class ScimSeen : public ApiTest {
 protected:
  void SetUp() override {
    secret_ = write([&](store::Unit& unit) { return store::create_token(unit, "entra-2026", entra_, {}); })->secret;
  }
  http::Response ask(const std::string& method, const std::string& path, const std::string& body = {}) {
    auto asked = request(method, "/scim/v2" + path.substr(0, path.find('?')), body);
    if (path.find('?') != std::string::npos) asked.query = path.substr(path.find('?') + 1);
    auto with = context();
    with.report = [this](std::string_view event, std::string_view detail, std::string_view) {
      journal_.append(event).append(" ").append(detail).append("\n");
    };
    with.count_habit = [this](std::string_view source, std::string_view habit, bool on) {
      metrics_.scim_habit(source, habit, on);
    };
    return answer(with, with_bearer(std::move(asked), secret_));
  }
  commands::Result run(const char* command, const commands::Arguments& arguments = {}) {
    return commands::run(*commands::find(command), context().services({store::kLocal, "cli:test"}), arguments);
  }
  void set(const std::function<void(config::ScimSource&)>& change) {
    auto changed = std::make_shared<config::Config>(*config_);
    change(changed->scim.at(0));
    config_ = changed;
  }
  std::string id_of(const http::Response& made) { return std::string(json(made).find("id")->string_or("")); }

  std::string secret_;
  std::string journal_;
  metrics::Metrics metrics_;
};

TEST_F(ScimSeen, ARefusalIsShownWithItsOperation) {
  const auto made = ask("POST", "/Users", R"({"userName":"ada"})");
  ASSERT_EQ(made.status, 201) << made.body;
  const std::string target = "/Users/" + id_of(made);
  EXPECT_EQ(ask("PATCH", target, PATCH(R"([{"op":"Replace","path":"title","value":"T"},
      {"op":"Replace","path":"emails[type eq \"work\"].primary","value":"perhaps"}])"))
                .status,
            400);
  const auto shown = run("scim log", {{"connection", "entra"}, {"failed", "true"}});
  ASSERT_EQ(shown.exit, Exit::ok);
  ASSERT_EQ(shown.data.array()->size(), 1U);
  const auto& row = shown.data.array()->front();
  EXPECT_EQ(row.find("path")->string_or(""), target);
  EXPECT_EQ(row.find("method")->string_or(""), "PATCH");
  EXPECT_EQ(row.find("token")->string_or(""), "entra-2026");
  EXPECT_EQ(row.find("scim_type")->string_or(""), "invalidValue");
  EXPECT_EQ(row.find("detail")->string_or(""),
            "Operations[1] (replace emails[…].primary): the value of primary must be true or false");
  EXPECT_EQ(row.find("body")->string_or(""), "[0] Replace title: text; [1] Replace emails[…].primary: text");
  EXPECT_EQ(row.find("request_id")->string_or(""), "0123456789abcdef0123456789abcdef");
  EXPECT_NE(shown.text.find("refused: Operations[1]"), std::string::npos) << shown.text;
  EXPECT_NE(journal_.find("scim_refused PATCH /Users/{id} 400: Operations[1]"), std::string::npos) << journal_;
  EXPECT_EQ(run("scim log", {{"limit", "0"}}).exit, Exit::usage);
  EXPECT_EQ(run("scim log", {{"connection", "other"}}).exit, Exit::not_found);
}

TEST_F(ScimSeen, AHabitIsCountedWithItsSetting) {
  const auto made = ask("POST", "/Users", R"({"userName":"ada"})");
  const std::string target = "/Users/" + id_of(made);
  for (int i = 0; i < 2; ++i) ask("PATCH", target, PATCH(R"([{"op":"replace","path":"active","value":"False"}])"));
  set([](config::ScimSource& scim) { scim.habits = {"-booleans-as-text"}; });
  EXPECT_EQ(ask("PATCH", target, PATCH(R"([{"op":"replace","path":"active","value":"True"}])")).status, 400);
  const auto shown = run("scim quirks", {{"connection", "scim:entra"}});
  const scim::Json* row = nullptr;
  for (const auto& one : *shown.data.array())
    if (one.find("habit")->string_or("") == "booleans-as-text") row = &one;
  ASSERT_NE(row, nullptr) << shown.text;
  EXPECT_EQ(row->find("accepted")->number()->text, "2");
  EXPECT_EQ(row->find("refused")->number()->text, "1");
  EXPECT_EQ(row->find("where")->string_or(""), "active");
  EXPECT_EQ(row->find("example")->string_or(""), "PATCH " + target + " [0] replace active: text");
  EXPECT_EQ(row->find("setting")->string_or(""), R"(habits = ["+booleans-as-text"])");
  EXPECT_EQ(row->find("section")->string_or(""), "RFC 7643 §2.3.2");
  EXPECT_NE(shown.text.find("read as the boolean"), std::string::npos) << shown.text;
  EXPECT_NE(metrics_.text().find(
                R"(rosterd_scim_habits_total{habit="booleans-as-text",outcome="accepted",source="scim:entra"} 2)"),
            std::string::npos)
      << metrics_.text();
}

TEST_F(ScimSeen, AStandardRequestHasNoHabits) {
  const auto made = ask("POST", "/Users",
                        R"({"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"ada","active":true})");
  ASSERT_EQ(made.status, 201);
  EXPECT_EQ(ask("GET", "/Users/" + id_of(made)).status, 200);
  EXPECT_EQ(ask("GET", "/Users?filter=userName%20eq%20%22ada%22&count=10").status, 200);
  EXPECT_EQ(run("scim quirks").data.array()->size(), 0U);
  EXPECT_EQ(run("scim log").data.array()->size(), 3U);
  EXPECT_EQ(run("scim log").data.array()->back().find("query")->string_or(""), "filter=userName eq \"…\"&count=…");
}

TEST_F(ScimSeen, RefusedCallersAreShown) {
  set([](config::ScimSource& scim) { scim.networks = {*config::parse_network("203.0.113.0/24")}; });
  EXPECT_EQ(ask("GET", "/Users").status, 403);
  const auto shown = run("scim log", {{"failed", "true"}});
  ASSERT_EQ(shown.data.array()->size(), 1U);
  EXPECT_EQ(shown.data.array()->front().find("detail")->string_or(""), "This connection is not used from this address");
}

// Every place of a request where a value can be, right and wrong.
TEST_F(ScimSeen, NothingOfAValueIsKept) {
  const auto made = ask("POST", "/Users", R"({"userName":"planted.ada","displayName":"planted lovelace","password":
      "planted-secret","emails":"planted@planted.example","title":"","nickName":987654321,"x":{"planted":"planted"},
      "name":{"givenName":"plantéd"},"active":"True"})");
  ASSERT_EQ(made.status, 201) << made.body;
  const std::string id = id_of(made);
  const std::pair<const char*, std::string> requests[] = {
      {"POST", R"({"userName":"planted.ada"})"},
      {"POST", R"({"userName":"other","emails":[{"value":"planted@planted.example"}]})"},
      {"POST", R"({"userName":"planted.b","active":"planted"})"},
      {"POST", R"({"userName":"planted.c","manager planted@x.example":1,"planted)"},
      {"POST", R"(planted)"},
      {"POST", R"({"schemas":["planted"],"userName":"  planted.d "})"}};
  for (const auto& [method, body] : requests) ask(method, "/Users", body);
  for (const std::string operations :
       {R"([{"op":"planted","path":"planted","value":"planted"}])",
        R"([{"op":"replace","path":"emails[value eq \"planted@x.example\"].type","value":"planted"}])",
        R"([{"op":"replace","path":"emails[value eq planted].type","value":"planted"}])",
        R"([{"op":"replace","path":"userName","value":"planted.ada planted"}])",
        R"([{"op":"replace","path":"manager planted","value":"planted"}])",
        R"([{"op":"replace","value":{"emails[value eq \"planted.key\"].type":"planted","active":"planted"}}])",
        R"([{"op":"replace","value":{"shoes[value eq \"planted.key\"]x":"planted","stray.key@x.example":1}}])",
        R"([{"op":"replace","path":"externalId","value":"planted"}, {"op":"add","path":"roles","value":["planted"]}])"})
    ask("PATCH", "/Users/" + id, R"({"Operations":)" + operations + "}");
  ask("POST", "/Groups", R"({"displayName":"planted group","members":["planted-member"]})");
  for (const char* path :
       {"/Users/planted", "/Users/planted@planted.example", "/planted", "/Users?filter=userName+eq+%22planted%22",
        "/Users?filter=planted", "/Users?filter=externalId+eq+planted&planted=planted&planted", "/Users?cursor=planted",
        "/Users?filter=emails%5Bvalue+eq+%22planted%22", "/Schemas/planted", "/Users?count=planted&sortBy=title",
        "/Users?attributes=title%planted"})
    ask("GET", path);
  ask("GET", "/Users/" + secret_);
  ask("GET", "/Users?access_token=" + secret_);

  const auto log = run("scim log", {{"limit", "1000"}}), quirks = run("scim quirks");
  ASSERT_GT(log.data.array()->size(), 25U);
  ASSERT_GT(quirks.data.array()->size(), 5U);
  for (const std::string& text :
       {scim::write_json(log.data), log.text, scim::write_json(quirks.data), quirks.text, metrics_.text(), journal_}) {
    for (const char* value :
         {"planted@", "planted.ada", "planted lovelace", "planted-secret", "planted-member", "planted group",
          "planted.b", "\"planted.key", "stray.key@", "987654321", "plant\xc3\xa9"})
      EXPECT_EQ(text.find(value), std::string::npos) << value << " is in\n" << text;
    EXPECT_EQ(text.find(secret_), std::string::npos);
  }
  // Names of attributes are shown as the client writes them, values nowhere.
  std::string names = scim::write_json(log.data);
  EXPECT_NE(names.find("x:{planted:text}"), std::string::npos);
}

}  // namespace
}  // namespace rosterd::api
