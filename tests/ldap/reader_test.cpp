#include "ldap/reader.h"

#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "slapd_server.h"

namespace rosterd::ldap {
namespace {

using testing::SlapdServer;

constexpr int kPeople = 2'000;

std::string people() {
  const std::string description(20'000, 'x');  // some 40 MB in all
  std::string ldif;
  for (int i = 0; i < kPeople; ++i) {
    const std::string n = std::to_string(i);
    ldif += "dn: uid=u" + n + ",ou=people," + testing::kSuffix + "\nobjectClass: inetOrgPerson\nuid: u" + n +
            "\ncn: U " + n + "\nsn: N" + n + "\ndescription: " + description + "\n\n";
  }
  return ldif + "dn: cn=away,ou=people," + testing::kSuffix +
         "\nobjectClass: referral\nobjectClass: extensibleObject\ncn: away\nref: ldap://ldap.invalid/dc=away\n\n";
}

std::size_t resident_megabytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t all = 0;
  std::size_t resident = 0;
  file >> all >> resident;
  return resident * 4096 / 1024 / 1024;
}

class Reading : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { slapd_ = new SlapdServer(people()); }
  static void TearDownTestSuite() {
    delete slapd_;
    slapd_ = nullptr;
  }
  void SetUp() override {
    auto opened = Connection::open(slapd_->options());
    ASSERT_EQ(opened.index(), 0U);
    connection_ = std::get<0>(std::move(opened));
  }
  static SlapdServer* slapd_;
  std::unique_ptr<Connection> connection_;
  const Search everybody_{std::string("ou=people,") + testing::kSuffix,
                          Scope::subtree,
                          "(objectClass=inetOrgPerson)",
                          {"uid", "entryUUID", "description"}};
};
SlapdServer* Reading::slapd_ = nullptr;

TEST_F(Reading, StreamsEverybodyInFlatMemoryAndCountsReferences) {
  const std::size_t before = resident_megabytes();
  std::size_t most = 0;
  std::set<std::string> seen;
  const auto outcome = search(*connection_, everybody_, 0, [&](const EntryView& entry) {
    seen.emplace(entry.first("UID"));
    EXPECT_EQ(entry.first("DESCRIPTION").size(), 20'000U);
    EXPECT_EQ(entry.first("entryuuid").size(), 36U);
    if (seen.size() % 100 == 0) most = std::max(most, resident_megabytes());
  });
  ASSERT_EQ(outcome.index(), 0U) << describe(std::get<1>(outcome));
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(kPeople));
  EXPECT_EQ(std::get<SearchEnd>(outcome).references, 1U);
  EXPECT_LT(most, before + 20) << "40 MB went through";
}

TEST_F(Reading, PagesGiveTheSame) {
  std::set<std::string> seen;
  const auto outcome =
      search(*connection_, everybody_, 300, [&](const EntryView& entry) { seen.emplace(entry.first("uid")); });
  ASSERT_EQ(outcome.index(), 0U) << describe(std::get<1>(outcome));
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(kPeople));
  EXPECT_EQ(std::get<SearchEnd>(outcome).pages, 7U);
}

TEST_F(Reading, ALimitIsAnErrorAlsoWhenEntriesCameBefore) {
  Search some = everybody_;
  some.size_limit = 10;
  std::size_t came = 0;
  const auto outcome = search(*connection_, some, 0, [&](const EntryView&) { ++came; });
  EXPECT_EQ(came, 10U);
  ASSERT_EQ(outcome.index(), 1U);
  EXPECT_EQ(std::get<1>(outcome).kind, ErrorKind::limit);
  EXPECT_EQ(std::get<1>(outcome).code, 4);
  EXPECT_NE(std::get<1>(outcome).command.find("ldapsearch -x -LLL -H 'ldap://127.0.0.1:"), std::string::npos);
  EXPECT_NE(std::get<1>(outcome).command.find("-z 10 -b 'ou=people,dc=example,dc=org' -s sub"), std::string::npos);
}

TEST_F(Reading, TheRootEntrySaysWhatTheServerIs) {
  const auto root = read_root_dse(*connection_);
  ASSERT_EQ(root.index(), 0U);
  EXPECT_EQ(std::get<RootDse>(root).kind, ServerKind::other);
  EXPECT_EQ(std::get<RootDse>(root).naming_contexts, std::vector<std::string>{testing::kSuffix});
  EXPECT_TRUE(std::get<RootDse>(root).pages);
  EXPECT_EQ(page_size_for(std::get<RootDse>(root), 0), 0U);
  RootDse windows;
  windows.kind = ServerKind::active_directory;
  EXPECT_EQ(page_size_for(windows, 0), 1000U);
  EXPECT_EQ(page_size_for(windows, 50), 50U);
}

TEST(LdapsearchLine, QuotesForAShellAndHasNoPassword) {
  ServerOptions options;
  options.bind_dn = "cn=o'hara,dc=x";
  options.password = Secret("hunter2");
  options.start_tls = true;
  options.ca_file = "/etc/ca.pem";
  const std::string line = ldapsearch_line("ldap://h", options, {"dc=x", Scope::one_level, "(cn=*)", {"cn"}}, 100);
  EXPECT_EQ(line,
            "LDAPTLS_CACERT='/etc/ca.pem' ldapsearch -x -LLL -H 'ldap://h' -ZZ -D 'cn=o'\\''hara,dc=x' -W -E "
            "pr=100/noprompt -b 'dc=x' -s one '(cn=*)' 'cn'");
}

}  // namespace
}  // namespace rosterd::ldap
