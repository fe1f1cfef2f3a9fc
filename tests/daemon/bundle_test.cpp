#include "daemon/commands/bundle.h"

#include "daemon/cli/output_file.h"
#include "daemon/commands/command.h"
#include "daemon/commands/redact.h"
#include "daemon/config/load.h"
#include "store/outbox.h"
#include "tests/daemon/api_fixture.h"
#include "tests/daemon/temp_dir.h"

namespace rosterd::commands {
namespace {

TEST(Redact, AddressesAndNamesGo) {
  const std::pair<std::string_view, std::string_view> rows[] = {
      {"no mail is stuck", "no mail is stuck"},
      {"550 <ada@example.org> unknown", "550 <[address]> unknown"},
      {"ada.b+c@example.org,eve@x.org", "[address],[address]"},
      {"@", "[address]"},
      {"uid=ada,ou=people,dc=x", "uid=[name],ou=people,dc=x"},
      {"CN=Ada\\, Countess+uid=ada,ou=p", "CN=[name]+uid=[name],ou=p"},
      {"\"cn=Ada Lovelace\" is not there", "\"cn=[name]\" is not there"},
      {"(mail=ada@example.org)", "(mail=[name])"},
      {"uid=", "uid=[name]"},
      {"x=y,ou=z", "x=y,ou=z"},
      {"ldap://ldap.example.org:389", "ldap://ldap.example.org:389"},
  };
  for (const auto& [text, want] : rows) EXPECT_EQ(without_personal_data(text), want) << text;
}

class Bundle : public api::ApiTest {
 protected:
  scim::Json make(bool personal) {
    auto services = make_services(*store_, config_, directories_, {store::kLocal, "cli:test"});
    services.metrics = [] { return std::string("# HELP x\nrosterd_up 1\n"); };
    const std::vector<Finding> findings = {
        {false, "corp", "canary \"uid=ada,ou=people\" is not there"},
        {false, "mail", "554 http://x/invitation/planted-Token-0123456789 is listed"}};
    return support_bundle(services, findings, personal);
  }
};

TEST_F(Bundle, SaysWhatIsNeededAndNobodysName) {
  const testing::TempDir dir;
  const auto password = dir.write("planted-file-name", "planted-Password");
  const auto loaded = config::parse(
      "[[directory]]\nname = \"corp\"\nuris = \"ldaps://ldap.example.org\"\nbind_dn = \"cn=planted-account,o=x\"\n"
      "bind_password_file = \"" +
      password.string() +
      "\"\npeople_bases = \"ou=people,o=x\"\n"
      "canary_people = \"uid=planted-canary,ou=people,o=x\"\n"
      "[mail]\nhost = \"mx.example.org\"\nfrom = \"planted-sender@example.org\"\nuser = \"planted-user\"\n"
      "password_file = \"" +
      password.string() + "\"\n");
  ASSERT_TRUE(loaded.config);
  config_ = loaded.config;
  const auto ada = person(entra_, "planted-person");
  write([&](store::Unit& unit) {
    store::queue_mail(
        unit,
        {.user = ada, .kind = "test", .recipient = "planted-person@example.org", .recipient_name = "planted-name"});
    const auto leased = store::lease_mails(unit, std::chrono::seconds{60}, 1);
    store::mail_refused(unit, leased.front(), "550 <planted-person@example.org> unknown");
  });
  const auto text = scim::write_json(make(false));
  EXPECT_EQ(text.find("planted"), std::string::npos) << text;
  for (const auto* part : {ROSTERD_VERSION, R"("schema":)", R"("users_staff":1)", R"("mails_refused":1)",
                           R"("audit_head":)", "ou=people,o=x", "ldaps://ldap.example.org", "mx.example.org",
                           R"("state":"refused")", "550 <[address]> unknown", "rosterd_up 1", "uid=[name],ou=people",
                           R"("limit_core":)", R"("value":"[set]")", R"("is":"daemon")"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  }
  const auto personal = scim::write_json(make(true));
  EXPECT_NE(personal.find("planted-person@example.org"), std::string::npos) << "asked for";
  for (const auto* never :
       {"planted-Password", "planted-file-name", "planted-account", "planted-user", "planted-Token"}) {
    EXPECT_EQ(personal.find(never), std::string::npos) << never;
  }
}

TEST(OutputFile, IsNewPrivateAndGoneWhenNothingCame) {
  const testing::TempDir dir;
  const auto path = dir.path() / "bundle";
  { const cli::OutputFile unused(path.string()); }
  EXPECT_FALSE(std::filesystem::exists(path));
  {
    cli::OutputFile file(path.string());
    EXPECT_TRUE(file.write(scim::make_object({{"a", 1}, {"b", scim::Array{scim::make_object({{"c", "d"}})}}})));
  }
  EXPECT_EQ(std::filesystem::status(path).permissions(), std::filesystem::perms{0600});
  std::ifstream in(path);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(in), {}),
            "{\n  \"a\": 1,\n  \"b\": [\n    {\"c\":\"d\"}\n  ]\n}\n");
  EXPECT_NE(cli::OutputFile(path.string()).problem(), "") << "an existing file is left alone";
  EXPECT_TRUE(std::filesystem::exists(path));
  std::filesystem::create_symlink(dir.path() / "elsewhere", dir.path() / "link");
  EXPECT_NE(cli::OutputFile((dir.path() / "link").string()).problem(), "");
}

}  // namespace
}  // namespace rosterd::commands
