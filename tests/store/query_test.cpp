#include "store/query.h"

#include <algorithm>
#include <cstring>

#include "tests/store/fixture.h"

namespace rosterd::store {
namespace {

Query is(Field field, std::string text, Compare compare = Compare::equal) {
  Query query;
  query.type = Query::Type::condition;
  query.field = field;
  query.compare = compare;
  query.text = std::move(text);
  return query;
}
Query value_of(Field field, std::int64_t value, Compare compare = Compare::equal) {
  Query query = is(field, {}, compare);
  query.number = value;
  return query;
}
Query combined(Query::Type type, std::vector<Query> parts) {
  Query query;
  query.type = type;
  query.parts = std::move(parts);
  return query;
}

class QueryTest : public StoreTest {
 protected:
  QueryTest() {
    for (const char* name : {"ann", "bob", "carol", "annika"}) {
      person(entra_, name);
      clock_.advance(std::chrono::seconds{1});
    }
    person(corp_, "dora");
  }
  std::string users(const Query& query, SourceId source, const Page& page = {}) {
    return read([&](const View& view) {
      std::string names;
      scan_users(view, source, query, page, [&](const User& user) {
        names += user.user_name + " ";
        return true;
      });
      return names;
    });
  }
  std::string users(const Query& query) { return users(query, entra_); }
  std::size_t counted(const Query& query, SourceId source) {
    return read([&](const View& view) { return count_users(view, source, query); });
  }
  std::string groups(const Query& query) {
    return read([&](const View& view) {
      std::string names;
      EXPECT_EQ(count_groups(view, entra_, query), [&] {
        std::size_t rows = 0;
        scan_groups(view, entra_, query, {}, [&](const Group& group) {
          names += group.display_name + " ";
          return ++rows > 0;
        });
        return rows;
      }());
      return names;
    });
  }
  std::string id(const std::string& name) { return word("SELECT id FROM users WHERE user_name = '" + name + "'"); }
};

TEST_F(QueryTest, TheTotalIsKeptWhileClaimsComeEndAndReturn) {
  const auto expect_kept = [&](const char* after) {
    for (const SourceId source : {entra_, corp_})
      EXPECT_EQ(counted({}, source),
                static_cast<std::size_t>(number("SELECT COUNT(*) FROM claims WHERE ended_at IS NULL AND source_id = " +
                                                std::to_string(source.value))))
          << after;
  };
  expect_kept("the beginning");
  const UserId eve = person(entra_, "eve");
  EXPECT_EQ(counted({}, entra_), 5U);
  ASSERT_FALSE(put(corp_, facts("eve", "k-other")));
  expect_kept("a refusal");
  ASSERT_TRUE(end(entra_, eve));
  EXPECT_EQ(counted({}, entra_), 4U);
  ASSERT_FALSE(end(entra_, eve));
  expect_kept("an end");
  ASSERT_TRUE(put(entra_, facts("eve", "k-eve")));
  ASSERT_TRUE(put(entra_, facts("eve", "k-eve")));
  EXPECT_EQ(counted({}, entra_), 5U);
  expect_kept("a return");
  settings_.link["ldap:corp"] = LinkMode::user_name;
  store_->configure(settings_);
  ASSERT_TRUE(put(corp_, facts("ann", "k-linked")));
  EXPECT_EQ(counted({}, corp_), 2U);
  expect_kept("a link");
}

TEST_F(QueryTest, PagesOfEverybodyMeetEachPersonOnce) {
  const UserId carol = UserId{number("SELECT key FROM users WHERE user_name = 'carol'")};
  EXPECT_EQ(users({}, entra_, {0, 2}), "ann bob ");
  EXPECT_EQ(users({}, entra_, {2, 2}), "carol annika ");
  EXPECT_EQ(users({}, entra_, {4, 2}), "");
  ASSERT_TRUE(end(entra_, carol));
  EXPECT_EQ(users({}, entra_, {1, 5}), "bob annika ");
}

TEST_F(QueryTest, ConditionsOnPeople) {
  const auto start = to_millis(clock_.now()) - 4000;
  using enum Compare;
  const std::pair<Query, const char*> table[] = {
      {Query{}, "ann bob carol annika "},
      {is(Field::id, id("bob")), "bob "},
      {is(Field::id, id("dora")), ""},
      {is(Field::key, "k-bob"), "bob "},
      {is(Field::key, "K-BOB"), ""},
      {is(Field::user_name, "ANN"), "ann "},
      {is(Field::user_name, "Ann", starts_with), "ann annika "},
      {is(Field::user_name, "dora"), ""},
      {is(Field::email, "Ann@EXAMPLE.org"), "ann "},
      {is(Field::email, "ann", starts_with), "ann annika "},
      {is(Field::email, "", present), "ann bob carol annika "},
      {is(Field::display_name, "bob"), "bob "},
      {value_of(Field::active, 1), "ann bob carol annika "},
      {value_of(Field::active, 0), ""},
      {value_of(Field::created, start + 1000, greater), "carol annika "},
      {value_of(Field::created, start + 1000, greater_equal), "bob carol annika "},
      {value_of(Field::modified, start + 1000, less), "ann "},
      {value_of(Field::modified, start + 1000, less_equal), "ann bob "},
      {combined(Query::Type::both,
                {is(Field::user_name, "ann", starts_with), value_of(Field::created, start, greater)}),
       "annika "},
      {combined(Query::Type::either, {is(Field::user_name, "bob"), is(Field::key, "k-ann")}), "ann bob "},
      {combined(Query::Type::either, {}), ""},
      {combined(Query::Type::both, {}), "ann bob carol annika "},
      {is(Field::user_name, "'; DROP TABLE users --"), ""},
  };
  int row = 0;
  for (const auto& [query, want] : table) {
    EXPECT_EQ(users(query), want) << "row " << row;
    EXPECT_EQ(counted(query, entra_), static_cast<std::size_t>(std::count(want, want + std::strlen(want), ' ')))
        << "row " << row;
    ++row;
  }
}

TEST_F(QueryTest, WithoutASourceEverybodyNotHidden) {
  EXPECT_EQ(users(Query{}, {}), "ann bob carol annika dora ");
  EXPECT_EQ(users(is(Field::key, "k-dora"), {}), "dora ");
  ASSERT_TRUE(end(entra_, read([&](const View& view) { return find_user_by_login(view, "bob")->key; })));
  EXPECT_EQ(users(Query{}, {}), "ann carol annika dora ");
  EXPECT_EQ(users(Query{}), "ann carol annika ");
  EXPECT_EQ(counted(Query{}, entra_), 3u);
  EXPECT_EQ(users(is(Field::user_name, "bob")), "");
}

TEST_F(QueryTest, PagesAreStable) {
  EXPECT_EQ(users(Query{}, entra_, {0, 2}), "ann bob ");
  EXPECT_EQ(users(Query{}, entra_, {2, 2}), "carol annika ");
  EXPECT_EQ(users(Query{}, entra_, {4, 2}), "");
  EXPECT_EQ(users(Query{}, entra_, {0, 0}), "");
  EXPECT_EQ(users(Query{}, entra_, {0, ~std::size_t{0}}), "ann bob carol annika ");
}

TEST_F(QueryTest, SecondAddressAndOwnNameFindThePerson) {
  ClaimFacts all = facts("eve", "k-eve");
  all.profile = R"({"userName":"eve","emails":[{"value":"e@x.org","primary":true},{"value":"Second@x.org"}]})";
  const UserId eve = put(entra_, all)->user;
  EXPECT_EQ(users(is(Field::email, "second@X.org")), "eve ");
  ClaimFacts local;
  local.profile = R"({"userName":"evelyn"})";
  ASSERT_TRUE(put(kLocal, local, eve));
  EXPECT_EQ(user(eve).user_name, "evelyn");
  EXPECT_EQ(users(is(Field::user_name, "EVE")), "evelyn ") << "the connection's own name";
}

TEST_F(QueryTest, MembershipBothWays) {
  const auto key = [&](const char* name) {
    return read([&](const View& view) { return find_user_by_login(view, name)->key; });
  };
  const GroupId outer = group(entra_, "Outer");
  const GroupId inner = group(entra_, "Inner");
  StoreTest::join(outer, {inner, key("bob")});
  StoreTest::join(inner, {key("ann"), outer});
  const std::string outer_id = word("SELECT id FROM groups WHERE display_name = 'Outer'");
  const std::string inner_id = word("SELECT id FROM groups WHERE display_name = 'Inner'");
  EXPECT_EQ(users(is(Field::member, outer_id)), "ann bob ");
  EXPECT_EQ(groups(is(Field::member, id("ann"))), "Inner ");
  EXPECT_EQ(groups(is(Field::member, inner_id)), "Outer ");
  EXPECT_EQ(groups(combined(Query::Type::both, {is(Field::id, inner_id), is(Field::member, id("bob"))})), "");
  EXPECT_EQ(groups(is(Field::display_name, "INNER")), "Inner ");
  EXPECT_EQ(groups(is(Field::key, "g-Inner")), "Inner ");
  EXPECT_EQ(groups(Query{}), "Outer Inner ");
}

// Costs are counted, not timed.
class QueryCostTest : public QueryTest {
 protected:
  void fill(int from, int to) {
    write([&](Unit& unit) {
      for (int i = from; i < to; ++i) {
        const std::string name = "n" + std::to_string(i);
        const UserId who = put_user(unit, name);
        put_claim_row(unit, entra_, who, "k" + name, "");
        unit.db()
            .prepare("INSERT INTO names (user_key, field, folded) VALUES (?, 'e', ?)")
            .bind(who, name + "@example.org")
            .run();
      }
    });
  }
  std::int64_t cost(const Query& query, const Page& page) {
    return read([&](const View& view) {
      const auto before = view.db().steps();
      scan_users(view, entra_, query, page, [](const User&) { return true; });
      return view.db().steps() - before;
    });
  }
};

TEST_F(QueryCostTest, IndexedFiltersCostTheSameWithManyPeople) {
  const std::pair<const char*, Query> table[] = {
      {"id", is(Field::id, id("bob"))},
      {"externalId", is(Field::key, "k-bob")},
      {"userName", is(Field::user_name, "bob")},
      {"emails", is(Field::email, "bob@example.org")},
      {"displayName", is(Field::display_name, "bob")},
      {"userName sw", is(Field::user_name, "bo", Compare::starts_with)},
      {"first page", Query{}},
      {"either", combined(Query::Type::either, {is(Field::user_name, "bob"), is(Field::email, "ann@example.org")})},
  };
  fill(0, 50);
  std::vector<std::int64_t> few;
  for (const auto& [name, query] : table) few.push_back(cost(query, {0, 10}));
  fill(50, 5000);
  for (std::size_t i = 0; i < few.size(); ++i)
    EXPECT_LE(cost(table[i].second, {0, 10}), few[i] * 13 / 10) << table[i].first;
}

}  // namespace
}  // namespace rosterd::store
