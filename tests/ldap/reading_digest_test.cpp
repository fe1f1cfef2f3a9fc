#include "ldap/reading_digest.h"

#include <gtest/gtest.h>

#include <vector>

namespace rosterd::ldap {
namespace {

struct Entry {
  std::uint64_t search;
  std::string dn;
  std::vector<std::pair<std::string, std::vector<std::string_view>>> attributes;
};

const std::string kKey = ReadingDigest::new_key();

std::string digest_of(std::string_view seed, const std::vector<Entry>& entries, std::string_view key = kKey) {
  ReadingDigest digest(seed, key);
  for (const Entry& entry : entries) {
    std::vector<AttributeView> attributes;
    for (const auto& [name, values] : entry.attributes) attributes.push_back({name, values});
    digest.add(entry.search, {entry.dn, attributes});
  }
  return digest.hex();
}

const Entry kAda{1, "uid=ada", {{"cn", {"Ada"}}, {"mail", {"ada@example.org", "a@example.org"}}}};
const Entry kBob{1, "uid=bob", {{"cn", {"Bob"}}}};

TEST(ReadingDigest, TheOrderOfEntriesDoesNotCount) {
  EXPECT_EQ(digest_of("s", {kAda, kBob}), digest_of("s", {kBob, kAda}));
  EXPECT_EQ(digest_of("s", {kAda, kBob}).size(), 64U);
}

TEST(ReadingDigest, EverythingElseCounts) {
  const std::string known = digest_of("s", {kAda, kBob});
  const auto other = [&](const char* what, std::string_view seed, const std::vector<Entry>& entries) {
    EXPECT_NE(digest_of(seed, entries), known) << what;
  };
  Entry renamed = kAda;
  renamed.dn = "uid=Ada";
  Entry moved = kAda;
  moved.search = 2;
  Entry value_gone = kAda;
  value_gone.attributes[1].second.pop_back();
  Entry shifted = kAda;
  shifted.attributes = {{"cn", {"Ada", "mail"}}, {"ada@example.org", {"a@example.org"}}};
  other("seed", "t", {kAda, kBob});
  other("one is gone", "s", {kAda});
  other("nobody is there", "s", {});
  other("one comes twice", "s", {kAda, kBob, kBob});
  other("dn", "s", {renamed, kBob});
  other("search", "s", {moved, kBob});
  other("value", "s", {value_gone, kBob});
  other("what was a name is a value", "s", {shifted, kBob});
}

// Lengths of one byte and of more: no two different entries have the same bytes.
TEST(ReadingDigest, LongValuesCountWhole) {
  const std::string many(300, 'x');
  const auto with = [](std::vector<std::string_view> values) {
    return digest_of("s", {{1, "uid=ada", {{"cn", std::move(values)}}}});
  };
  const std::string known = with({many, "y"});
  const std::string_view all = many;
  for (const std::size_t length : {0U, 44U, 127U, 128U, 172U, 299U})
    EXPECT_NE(with({all.substr(0, length), "y"}), known);
  EXPECT_NE(with({all.substr(0, 299), "xy"}), known);
}

// Without a key, values could be chosen whose hashes add up to those of others.
TEST(ReadingDigest, AnotherKeyGivesAnotherHashOfEveryEntry) {
  const std::string other = ReadingDigest::new_key();
  EXPECT_EQ(kKey.size(), 64U);
  EXPECT_NE(other, kKey);
  EXPECT_NE(digest_of("s", {kAda}), digest_of("s", {kAda}, other));
  EXPECT_NE(digest_of("s", {}), digest_of("s", {}, other));
}

}  // namespace
}  // namespace rosterd::ldap
