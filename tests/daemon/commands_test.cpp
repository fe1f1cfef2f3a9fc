#include <set>

#include "daemon/commands/command.h"
#include "daemon/commands/text.h"
#include "store/audit.h"
#include "store/invitations.h"
#include "store/outbox.h"
#include "tests/daemon/api_fixture.h"

namespace rosterd::commands {
namespace {

class Commands : public api::ApiTest {
 protected:
  Result command(std::string_view name, const Arguments& arguments = {}) {
    return run(*find(name), make_services(*store_, config_, directories_, {store::kLocal, "cli:test"}), arguments);
  }
};

TEST(CommandTable, EveryCommandHasHelpAndAnExampleThatBeginsWithItsName) {
  std::set<std::string_view> names;
  for (const auto& command : table()) {
    EXPECT_TRUE(names.insert(command.name).second) << command.name;
    EXPECT_TRUE(command.help.ends_with(".")) << command.name;
    EXPECT_TRUE(command.example.starts_with(command.name)) << command.name;
    EXPECT_EQ(find(command.name), &command);
  }
}

TEST_F(Commands, ArgumentsAreChecked) {
  EXPECT_EQ(command("explain").exit, Exit::usage);
  EXPECT_EQ(command("explain", {{"PERSON", "x"}, {"other", "y"}}).exit, Exit::usage);
  EXPECT_EQ(command("explain", {{"PERSON", std::string(5000, 'x')}}).exit, Exit::usage);
  EXPECT_EQ(command("explain", {{"PERSON", "nobody"}}).exit, Exit::not_found);
  EXPECT_EQ(command("holds show", {{"ID", "three"}}).exit, Exit::usage);
  EXPECT_EQ(command("holds show", {{"ID", "3"}}).exit, Exit::not_found);
  EXPECT_EQ(command("mail retry", {{"ID", "3"}}).exit, Exit::not_found);
  EXPECT_EQ(command("sync", {{"source", "nowhere"}}).exit, Exit::not_found);
}

TEST_F(Commands, ExplainShowsTheChain) {
  rules({{.name = "engineers", .group = "cn=eng,dc=x", .role = "Staff", .projects = {"Website"}}});
  const auto who = person(corp_, "ada");
  join(group(corp_, "eng", "cn=eng,dc=x"), {who});
  const auto result = command("explain", {{"PERSON", "ada@example.org"}});
  ASSERT_EQ(result.exit, Exit::ok);
  EXPECT_NE(result.text.find("rule engineers"), std::string::npos) << result.text;
  EXPECT_NE(result.text.find("ldap:corp"), std::string::npos);
  const auto* grants = result.data.find("grants")->array();
  ASSERT_EQ(grants->size(), 2U);
  for (const auto& grant : *grants) {
    EXPECT_EQ(grant.find("source")->string_or(""), "ldap:corp");
    EXPECT_EQ(grant.find("rule")->string_or(""), "engineers");
    EXPECT_EQ(grant.find("group")->string_or(""), "eng");
  }
  for (const auto* field : {"id", "active", "status", "kind", "roles", "projects", "blocks", "grants"}) {
    EXPECT_NE(result.data.find(field), nullptr) << field;
  }
}

TEST_F(Commands, AnAdminsBlockIsItsOwn) {
  const auto who = person(corp_, "ada");
  ASSERT_TRUE(stop(who, corp_, store::Reason::disabled));
  EXPECT_EQ(command("user deactivate", {{"PERSON", "ada"}, {"reason", "left"}}).exit, Exit::ok);
  const auto back = command("user reactivate", {{"PERSON", "ada"}});
  EXPECT_EQ(back.exit, Exit::refused) << "the directory's block stays";
  EXPECT_NE(back.text.find("Still inactive"), std::string::npos);
  ASSERT_TRUE(release(who, corp_));
  EXPECT_TRUE(user(who).active);
}

// shows 7644-7.4-3
TEST_F(Commands, TokensAreShownOnceAndRotateSideBySide) {
  const auto first = command("token create", {{"name", "one"}, {"source", "scim:entra"}});
  const auto second = command("token create", {{"name", "two"}, {"source", "scim:entra"}, {"expires", "30d"}});
  ASSERT_EQ(first.exit, Exit::ok) << first.text;
  ASSERT_EQ(second.exit, Exit::ok) << second.text;
  for (const auto* result : {&first, &second}) {
    const auto secret = std::string(result->data.find("token")->string_or(""));
    EXPECT_EQ(call(with_bearer(request("GET", "/scim/v2/Users"), secret)).status, 200);
    EXPECT_EQ(command("token list").text.find(secret), std::string::npos);
    EXPECT_NE(result->data.find("expires")->string_or(""), "") << "each one ends, whether asked for or not";
  }
  EXPECT_EQ(command("token revoke", {{"NAME", "one"}}).exit, Exit::ok);
  EXPECT_EQ(
      call(with_bearer(request("GET", "/scim/v2/Users"), std::string(first.data.find("token")->string_or("")))).status,
      401);
  EXPECT_EQ(
      call(with_bearer(request("GET", "/scim/v2/Users"), std::string(second.data.find("token")->string_or("")))).status,
      200);
  EXPECT_EQ(command("token create", {{"name", "two"}, {"source", "scim:entra"}}).exit, Exit::refused) << "name taken";
  EXPECT_EQ(command("token create", {{"name", "three"}, {"source", "scim:none"}}).exit, Exit::not_found);
  EXPECT_EQ(command("token create", {{"name", "three"}, {"source", "scim:entra"}, {"expires", "soon"}}).exit,
            Exit::usage);
}

TEST_F(Commands, AdminResetLetsALockedOutAdminIn) {
  const auto made = command("admin reset", {{"EMAIL", "root@example.org"}});
  ASSERT_EQ(made.exit, Exit::ok) << made.text;
  const auto password = std::string(made.data.find("password")->string_or(""));
  EXPECT_EQ(call(request("POST", "/api/v1/authenticate", credentials("root@example.org", password))).status, 200);
  EXPECT_EQ(command("user deactivate", {{"PERSON", "root@example.org"}}).exit, Exit::refused) << "the last admin";
  const auto again = command("admin reset", {{"EMAIL", "root@example.org"}});
  ASSERT_EQ(again.exit, Exit::ok) << again.text;
  EXPECT_EQ(call(request("POST", "/api/v1/authenticate", credentials("root@example.org", password))).status, 401);
}

TEST_F(Commands, AdminResetChangesNothingForSomebodyWhomASourceBlocks) {
  const auto who = person(corp_, "ada");
  ASSERT_TRUE(stop(who, corp_, store::Reason::left_directory));
  const auto result = command("admin reset", {{"EMAIL", "ada@example.org"}});
  EXPECT_EQ(result.exit, Exit::refused);
  EXPECT_TRUE(roles(who).empty());
}

TEST_F(Commands, AdminResetKnowsPeopleByAddressOnly) {
  auto named = facts("root@example.org", "k-named");
  named.profile = profile("root@example.org", "other@example.org");
  const auto who = *put(entra_, named);
  EXPECT_EQ(command("admin reset", {{"EMAIL", "root@example.org"}}).exit, Exit::refused);
  EXPECT_TRUE(roles(who.user).empty());
}

TEST_F(Commands, WrongOptionValuesAreNoEmptyList) {
  EXPECT_EQ(command("user list", {{"status", "foo"}}).exit, Exit::usage);
  EXPECT_EQ(command("user list", {{"kind", "robot"}}).exit, Exit::usage);
  EXPECT_EQ(command("user list", {{"status", "inactive"}, {"kind", "Client"}}).exit, Exit::ok);
  EXPECT_EQ(command("mail list", {{"state", "Sent"}}).exit, Exit::usage);
}

TEST_F(Commands, AdminResetUnlocksAfterFailedAttempts) {
  command("admin reset", {{"EMAIL", "root@example.org"}});
  for (int i = 0; i < 5; ++i) {
    auto wrong = request("POST", "/api/v1/authenticate", credentials("root@example.org", "wrong"));
    wrong.peer.address = "198.51.100." + std::to_string(i);
    EXPECT_EQ(call(wrong).status, 401);
  }
  const auto reset = command("admin reset", {{"EMAIL", "root@example.org"}});
  const auto password = std::string(reset.data.find("password")->string_or(""));
  EXPECT_EQ(call(request("POST", "/api/v1/authenticate", credentials("root@example.org", password))).status, 200);
}

TEST_F(Commands, EveryChangingCommandLeavesAnAuditRow) {
  rules({{.name = "r", .group = "eng", .source = {}, .role = "Staff"}});
  const auto who = person(entra_, "ada");
  ASSERT_TRUE(write([&](store::Unit& unit) { return store::invite(unit, who); }));
  const std::map<std::string_view, Arguments> arguments = {
      {"user invite", {{"PERSON", "ada"}}},
      {"mail cancel", {{"ID", "2"}}},
      {"user deactivate", {{"PERSON", "ada"}}},
      {"user reactivate", {{"PERSON", "ada"}}},
      {"token create", {{"name", "t"}, {"source", "scim:entra"}}},
      {"token revoke", {{"NAME", "t"}}},
      {"admin reset", {{"EMAIL", "root@example.org"}}},
  };
  // In this order, because one prepares the next.
  for (const auto* name : {"user invite", "mail cancel", "user deactivate", "user reactivate", "token create",
                           "token revoke", "admin reset"}) {
    const auto before = number("SELECT COUNT(*) FROM audit WHERE actor = 'cli:test'");
    const auto result = command(name, arguments.at(name));
    ASSERT_EQ(result.exit, Exit::ok) << name << ": " << result.text;
    EXPECT_GT(number("SELECT COUNT(*) FROM audit WHERE actor = 'cli:test'"), before) << name;
  }
}

TEST_F(Commands, TerminalsAreNotSteered) {
  auto hostile = facts("eve", "k-eve");
  hostile.profile = profile("eve", "eve@example.org", "x\\u001b[2Jy\\u009by\\u202ez");
  ASSERT_TRUE(put(entra_, hostile));
  for (const auto* name : {"user list", "user show", "explain"}) {
    const auto result =
        command(name, std::string_view(name) == "user list" ? Arguments{} : Arguments{{"PERSON", "eve"}});
    EXPECT_EQ(result.text.find('\x1b'), std::string::npos) << name;
    EXPECT_EQ(result.text.find("\xC2\x9B"), std::string::npos) << name;
    EXPECT_EQ(result.text.find("\xE2\x80\xAE"), std::string::npos) << name;
  }
}

TEST(CommandText, Durations) {
  using std::chrono::hours;
  EXPECT_EQ(parse_duration("365d"), hours{24 * 365});
  EXPECT_EQ(parse_duration("12h"), hours{12});
  for (const auto* bad : {"", "d", "0d", "-1d", "12", "1w", "99999999999d", "9223372036854775807d", "1d "}) {
    EXPECT_FALSE(parse_duration(bad)) << bad;
  }
}

TEST(CommandText, ColumnsLineUpByCharacters) {
  EXPECT_EQ(columns({"A", "B"}, {{"é", "x"}, {"lang", "y"}}), "A     B\né     x\nlang  y\n");
}

}  // namespace
}  // namespace rosterd::commands
