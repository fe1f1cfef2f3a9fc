#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "daemon/config/load.h"
#include "daemon/config/options.h"

namespace rosterd::config {
namespace {

const LoadOptions kNoSecrets{.credentials_directory = {}, .read_secrets = false};

std::string all(const std::vector<Problem>& problems) {
  std::string text;
  for (const Problem& problem : problems) text += to_text(problem, "f") + "\n";
  return text;
}

std::shared_ptr<const Config> good(std::string_view text) {
  LoadResult result = parse(text, kNoSecrets);
  EXPECT_EQ(all(result.problems), "");
  return result.config ? result.config : std::make_shared<const Config>();
}

TEST(Config, EmptyFileIsTheDefaults) {
  const auto config = good("");
  EXPECT_EQ(config->store.database(), "/var/lib/rosterd/rosterd.db");
  ASSERT_EQ(config->http.listen.size(), 1u);
  EXPECT_EQ(print_listen(config->http.listen[0]), "127.0.0.1:8380");
  EXPECT_EQ(config->http.max_body, 10 << 20);
  EXPECT_EQ(config->log.level, LogLevel::info);
  EXPECT_EQ(config->log.format, LogFormat::automatic);
  EXPECT_FALSE(config->mail.has_value());
  EXPECT_EQ(config->authentication.max_failures, 5);
  EXPECT_EQ(config->authentication.window, std::chrono::minutes(15));
  EXPECT_EQ(config->authentication.hash_parallel, 2);
  EXPECT_EQ(config->authentication.hash_queue, 20);
  EXPECT_EQ(config->invitation.link_base, config->http.public_url);
  EXPECT_TRUE(config->metrics.enabled);
}

TEST(Config, SchemaExtensions) {
  const auto config = good(
      "[[schema]]\nurn = \"urn:x:y:2.0:User\"\nrequired = true\n"
      "[[attribute]]\nschema = \"urn:x:y:2.0:User\"\nname = \"desk.room\"\nrequired = true\n"
      "[[attribute]]\nschema = \"URN:x:y:2.0:User\"\nname = \"desk\"\ntype = \"complex\"\nmulti_valued = true\n"
      "[[attribute]]\nschema = \"urn:x:y:2.0:User\"\nname = \"born\"\ntype = \"dateTime\"\n"
      "mutability = \"immutable\"\nreturned = \"request\"\n");
  ASSERT_EQ(config->schemas.size(), 1u);
  EXPECT_TRUE(config->schemas[0].required);
  EXPECT_EQ(config->schemas[0].name, "Extension");
  ASSERT_EQ(config->attributes.size(), 3u);
  EXPECT_EQ(config->attributes[0].type, AttributeType::string);
  EXPECT_EQ(config->attributes[0].mutability, Mutability::read_write);
  EXPECT_EQ(config->attributes[0].returned, Returned::by_default);
  EXPECT_EQ(config->attributes[1].type, AttributeType::complex);
  EXPECT_EQ(config->attributes[2].mutability, Mutability::immutable);
  EXPECT_EQ(config->attributes[2].returned, Returned::on_request);
}

TEST(Config, SchemaExtensionsThatCannotBe) {
  const std::string schema =
      "[[schema]]\nurn = \"urn:x:y:2.0:User\"\n[[attribute]]\nschema = \"urn:x:y:2.0:User\"\nname = ";
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"[[schema]]\nurn = \"urn:ietf:params:scim:schemas:core:2.0:User\"\n", "not yours to define"},
      {"[[schema]]\nurn = \"urn:IETF:params:x\"\n", "not yours to define"},
      {"[[schema]]\nurn = \"urn:rosterd:params:scim:schemas:extension:access:2.0:User\"\n", "not yours to define"},
      {"[[schema]]\nurn = \"staff\"\n", "must be a URN"},
      {"[[schema]]\nurn = \"urn:x:y\"\n", "has no [[attribute]]"},
      {schema + "\"a\"\n[[schema]]\nurn = \"URN:X:Y:2.0:user\"\n", "is there twice"},
      {schema + "\"a\"\n[[schema]]\nurn = \"urn:x:y:2.0:User:more\"\n", "a path could mean either"},
      {schema + "\"a.b.c\"\n", "must be a letter"},
      {schema + "\"1a\"\n", "must be a letter"},
      {schema + "\"a.b\"\n", "there is no complex attribute \"a\""},
      {schema + "\"a\"\ntype = \"complex\"\n", "has no sub-attributes"},
      {schema + "\"a\"\n[[attribute]]\nschema = \"urn:x:y:2.0:User\"\nname = \"A\"\n", "is there twice in its schema"},
      {schema + "\"a\"\n[[attribute]]\nschema = \"urn:x:z:2.0:User\"\nname = \"b\"\n",
       "did you mean \"urn:x:y:2.0:User\"?"},
      {schema + "\"a\"\ntype = \"text\"\n", "type"},
      {schema + "\"a\"\ntype = \"boolean\"\nindexed = true\n", "is for strings, integers"},
      {schema + "\"a\"\ntype = \"integer\"\ncanonical_values = [\"1\"]\n", "is for strings"},
      {schema + "\"a\"\nmutability = \"readOnly\"\nrequired = true\n", "nobody could give it"},
      {schema + "\"a\"\nmutability = \"writeOnly\"\nreturned = \"always\"\n", "is never returned"},
      {schema + "\"a\"\nreference_types = [\"User\"]\n", "is for references"},
      {schema + "\"a\"\ntype = \"reference\"\nreference_types = [\"Robot\"]\n", "is none of"},
      {"[[schema]]\nurn = \"urn:x:y:2.0:Group\"\nresource = \"Group\"\n[[attribute]]\nschema = "
       "\"urn:x:y:2.0:Group\"\nname = \"a\"\nuniqueness = \"server\"\n",
       "is for attributes of people"}};
  for (const auto& [text, expected] : rows) {
    const std::string problems = all(parse(text, kNoSecrets).problems);
    EXPECT_NE(problems.find(expected), std::string::npos) << text << problems;
    EXPECT_EQ(problems.find("f:0"), std::string::npos) << "has a line: " << problems;
  }
}

TEST(Config, TlsAndClientCertificates) {
  std::string printed = "sha256:";
  for (int i = 0; i < 32; ++i) printed += i == 0 ? "AB" : ":AB";
  const auto config = good(
      "[http]\nlisten = [\"127.0.0.1:1\", \"tls:[::]:8443\"]\ntls_certificate_file = \"/c\"\ntls_key_file = \"/k\"\n"
      "client_certificates = \"request\"\nclient_ca_file = \"/ca\"\n[[scim]]\nname = \"entra\"\n"
      "client_certificate = [\"" +
      printed + "\"]\n");
  ASSERT_EQ(config->http.listen.size(), 2u);
  EXPECT_FALSE(config->http.listen[0].tls);
  EXPECT_TRUE(config->http.listen[1].tls);
  EXPECT_EQ(config->http.client_certificates, ClientCertificates::request);
  std::string small = "sha256:";
  for (int i = 0; i < 32; ++i) small += "ab";
  EXPECT_EQ(config->scim.at(0).client_certificates, Strings{small});
}

TEST(Config, WarnsOfWhatIsProbablyNotMeant) {
  const std::pair<const char*, const char*> rows[] = {
      {"[http]\nlisten = \"0.0.0.0:1\"\n", "accepts plain HTTP from the network"},
      {"[http]\nrequest_threads = 8\n", "is less than hash_parallel + hash_queue"},
      {"[http]\ntls_certificate_file = \"/c\"\ntls_key_file = \"/k\"\n", "no address of listen begins with \"tls:\""},
      {"[http]\nclient_ca_file = \"/c\"\n", "has no effect without client_certificates"},
      {"[[scim]]\nname = \"entra\"\nclient_certificate = "
       "\"sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\"\n",
       "locks everybody out"},
      {"[[scim]]\nname = \"entra\"\n[[access]]\ngroup = \"admins\"\nsource = \"scim:entra\"\nrole = \"Admin\"\n",
       "is withheld"},
  };
  for (const auto& [text, warning] : rows) {
    const auto result = parse(text, kNoSecrets);
    EXPECT_EQ(all(result.problems), "");
    EXPECT_NE(all(result.warnings).find(warning), std::string::npos) << text << all(result.warnings);
  }
  const auto quiet =
      parse("[http]\nlisten = \"tls:0.0.0.0:1\"\ntls_certificate_file = \"/c\"\ntls_key_file = \"/k\"\n", kNoSecrets);
  EXPECT_EQ(all(quiet.warnings), "");
}

TEST(Config, APrivilegedRoleIsNotForEveryGroupOfAName) {
  const auto count = [](const std::string& rule) {
    return parse("[[scim]]\nname = \"entra\"\n[[access]]\n" + rule + "\nrole = \"Admin\"\n").problems.size();
  };
  EXPECT_EQ(count("group = \"admins\""), 1U);
  EXPECT_EQ(count("group = \"*\""), 1U);
  EXPECT_EQ(count("group = \"admins\"\nsource = \"scim:entra\""), 0U);
  EXPECT_EQ(count("group = \"cn=admins,dc=example,dc=org\""), 0U);
}

TEST(Config, ConnectionsOfOneNamespaceAreOneSource) {
  const auto problems = [](const std::string& more) {
    return all(parse("[[scim]]\nname = \"okta\"\n[[scim]]\nname = \"push\"\nnamespace = \"okta\"\n" + more).problems);
  };
  EXPECT_EQ(problems(""), "");
  EXPECT_NE(problems("link = \"email\"\n").find("shares its namespace"), std::string::npos);
  EXPECT_NE(problems("may_give_privileged = true\n").find("shares its namespace"), std::string::npos);
  EXPECT_NE(problems("habits = \"+boolean-as-text\"\n").find("+booleans-as-text"), std::string::npos);
  const auto config = good("[[scim]]\nname = \"push\"\nnamespace = \"okta\"\n");
  EXPECT_EQ(config->scim[0].source(), "scim:okta");
  EXPECT_EQ(config->find_scim("scim:push"), &config->scim[0]);
  EXPECT_EQ(config->find_scim("scim:okta"), nullptr);
}

TEST(Config, BuiltInRolesAreThereAndAdminStaysPrivileged) {
  const auto config =
      good("[[role]]\nname = \"Admin\"\nrank = 90\n[[role]]\nname = \"Reviewer\"\npermissions = \"review\"\n");
  ASSERT_EQ(config->roles.size(), 4u);
  EXPECT_EQ(config->roles[0].name, "Admin");
  EXPECT_EQ(config->roles[0].rank, 90);
  EXPECT_TRUE(config->roles[0].privileged);
  EXPECT_EQ(config->roles[1].permissions, Strings{"review"});
  EXPECT_FALSE(config->roles[1].privileged);
}

TEST(Config, ReadsEverySectionTyped) {
  const auto config = good(R"(
[http]
listen = ["[::1]:8381", "unix:/run/rosterd/http.sock"]
public_url = "https://id.example.org/"
max_body = 2048
[log]
level = "warning"
format = "json"
[[scim]]
name = "entra"
link = "email"
unknown_members = "skip"
profile = "entra"
habits = ["-replace-without-match", "+legacy-urns"]
kind = "client"
[[directory]]
name = "corp"
uris = "ldaps://ldap.example.org"
bind_dn = "cn=r,dc=x"
bind_password_credential = "ldap"
people_bases = ["ou=people,dc=x", "ou=more,dc=x"]
mapping = { "phoneNumbers.mobile" = "cellPhone", title = "" }
interval = "1h30m"
link = "user_name"
[[access]]
group = "proj-*"
source = "ldap:corp"
role = "Staff"
projects = ["{1}"]
[authority]
title = ["ldap:corp", "local"]
"name.givenName" = "scim:entra"
[mail]
host = "smtp.example.org"
from = "a@example.org"
security = "tls"
port = 465
)");
  ASSERT_EQ(config->http.listen.size(), 2u);
  EXPECT_EQ(config->http.listen[1].path, "/run/rosterd/http.sock");
  EXPECT_EQ(config->http.public_url, "https://id.example.org");
  EXPECT_EQ(config->http.max_body, 2048);
  EXPECT_EQ(config->log.level, LogLevel::warning);
  EXPECT_EQ(config->log.format, LogFormat::json);
  ASSERT_NE(config->find_scim("scim:entra"), nullptr);
  EXPECT_EQ(config->scim[0].link, Link::email);
  EXPECT_EQ(config->scim[0].unknown_members, UnknownMembers::skip);
  const auto habits = config->scim[0].switched();
  EXPECT_FALSE(habits.has(scim::Habit::replace_without_match));
  EXPECT_TRUE(habits.has(scim::Habit::legacy_urns) && habits.has(scim::Habit::roles_as_json_text));
  EXPECT_FALSE(habits.has(scim::Habit::spaces_around_user_name));
  EXPECT_EQ(config->scim[0].kind, Kind::client);
  EXPECT_EQ(config->scim[0].max_removals, 10);
  EXPECT_EQ(config->scim[0].max_removal_percent, 5);
  EXPECT_EQ(config->scim[0].removal_window, std::chrono::hours(1));
  EXPECT_EQ(config->scim[0].held_answer, HeldAnswer::too_many_requests);
  EXPECT_TRUE(config->notices.to.empty());
  ASSERT_NE(config->find_directory("corp"), nullptr);
  const Directory& directory = *config->find_directory("ldap:corp");
  EXPECT_EQ(directory.uris, Strings{"ldaps://ldap.example.org"});
  EXPECT_EQ(directory.people_bases.size(), 2u);
  EXPECT_EQ(directory.mapping.at("phoneNumbers.mobile"), "cellPhone");
  EXPECT_EQ(directory.interval, std::chrono::minutes(90));
  EXPECT_EQ(directory.link, Link::user_name);
  EXPECT_EQ(directory.max_removals, 10);
  EXPECT_EQ(directory.max_removal_percent, 5);
  EXPECT_EQ(config->access[0].projects, Strings{"{1}"});
  EXPECT_EQ(config->authority.at("title"), (Strings{"ldap:corp", "local"}));
  EXPECT_EQ(config->authority.at("name.givenName"), Strings{"scim:entra"});
  ASSERT_TRUE(config->mail.has_value());
  EXPECT_EQ(config->mail->security, MailSecurity::tls);
  EXPECT_EQ(config->mail->retry_first, std::chrono::seconds(30));
}

struct Bad {
  const char* text;
  const char* report;  // exactly
};

class ConfigErrors : public ::testing::TestWithParam<Bad> {};

TEST_P(ConfigErrors, HaveLineColumnAndASentence) {
  const LoadResult result = parse(GetParam().text, kNoSecrets);
  EXPECT_EQ(all(result.problems), GetParam().report);
  EXPECT_EQ(result.config, nullptr);
}

INSTANTIATE_TEST_SUITE_P(
    Table, ConfigErrors,
    ::testing::Values(
        Bad{"[http]\nlistne = []\n", "f:2:1: http.listne: unknown option; did you mean \"listen\"?\n"},
        Bad{"[htp]\nx = 1\n", "f:1:2: htp: unknown section; did you mean [http]?\n"},
        Bad{"queue = 1\n", "f:1:1: queue: stands outside of a section\n"},
        Bad{"[log]\nqueue = 1\n", "f:2:1: log.queue: unknown option; \"queue\" belongs in [http]\n"},
        Bad{"[http]\nqueue = \"many\"\n", "f:2:9: http.queue: must be a whole number\n"},
        Bad{"[http]\nqueue = 1.5\n", "f:2:9: http.queue: must be a whole number\n"},
        Bad{"[http]\n  request_threads = 0\n", "f:2:21: http.request_threads: must be between 1 and 256\n"},
        Bad{"[http]\nmax_body = \"10MB\"\n", "f:2:12: http.max_body: must be a size such as \"10MiB\"\n"},
        Bad{"[http]\nmax_body = \"2GiB\"\n", "f:2:12: http.max_body: must be between 1KiB and 1GiB\n"},
        Bad{"[http]\nidle_timeout = 60\n", "f:2:16: http.idle_timeout: must be a duration such as \"15m\"\n"},
        Bad{"[http]\nidle_timeout = \"2d\"\n", "f:2:16: http.idle_timeout: must be between 100ms and 1d\n"},
        Bad{"[http]\nlisten = []\n", "f:2:10: http.listen: must not be empty\n"},
        Bad{"[http]\nlisten = [\"localhost:1\"]\n",
            "f:2:10: http.listen: \"localhost:1\" is none of \"127.0.0.1:8380\", \"[::1]:8380\", "
            "\"tls:0.0.0.0:8443\", \"unix:/path\"\n"},
        Bad{"[http]\nlisten = [\"127.0.0.1:1\", \"tls:127.0.0.1:1\"]\n",
            "f:2:10: http.listen: names \"tls:127.0.0.1:1\" twice\n"},
        Bad{"[http]\nlisten = \"tls:127.0.0.1:1\"\n",
            "f:2:10: http.listen: \"tls:127.0.0.1:1\" needs tls_certificate_file and tls_key_file\n"},
        Bad{"[http]\ntls_certificate_file = \"/c\"\n",
            "f:2:24: http.tls_certificate_file: needs tls_key_file or tls_key_credential\n"},
        Bad{"[http]\ntls_key_file = \"/k\"\n", "f:2:16: http.tls_key: needs tls_certificate_file\n"},
        Bad{"[http]\nclient_certificates = \"require\"\nclient_ca_file = \"/c\"\n",
            "f:2:23: http.client_certificates: needs tls_certificate_file: only TLS carries certificates\n"},
        Bad{"[http]\nclient_certificates = \"require\"\ntls_certificate_file = \"/c\"\ntls_key_file = \"/k\"\n",
            "f:2:23: http.client_certificates: needs client_ca_file\n"},
        Bad{"[[scim]]\nname = \"entra\"\nclient_certificate = \"sha256:12\"\n",
            "f:3:22: scim[0].client_certificate: must be \"sha256:\" and 64 hexadecimal digits\n"},
        Bad{"[http]\nlisten = [\"127.0.0.1:1\", \"127.0.0.1:1\"]\n",
            "f:2:10: http.listen: names \"127.0.0.1:1\" twice\n"},
        Bad{"[http]\npublic_url = \"id.example.org\"\n", "f:2:14: http.public_url: must be an http or https URL\n"},
        Bad{"[log]\nlevel = \"inof\"\n",
            "f:2:9: log.level: must be \"debug\", \"info\", \"warning\" or \"error\"; did you mean \"info\"?\n"},
        Bad{"[metrics]\nenabled = 1\n", "f:2:11: metrics.enabled: must be true or false\n"},
        Bad{"[store]\ndirectory = \"here\"\n", "f:2:13: store.directory: must be an absolute path\n"},
        Bad{"[store]\ndirectory = \"/a\\u0000b\"\n", "f:2:13: store.directory: must not hold control characters\n"},
        Bad{"[scim]\nname = \"x\"\n", "f:1:1: scim: may be there several times; write [[scim]]\n"},
        Bad{"[[http]]\nqueue = 1\n", "f:1:1: http: is one table; write [http]\n"},
        Bad{"http = 5\n", "f:1:8: http: is a section; write [http] on a line of its own\n"},
        Bad{"[[scim]]\n[[scim]]\nname = \"a b\"\n",
            "f:1:1: scim[0].name: is missing\nf:3:8: scim[1].name: must be 1 to 64 letters, digits, \"-\" or \"_\"\n"},
        Bad{"[[scim]]\nname = \"a\"\n[[scim]]\nname = \"a\"\n", "f:4:8: scim[1].name: \"a\" is there twice\n"},
        Bad{"[mail]\nhost = \"h\"\nfrom = \"a@b\"\npassword = \"hunter2hunter2\"\n",
            "f:4:1: mail.password: secrets do not belong in this file; use password_file = \"/path\" or "
            "password_credential = \"name\"\n"},
        Bad{"[mail]\nhost = \"h\"\nfrom = \"a@b\"\nuser = \"u\"\n",
            "f:4:8: mail.user: needs password_file or password_credential\n"},
        Bad{"[mail]\nhost = \"h\"\nfrom = \"a@b\"\nuser = \"u\"\nsecurity = \"none\"\npassword_file = \"/p\"\n",
            "f:5:12: mail.security: \"none\" would send the password in clear\n"},
        Bad{"[mail]\nhost = \"h\\r\\nx\"\nfrom = \"a@b\"\n", "f:2:8: mail.host: must not hold control characters\n"},
        Bad{"[mail]\nhost = \"h\"\nfrom = \"a>b@c\"\n", "f:3:8: mail.from: must be an e-mail address\n"},
        Bad{"[mail]\npassword_file = \"/p\"\npassword_credential = \"c\"\nhost = \"h\"\nfrom = \"a@b\"\n",
            "f:3:23: mail.password_credential: is set beside mail.password_file; keep one\n"},
        Bad{"[[access]]\ngroup = \"g\"\nrole = \"Saff\"\n",
            "f:3:8: access[0].role: there is no role \"Saff\"; did you mean \"Staff\"?\n"},
        Bad{"[[access]]\ngroup = \"g\"\n", "f:1:1: access[0]: gives nothing; set role, projects or permissions\n"},
        Bad{"[[access]]\ngroup = \"g\"\nrole = \"Staff\"\nsource = \"ldap:x\"\n",
            "f:4:10: access[0].source: there is no source \"ldap:x\"\n"},
        Bad{"[[access]]\ngroup = \"g\"\nprojects = [\"{1}\"]\n",
            "f:3:12: access[0].projects: \"{1}\": the group pattern catches nothing for it\n"},
        Bad{"[authority]\ntitle = [\"ldap:x\"]\n", "f:2:1: authority.title: there is no source \"ldap:x\"\n"},
        Bad{"[authority]\ntitle = []\n", "f:2:9: authority.title: must not be empty\n"}));

INSTANTIATE_TEST_SUITE_P(
    Directories, ConfigErrors,
    ::testing::Values(
        Bad{"[[directory]]\n",
            "f:1:1: directory[0].name: is missing\nf:1:1: directory[0].uris: is missing\n"
            "f:1:1: directory[0].people_bases: is missing\n"},
        Bad{"[[directory]]\nname = \"c\"\nuris = [\"ldap://h\", \"http://h\"]\npeople_bases = \"people\"\n",
            "f:3:21: directory[0].uris: must start with \"ldap://\", \"ldaps://\" or \"ldapi://\"\n"
            "f:4:16: directory[0].people_bases: must be a DN such as \"ou=people,dc=example,dc=org\"\n"},
        Bad{"[[directory]]\nname = \"c\"\nuris = \"ldap://h\"\npeople_bases = \"o=x\"\nbind_dn = "
            "\"cn=r\"\nbind_password_file = \"/p\"\n",
            "f:3:8: directory[0].uris: would send the password in clear; use ldaps:// or start_tls = true\n"},
        Bad{"[[directory]]\nname = \"c\"\nuris = \"ldaps://h\"\npeople_bases = \"o=x\"\nbind_dn = \"cn=r\"\nstart_tls "
            "= true\n",
            "f:5:11: directory[0].bind_dn: needs bind_password_file or bind_password_credential\n"
            "f:6:13: directory[0].start_tls: does not go with ldaps://, which is TLS from the start\n"},
        Bad{"[[directory]]\nname = \"c\"\nuris = \"ldap://h\"\npeople_bases = \"o=x\"\npeople_filter = "
            "\"(a=b))(\"\nmapping = 5\n",
            "f:5:17: directory[0].people_filter: must be a filter in parentheses such as \"(objectClass=person)\"\n"
            "f:6:11: directory[0].mapping: must be an inline table of strings\n"}));

TEST(Config, AllProblemsAtOnceInTheOrderOfTheFile) {
  const LoadResult result = parse("[http]\nqueue = 0\nlistne = 1\n\n[log]\nlevel = 3\n[nonsense]\n", kNoSecrets);
  EXPECT_EQ(all(result.problems),
            "f:2:9: http.queue: must be between 1 and 100000\n"
            "f:3:1: http.listne: unknown option; did you mean \"listen\"?\n"
            "f:6:9: log.level: must be \"debug\", \"info\", \"warning\" or \"error\"\n"
            "f:7:2: nonsense: unknown section\n");
}

TEST(Config, ASyntaxErrorDoesNotHideTheRest) {
  const LoadResult result = parse("[http]\nqueue = = 1\nmax_connections = 0\n\n[log]\nlevel = info\n", kNoSecrets);
  ASSERT_EQ(result.problems.size(), 3u) << all(result.problems);
  EXPECT_EQ(result.problems[0].line, 2);
  EXPECT_GT(result.problems[0].column, 0);
  EXPECT_EQ(result.problems[1].option, "http.max_connections");
  EXPECT_EQ(result.problems[2].line, 6);
  EXPECT_EQ(result.config, nullptr);
}

TEST(Config, AKeyIsNoDeepLadder) {
  std::string key = "a";
  for (int i = 0; i < 5'001; ++i) key += ".a";
  const LoadResult result = parse("[log]\n" + key + " = 1\nlevel = \"no\"", kNoSecrets);
  ASSERT_EQ(result.problems.size(), 2u) << all(result.problems);
  EXPECT_EQ(to_text(result.problems[0], "f"), "f:2:1: has more than 5000 dots");
  EXPECT_EQ(result.problems[1].option, "log.level");
}

// Code points on which toml++ itself has no answer ready.
TEST(Config, OddCharactersBetweenWordsAreErrors) {
  for (const char* odd : {"\u0400", "\u180e", "\u1681", "\u2070", "\ufefe", "\u05d0", "\u202f"}) {
    for (const std::string& text : {std::string(odd) + "[log]\n", "[log]\n" + std::string(odd) + "level = \"info\"\n",
                                    "[log]\nlevel " + std::string(odd) + "= \"info\"\n"})
      EXPECT_LE(parse(text, kNoSecrets).problems.size(), 2u) << text;
  }
}

TEST(Config, ThousandsOfProblemsAreCounted) {
  std::string text;
  for (int i = 0; i < 5'000; ++i) text += "k" + std::to_string(i) + " = 1\n";
  const LoadResult result = parse(text);
  ASSERT_EQ(result.problems.size(), 101u);
  EXPECT_EQ(result.problems[0].line, 1);
  EXPECT_EQ(to_text(result.problems[100], "f"), "f: and 4900 more");
  EXPECT_EQ(result.config, nullptr);
}

TEST(Config, AnOpenArrayIsReportedOnce) {
  const LoadResult result =
      parse("[http]\nlisten = [\"127.0.0.1:1\"\nqueue = 1\nmax_body = 5\nidle_timeout = 1\n", kNoSecrets);
  EXPECT_EQ(result.problems.size(), 1u) << all(result.problems);
}

TEST(Config, HostileDocumentsAreRefused) {
  for (const std::string& text :
       {std::string(200'000, '['), "x = " + std::string(200'000, '['), "[http]\nlisten = " + std::string(100'000, '['),
        std::string("\xff\xfe\x00\x01", 4), std::string(kMaxFileBytes + 1, '#'), std::string("a.b.c.d.e = {"),
        "[[scim]]\nname = \"" + std::string(5000, 'a') + "\"\n", std::string("\"\"\"")}) {
    const LoadResult result = parse(text, kNoSecrets);
    EXPECT_EQ(result.config, nullptr) << text.substr(0, 30);
    EXPECT_FALSE(result.problems.empty());
  }
}

// A fixed seed: 3,000 damaged documents end in a configuration or in problems with a place, never in anything else.
TEST(Config, DamagedDocumentsEndInProblems) {
  const std::string whole =
      "[http]\nlisten = [\"127.0.0.1:1\", \"unix:/x\"] # c\nqueue = 1_0\n[[directory]]\nname = \"c\"\nuris = "
      "'ldap://h'\n"
      "people_bases = \"\"\"o=x\"\"\"\nmapping = { title = \"t\", a.b = \"c\" }\n[authority]\n\"name.givenName\" = "
      "[\"local\"]\n";
  const std::string pieces = "[]{}=\"'\n.,#\\ \t0x_-+:T\xff\xc3\x00";
  std::mt19937 random(7);
  for (int round = 0; round < 3000; ++round) {
    std::string text = whole;
    for (unsigned i = 0, edits = 1 + random() % 4; i < edits; ++i) {
      const auto at = random() % text.size();
      const char piece = pieces[random() % pieces.size()];
      switch (random() % 3) {
        case 0:
          text[at] = piece;
          break;
        case 1:
          text.insert(at, 1 + random() % 3, piece);
          break;
        default:
          text.erase(at, 1 + random() % 5);
          break;
      }
    }
    const LoadResult result = parse(text, kNoSecrets);
    EXPECT_EQ(result.config != nullptr, result.problems.empty()) << text;
    for (const Problem& problem : result.problems) EXPECT_GE(problem.line, 1) << text;
  }
}

// shows 7644-7.2-1, 7644-7.4-2
TEST(Config, WarnsAboutWhatIsLegalButProbablyNotMeant) {
  const LoadResult result = parse(
      "[http]\nlisten = \"0.0.0.0:80\"\npublic_url = \"http://id.example.org\"\n"
      "[[directory]]\nname = \"c\"\nuris = \"ldap://h\"\npeople_bases = \"o=x\"\n",
      kNoSecrets);
  ASSERT_NE(result.config, nullptr);
  ASSERT_EQ(result.warnings.size(), 4u) << all(result.warnings);
  EXPECT_EQ(result.warnings[0].line, 2);
  EXPECT_EQ(result.warnings[1].line, 3);
  EXPECT_NE(result.warnings[2].message.find("canary"), std::string::npos);
}

TEST(Reload, NamesWhatChangedAndWhatNeedsARestart) {
  const auto running = good("[http]\nqueue = 10\n[log]\nlevel = \"info\"\n[[scim]]\nname = \"a\"\n");
  const auto next = good(
      "[http]\nqueue = 11\n[log]\nlevel = \"debug\"\n[[scim]]\nname = \"b\"\n[mail]\nhost = \"h\"\nfrom = \"a@b\"\n");
  const Difference found = difference(*running, *next);
  const auto changed = [&](const char* name) { return std::count(found.changed.begin(), found.changed.end(), name); };
  EXPECT_EQ(changed("http.queue"), 1);
  EXPECT_EQ(changed("log.level"), 1);
  EXPECT_EQ(changed("scim"), 1);
  EXPECT_EQ(changed("mail.host"), 1);
  EXPECT_EQ(changed("http.listen"), 0);
  EXPECT_EQ(found.needs_restart, Strings{"http.queue"});
  EXPECT_TRUE(difference(*running, *running).changed.empty());
}

TEST(Reload, WritingADefaultOutIsNoChange) {
  EXPECT_TRUE(difference(*good(""), *good("[http]\nidle_timeout = \"1m\"\nqueue = 256\n")).changed.empty());
}

}  // namespace
}  // namespace rosterd::config
