#include "store/remembered.h"

#include "store/explain.h"
#include "tests/store/fixture.h"

namespace rosterd::store {
namespace {

class RememberedTest : public StoreTest {
 protected:
  RememberedTest() { rules({{.name = "eng", .group = "Engineering", .role = "Staff", .projects = {"Website"}}}); }

  Outcome<std::size_t> remember(GroupId group, const Strings& names) {
    return write([&](Unit& unit) { return remember_members(unit, group, names); });
  }
  bool has(GroupId group, Member member) {
    return read([&](const View& view) { return is_member(view, group, member); });
  }
  std::size_t waiting(SourceId source) {
    return read([&](const View& view) { return count_remembered(view, source); });
  }
};

TEST_F(RememberedTest, BecomesAMemberByExternalIdAndByUserName) {
  const GroupId eng = group(entra_, "Engineering");
  ASSERT_TRUE(remember(eng, {"k-ann", "BOB", "k-ann"}));
  EXPECT_EQ(waiting(entra_), 2u);
  const UserId ann = person(entra_, "ann");
  const UserId bob = person(entra_, "bob");
  EXPECT_TRUE(has(eng, ann));
  EXPECT_TRUE(has(eng, bob)) << "a userName compares folded";
  EXPECT_EQ(roles(ann), Strings{"Staff"});
  EXPECT_EQ(waiting(entra_), 0u);
}

TEST_F(RememberedTest, KeysCompareExactly) {
  const GroupId eng = group(entra_, "Engineering");
  ASSERT_TRUE(remember(eng, {"K-ANN"}));
  EXPECT_FALSE(has(eng, person(entra_, "ann")));
  EXPECT_EQ(waiting(entra_), 1u);
}

TEST_F(RememberedTest, PersonWhoIsRestoredAnswersToTheOldId) {
  const GroupId eng = group(entra_, "Engineering");
  const UserId ann = person(entra_, "ann");
  ASSERT_TRUE(end(entra_, ann));
  ASSERT_TRUE(remember(eng, {user(ann).id}));
  ASSERT_EQ(person(entra_, "ann"), ann);
  EXPECT_TRUE(has(eng, ann));
  EXPECT_EQ(roles(ann), Strings{"Staff"});
}

TEST_F(RememberedTest, NobodyIsRememberedBecauseHeLeft) {
  const GroupId eng = group(entra_, "Engineering");
  const UserId ann = person(entra_, "ann");
  join(eng, {ann});
  ASSERT_TRUE(end(entra_, ann));
  ASSERT_EQ(person(entra_, "ann"), ann);
  EXPECT_FALSE(has(eng, ann));
  EXPECT_TRUE(roles(ann).empty());
}

TEST_F(RememberedTest, AnswersOfAnotherSourceDoNotCount) {
  const GroupId eng = group(entra_, "Engineering");
  ASSERT_TRUE(remember(eng, {"k-ann", "ann"}));
  const UserId ann = person(corp_, "ann");
  EXPECT_FALSE(has(eng, ann));
  EXPECT_FALSE(read([&](const View& view) { return find_named_member(view, entra_, "ann"); }));
  EXPECT_TRUE(read([&](const View& view) { return find_named_member(view, corp_, "ann"); }));
}

TEST_F(RememberedTest, ChangedKeyAndChangedNameAreAnswersToo) {
  const GroupId eng = group(entra_, "Engineering");
  const UserId ann = person(entra_, "ann");
  ASSERT_TRUE(remember(eng, {"new-key"}));
  ASSERT_TRUE(put(entra_, facts("ann", "new-key"), ann));
  EXPECT_TRUE(has(eng, ann));
  const UserId bob = person(entra_, "bob");
  ASSERT_TRUE(remember(eng, {"robert"}));
  ASSERT_TRUE(put(entra_, facts("robert", "k-bob"), bob));
  EXPECT_TRUE(has(eng, bob));
}

TEST_F(RememberedTest, GroupsAreRememberedToo) {
  const GroupId eng = group(entra_, "Engineering");
  const UserId ann = person(entra_, "ann");
  ASSERT_TRUE(remember(eng, {"g-Team"}));
  const GroupId team = group(entra_, "Team");
  EXPECT_TRUE(has(eng, team));
  join(team, {ann});
  EXPECT_EQ(roles(ann), Strings{"Staff"});
}

TEST_F(RememberedTest, GroupThatEndsTakesItsNamesAlong) {
  const GroupId eng = group(entra_, "Engineering");
  ASSERT_TRUE(remember(eng, {"k-ann"}));
  ASSERT_TRUE(write([&](Unit& unit) { return hide_group(unit, eng); }));
  EXPECT_EQ(waiting(entra_), 0u);
  EXPECT_FALSE(remember(eng, {"k-ann"})) << "an ended group remembers nobody";
  const UserId ann = person(entra_, "ann");
  EXPECT_EQ(group(entra_, "Engineering"), eng) << "restored in place";
  EXPECT_FALSE(has(eng, ann));
}

TEST_F(RememberedTest, NamesAreTakenBackAndExchanged) {
  const GroupId eng = group(entra_, "Engineering");
  ASSERT_TRUE(remember(eng, {"k-ann", "k-bob"}));
  EXPECT_EQ(write([&](Unit& unit) { return forget_members(unit, eng, Strings{"k-ann", "k-nobody"}); }), 1u);
  EXPECT_EQ(*write([&](Unit& unit) { return replace_remembered(unit, eng, Strings{"k-bob", "k-cid"}); }), 1u);
  EXPECT_FALSE(has(eng, person(entra_, "ann")));
  EXPECT_TRUE(has(eng, person(entra_, "cid")));
  EXPECT_EQ(waiting(entra_), 1u);
  const auto rows = number("SELECT COUNT(*) FROM audit");
  EXPECT_EQ(*write([&](Unit& unit) { return replace_remembered(unit, eng, Strings{"k-bob"}); }), 0u);
  EXPECT_EQ(number("SELECT COUNT(*) FROM audit"), rows) << "a second run changes nothing";
  EXPECT_EQ(audited("group.remember"), 2);
  EXPECT_EQ(audited("group.forget"), 1);
}

TEST_F(RememberedTest, NumberAndLengthAreBounded) {
  const GroupId eng = group(entra_, "Engineering");
  Strings many;
  for (std::size_t i = 0; i < kMostRemembered; ++i) many.push_back("n" + std::to_string(i));
  ASSERT_TRUE(remember(eng, many));
  EXPECT_FALSE(remember(group(entra_, "Other"), {"one more"}));
  EXPECT_EQ(waiting(entra_), kMostRemembered) << "the refused one is not kept";
  EXPECT_TRUE(remember(eng, {"n1"})) << "known already";
  EXPECT_TRUE(remember(group(corp_, "Theirs"), {"one more"})) << "each source has its own";
  EXPECT_FALSE(remember(eng, {std::string(1025, 'x')}));
  EXPECT_FALSE(remember(eng, {""}));
}

TEST_F(RememberedTest, ListedForAdminsAndForThePerson) {
  const GroupId eng = group(entra_, "Engineering");
  const UserId ann = person(entra_, "ann");
  ASSERT_TRUE(end(entra_, ann));
  ASSERT_TRUE(remember(eng, {"k-ann"}));
  const auto listed = read([&](const View& view) { return remembered_of(view, entra_, 10); });
  ASSERT_EQ(listed.size(), 1u);
  EXPECT_EQ(listed[0].source_name + " " + listed[0].group + " " + listed[0].named, "scim:entra Engineering k-ann");
  const auto explained = read([&](const View& view) { return explain(view, ann, settings_.access); });
  ASSERT_EQ(explained.remembered.size(), 1u);
  EXPECT_EQ(explained.remembered[0].group, "Engineering");
}

}  // namespace
}  // namespace rosterd::store
