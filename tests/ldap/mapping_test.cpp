#include "ldap/mapping.h"

#include <gtest/gtest.h>

#include "ldap/entry_key.h"
#include "ldap/group_mapping.h"
#include "ldap/ranges.h"

namespace rosterd::ldap {
namespace {

// An entry that owns its bytes.
class Entry {
 public:
  using Attributes = std::vector<std::pair<std::string, std::vector<std::string>>>;
  Entry(std::string dn, Attributes attributes) : dn_(std::move(dn)), attributes_(std::move(attributes)) {
    for (const auto& [name, values] : attributes_) values_.emplace_back(values.begin(), values.end());
    for (std::size_t i = 0; i < attributes_.size(); ++i) views_.push_back({attributes_[i].first, values_[i]});
  }
  EntryView view() const { return {dn_, views_}; }

 private:
  std::string dn_;
  Attributes attributes_;
  std::vector<std::vector<std::string_view>> values_;
  std::vector<AttributeView> views_;
};

Entry::Attributes anna() {
  return {{"entryuuid", {"AB-1"}},          {"UID", {"anna"}},    {"cn", {"Anna Berg"}}, {"sn", {"Berg"}},
          {"mail", {"a@x.org", "b@x.org"}}, {"mobile", {"+49 1"}}};
}

std::variant<MappedPerson, SetAside> map(const Entry& entry, MappingOptions options = {},
                                         ServerKind kind = ServerKind::other) {
  return PersonMapper(std::move(options), kind).map(entry.view(), store::Kind::staff);
}

std::string digest(const Entry::Attributes& attributes) {
  const Entry entry("uid=anna,dc=x", attributes);
  return std::get<MappedPerson>(map(entry)).digest;
}

TEST(Mapping, MakesAScimProfile) {
  const Entry entry("uid=anna,dc=x", anna());
  const auto mapped = map(entry);
  const auto& person = std::get<MappedPerson>(mapped);
  EXPECT_EQ(person.key, "ab-1");
  EXPECT_EQ(person.login, "anna");
  const PersonDocument document = person.document();
  EXPECT_EQ(document.profile,
            R"({"userName":"anna","displayName":"Anna Berg","name":{"familyName":"Berg","formatted":"Anna Berg"},)"
            R"("emails":[{"value":"a@x.org","type":"work","primary":true},{"value":"b@x.org","type":"work"}],)"
            R"("phoneNumbers":[{"value":"+49 1","type":"mobile"}]})");
  const auto back = person_document(to_json(document));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->profile, document.profile);
  EXPECT_EQ(back->dn, "uid=anna,dc=x");
}

TEST(Mapping, ThePresentAddressStaysPrimaryWhileItIsListed) {
  const std::string profile = R"({"emails":[{"value":"a@x","primary":true},{"value":"B@x"}]})";
  EXPECT_EQ(keep_primary_mail(profile, "b@X"), R"({"emails":[{"value":"a@x"},{"value":"B@x","primary":true}]})");
  EXPECT_EQ(keep_primary_mail(profile, "gone@x"), profile);
  EXPECT_EQ(keep_primary_mail(profile, ""), profile);
}

TEST(Mapping, DigestFollowsWhatMattersAndNothingElse) {
  const auto before = digest(anna());
  auto other = anna();
  std::swap(other[4].second[0], other[4].second[1]);  // values have no order
  other.emplace_back("description", std::vector<std::string>{"new"});
  EXPECT_EQ(digest(other), before);
  other[3].second = {"Stone"};
  EXPECT_NE(digest(other), before);
  EXPECT_EQ(state_in(before), AccountState::active);
}

TEST(Mapping, UnusableEntriesAreSetAsideByName) {
  struct Row {
    const char* says;
    std::function<void(Entry::Attributes&)> change;
  };
  const Row rows[] = {
      {"no usable entryUUID", [](auto& a) { a.erase(a.begin()); }},
      {"no usable entryUUID", [](auto& a) { a[0].second = {""}; }},
      {"no usable entryUUID",
       [](auto& a) {
         a[0].second = {"1", "2"};
       }},
      {"no uid", [](auto& a) { a[1].second = {" "}; }},
      {"cn is not valid UTF-8", [](auto& a) { a[2].second = {"\xC3"}; }},
      {"sn is longer", [](auto& a) { a[3].second = {std::string(5000, 'x')}; }},
      {"shadowExpire",
       [](auto& a) {
         a.push_back({"shadowExpire", {"soon"}});
       }},
  };
  for (const Row& row : rows) {
    auto attributes = anna();
    row.change(attributes);
    const Entry entry("uid=anna,dc=x", attributes);
    const auto mapped = map(entry);
    ASSERT_TRUE(std::holds_alternative<SetAside>(mapped)) << row.says;
    EXPECT_NE(std::get<SetAside>(mapped).reason.find(row.says), std::string::npos) << std::get<SetAside>(mapped).reason;
    EXPECT_EQ(std::get<SetAside>(mapped).dn, "uid=anna,dc=x");
  }
}

TEST(AccountState, ReadsEachServersWay) {
  struct Row {
    const char* attribute;
    const char* value;
    AccountState state;
    std::int64_t expires;  // seconds; -1: never
  };
  const Row rows[] = {
      {"userAccountControl", "512", AccountState::active, -1},
      {"userAccountControl", "514", AccountState::disabled, -1},
      {"userAccountControl", "528", AccountState::active, -1},
      {"nsAccountLock", "TRUE", AccountState::disabled, -1},
      {"nsaccountlock", "false", AccountState::active, -1},
      {"pwdAccountLockedTime", "000001010000Z", AccountState::locked, -1},
      {"pwdAccountLockedTime", "20250101000000Z", AccountState::active, -1},
      {"shadowExpire", "-1", AccountState::active, -1},
      {"shadowExpire", "20000", AccountState::active, 1'728'000'000},
      {"accountExpires", "0", AccountState::active, -1},
      {"accountExpires", "9223372036854775807", AccountState::active, -1},
      {"accountExpires", "133801632000000000", AccountState::active, 1'735'689'600},
      {"krbPrincipalExpiration", "20250101000000Z", AccountState::active, 1'735'689'600},
      {"krbPrincipalExpiration", "20250101020000.5+0200", AccountState::active, 1'735'689'600},
      {"employeeType", "Former", AccountState::disabled, -1},
  };
  for (const Row& row : rows) {
    const Entry entry("uid=a", {{row.attribute, {row.value}}});
    const auto account = read_account(entry.view(), {"employeetype", {"former"}});
    ASSERT_TRUE(std::holds_alternative<Account>(account)) << row.attribute << row.value;
    const auto& read = std::get<Account>(account);
    EXPECT_EQ(read.state, row.state) << row.attribute << " " << row.value;
    EXPECT_EQ(read.expires ? store::to_millis(*read.expires) / 1000 : -1, row.expires) << row.attribute << row.value;
  }
}

TEST(EntryKey, ObjectGuidBecomesTheUsualText) {
  const std::string bytes("\x33\x22\x11\x00\x55\x44\x77\x66\x88\x99\xaa\xbb\xcc\xdd\xee\xff", 16);
  EXPECT_EQ(key_text("objectGUID", bytes), "00112233-4455-6677-8899-aabbccddeeff");
  EXPECT_EQ(key_filter("objectGUID", "00112233-4455-6677-8899-aabbccddeeff"),
            "(objectGUID=\\33\\22\\11\\00\\55\\44\\77\\66\\88\\99\\aa\\bb\\cc\\dd\\ee\\ff)");
  EXPECT_EQ(key_text("objectGUID", "short"), std::nullopt);
  EXPECT_EQ(key_text("entryUUID", " AB "), "ab");
}

TEST(GroupMapping, ReadsEveryKindOfMember) {
  const Entry entry("cn=G,dc=x", {{"entryUUID", {"g1"}},
                                  {"cn", {"G"}},
                                  {"member", {"UID=A, dc=x", "", "cn=g,DC=x", "nonsense"}},
                                  {"uniqueMember", {"uid=b,dc=x#'0101'B"}},
                                  {"memberUid", {"Carl", "\xFF"}}});
  const GroupMapper mapper({}, ServerKind::other);
  const auto mapped = mapper.map(entry.view());
  const auto& group = std::get<MappedGroup>(mapped);
  std::vector<std::string> members;
  const std::size_t unreadable = mapper.members(entry.view(), group, [&](const MemberValue& member) {
    members.push_back((member.is_login ? "login " : "") + member.text);
  });
  EXPECT_EQ(members, (std::vector<std::string>{"uid=a,dc=x", "uid=b,dc=x", "login carl"}));
  EXPECT_EQ(unreadable, 2U);
  const std::string sid("\x01\x02\0\0\0\0\0\x05\x20\0\0\0\x01\x02\0\0", 16);
  EXPECT_EQ(relative_id(sid), 513U);
  EXPECT_EQ(relative_id("short"), std::nullopt);
}

TEST(Ranges, SlicesBecomeOneAttribute) {
  RangedEntry whole("cn=g");
  const Entry first("cn=g", {{"cn", {"g"}}, {"member", {}}, {"member;range=0-1", {"a", "b"}}});
  EXPECT_TRUE(has_ranges(first.view()));
  whole.add(first.view());
  EXPECT_EQ(whole.missing(), std::vector<std::string>{"member;range=2-*"});
  const Entry last("cn=g", {{"member;Range=2-*", {"c"}}});
  whole.add(last.view());
  EXPECT_TRUE(whole.missing().empty());
  EXPECT_FALSE(whole.stuck());
  whole.deliver([](const EntryView& entry) {
    ASSERT_EQ(entry.all("member").size(), 3U);
    EXPECT_EQ(entry.all("member")[2], "c");
    EXPECT_EQ(entry.first("cn"), "g");
  });
  RangedEntry broken("cn=g");
  broken.add(first.view());
  broken.add(first.view());
  EXPECT_TRUE(broken.stuck());
}

}  // namespace
}  // namespace rosterd::ldap
