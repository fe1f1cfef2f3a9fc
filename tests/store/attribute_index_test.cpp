// Look-up tables of further attributes: filled with the claim, built and taken away in steps, unique where wanted.
#include "store/attribute_index.h"

#include "store/query.h"
#include "tests/store/fixture.h"

namespace rosterd::store {
namespace {

constexpr const char* kUrn = "urn:example:staff:2.0:User";

class AttributeIndexTest : public StoreTest {
 protected:
  void index(std::vector<IndexedAttribute> all) {
    settings_.indexed = std::move(all);
    store_->configure(settings_);
  }
  static IndexedAttribute badge(bool unique = false, bool case_exact = false) {
    return {kUrn, "badge", "", case_exact, unique};
  }
  // States a claim with the given text as the extension's content.
  Outcome<Claimed> say(SourceId source, const std::string& name, const std::string& extension, UserId who = {}) {
    ClaimFacts all;
    all.key = "k-" + name;
    all.profile = R"({"userName":")" + name + R"(",")" + kUrn + R"(":)" + extension + "}";
    return put(source, all, who);
  }
  std::string found(const std::string& value, const std::string& address = std::string(kUrn) + ":badge") {
    Query query;
    query.type = Query::Type::condition;
    query.field = Field::attribute;
    query.attribute = address;
    query.text = value;
    std::string names;
    read([&](const View& view) {
      EXPECT_GE(count_users(view, entra_, query), 0U);
      scan_users(view, entra_, query, {}, [&](const User& user) {
        names += user.user_name + " ";
        return true;
      });
    });
    return names;
  }
  std::int64_t rows() {
    return read([](const View& view) {
      Statement row = view.db().prepare("SELECT COUNT(*) FROM attribute_values");
      return row.step() ? row.integer(0) : -1;
    });
  }
};

TEST_F(AttributeIndexTest, FollowsTheClaims) {
  index({badge()});
  const auto ann = say(entra_, "ann", R"({"badge":"B1"})");
  (void)say(entra_, "bob", R"({"badge":["B2",{"value":"B3"}],"other":"B1"})");
  EXPECT_EQ(found("b1"), "ann ");
  EXPECT_EQ(found("B3"), "bob ");
  (void)say(entra_, "ann", R"({"badge":"B9"})", ann->user);
  EXPECT_EQ(found("B1"), "");
  EXPECT_EQ(found("B9"), "ann ");
  (void)say(entra_, "ann", R"({"other":1})", ann->user);
  EXPECT_EQ(rows(), 2) << "bob's";
}

TEST_F(AttributeIndexTest, EveryLiveClaimIsFound) {
  index({badge()});
  settings_.link["ldap:corp"] = LinkMode::user_name;
  store_->configure(settings_);
  const auto ann = say(entra_, "ann", R"({"badge":"mine"})");
  ASSERT_TRUE(say(corp_, "ann", R"({"badge":"theirs"})"));
  EXPECT_EQ(found("mine"), "ann ");
  EXPECT_EQ(found("theirs"), "ann ") << "another source's word is a candidate";
  ASSERT_TRUE(end(corp_, ann->user));
  EXPECT_EQ(found("theirs"), "");
}

TEST_F(AttributeIndexTest, BuiltForWhoIsThereAndTakenAwayAgain) {
  for (int i = 0; i < 450; ++i)
    ASSERT_TRUE(say(entra_, "p" + std::to_string(i), R"({"badge":")" + std::to_string(i % 50) + R"("})"));
  index({badge()});
  EXPECT_TRUE(read([](const View& view) { return has_work(view); }));
  EXPECT_EQ(found("no such"), found("7")) << "not complete: everybody is a candidate";
  ASSERT_TRUE(say(entra_, "late", R"({"badge":"7"})"));
  finish_work();
  EXPECT_EQ(rows(), 451);
  EXPECT_EQ(found("no such"), "");
  EXPECT_EQ(found("7"), "p7 p57 p107 p157 p207 p257 p307 p357 p407 late ");
  index({badge()});
  EXPECT_FALSE(read([](const View& view) { return has_work(view); })) << "a second time changes nothing";
  index({});
  finish_work();
  EXPECT_EQ(rows(), 0);
  index({badge(false, true)});
  finish_work();
  EXPECT_EQ(rows(), 451);
}

TEST_F(AttributeIndexTest, ABuildGoesOnAfterARestart) {
  for (int i = 0; i < 30; ++i) (void)say(entra_, "p" + std::to_string(i), R"({"badge":"x"})");
  index({badge()});
  reopen();
  store_->configure(settings_);
  finish_work();
  EXPECT_EQ(rows(), 30);
}

TEST_F(AttributeIndexTest, UniqueAmongAllSources) {
  index({badge(true)});
  const auto ann = say(entra_, "ann", R"({"badge":"B1"})");
  const auto refused = say(corp_, "bob", R"({"badge":"b1"})");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.refused().kind, Refusal::uniqueness);
  EXPECT_EQ(refused.refused().message.find("b1"), std::string::npos) << "no values in a refusal";
  const auto bob = say(corp_, "bob", R"({"badge":"B2"})");
  ASSERT_TRUE(bob);
  EXPECT_FALSE(say(corp_, "bob", R"({"badge":["B2","B1"]})", bob->user));
  EXPECT_TRUE(say(entra_, "ann", R"({"badge":"B1","more":1})", ann->user)) << "one's own";
  EXPECT_EQ(found("B2"), "") << "of another source";
}

TEST_F(AttributeIndexTest, WhoIsGoneFreesTheValue) {
  index({badge(true)});
  const auto ann = say(entra_, "ann", R"({"badge":"B1"})");
  ASSERT_TRUE(end(entra_, ann->user));
  ASSERT_TRUE(say(entra_, "bob", R"({"badge":"B1"})"));
  EXPECT_FALSE(say(entra_, "ann", R"({"badge":"B1"})")) << "who comes back finds it taken";
  EXPECT_TRUE(say(entra_, "ann", R"({"badge":"B7"})"));
}

TEST_F(AttributeIndexTest, WhoSharesAValueAlreadyKeepsIt) {
  const auto ann = say(entra_, "ann", R"({"badge":"B1"})");
  (void)say(entra_, "bob", R"({"badge":"B1"})");
  index({badge(true)});
  finish_work();
  EXPECT_TRUE(say(entra_, "ann", R"({"badge":"B1","more":1})", ann->user));
  EXPECT_FALSE(say(entra_, "carol", R"({"badge":"B1"})"));
}

}  // namespace
}  // namespace rosterd::store
