#include "store/holds.h"

#include "tests/store/rows.h"

namespace rosterd::store::rows {
namespace {

HoldItem item(std::string subject, std::string digest = "d") {
  return {"block_person", subject, digest, "{}", subject + " left the directory"};
}

class HoldsTest : public RowsTest {
 protected:
  SourceId corp_ = add_source("ldap:corp");

  HoldId put(const std::vector<HoldItem>& items, std::string_view summary = "2 of 3 would go") {
    return write([&](Unit& unit) { return hold(unit, corp_, summary, items); });
  }
  std::optional<Hold> open() {
    return read([&](const View& view) { return open_hold(view, corp_); });
  }
  std::string state_of(HoldId id) {
    return read([&](const View& view) { return find_hold(view, id); })->state;
  }
  std::string states(HoldId id) {
    std::string all;
    for (const HoldItem& each : read([&](const View& view) { return hold_items(view, id); }))
      all += each.subject + ":" + each.state + " ";
    return all;
  }
  void settle(HoldId id, std::string_view subject, std::string_view state) {
    write([&](Unit& unit) { settle_item(unit, id, "block_person", subject, state); });
  }
  bool discarded(std::string_view subject, std::string_view digest) {
    return read([&](const View& view) { return was_discarded(view, corp_, "block_person", subject, digest); });
  }
  Outcome<> discard(HoldId id) {
    return write([&](Unit& unit) { return discard_hold(unit, id); });
  }
};

TEST_F(HoldsTest, TheSameItemsKeepTheSameHold) {
  const HoldId first = put({item("a"), item("b")});
  EXPECT_EQ(put({item("b"), item("a")}, "still 2"), first);
  ASSERT_TRUE(open());
  EXPECT_EQ(open()->items, 2u);
  EXPECT_EQ(open()->summary, "still 2");
  EXPECT_EQ(open()->source_name, "ldap:corp");
  EXPECT_EQ(number("SELECT COUNT(*) FROM holds"), 1);
}

TEST_F(HoldsTest, ManyItemsAreDraftedInStepsAndUnseenUntilTheyHold) {
  std::vector<HoldItem> items;
  for (int i = 0; i < 3000; ++i) items.push_back(item("s" + std::to_string(i)));
  const HoldId old = put({item("a")});
  const auto draft = [&] { return draft_hold(*store_, {corp_, "sync"}, corp_, "3000 would go", items); };
  const auto before = store_->commits();
  const HoldId lost = draft();  // the run is cut off here
  EXPECT_GE(store_->commits() - before, 4u) << "one long unit";
  EXPECT_EQ(open()->id, old);
  EXPECT_EQ(read([](const View& view) { return list_holds(view, false); }).size(), 1u);
  EXPECT_FALSE(read([&](const View& view) { return find_hold(view, lost); }));

  const HoldId second = draft();
  EXPECT_EQ(number("SELECT COUNT(*) FROM hold_items"), 3001) << "what the cut run left is gone";
  EXPECT_EQ(write([&](Unit& unit) { return hold(unit, corp_, "3000 would go", second); }), second);
  EXPECT_EQ(state_of(old), "replaced");
  EXPECT_EQ(open()->items, 3000u);
  EXPECT_TRUE(read([&](const View& view) { return waits(view, second, "block_person", "s7"); }));

  EXPECT_EQ(draft(), second) << "the same items: nothing is written";
  EXPECT_EQ(write([&](Unit& unit) { return hold(unit, corp_, "still", second); }), second);
  EXPECT_EQ(open()->summary, "still");
  const auto again = draft();
  ASSERT_TRUE(discard(second));
  EXPECT_FALSE(write([&](Unit& unit) { return hold(unit, corp_, "too late", again); }));
  EXPECT_FALSE(open());
  EXPECT_FALSE(write([&](Unit& unit) { return hold(unit, corp_, "", HoldId{}); }));
}

TEST_F(HoldsTest, ChangedItemsReplace) {
  const std::vector<std::vector<HoldItem>> changes = {
      {item("a")}, {item("a"), item("b"), item("c")}, {item("a"), item("c")}, {item("a"), item("b", "new digest")}};
  for (const auto& changed : changes) {
    const HoldId first = put({item("a"), item("b")});
    const HoldId second = put(changed);
    EXPECT_NE(first, second);
    EXPECT_EQ(state_of(first), "replaced");
    EXPECT_EQ(open()->id, second);
    EXPECT_EQ(open()->items, changed.size());
  }
}

TEST_F(HoldsTest, OneOpenHoldPerSource) {
  const SourceId other = add_source("ldap:other");
  const HoldId mine = put({item("a")});
  const HoldId theirs = write([&](Unit& unit) { return hold(unit, other, "", std::vector{item("a")}); });
  EXPECT_NE(mine, theirs);
  EXPECT_EQ(read([](const View& view) { return list_holds(view, true); }).size(), 2u);
  write([&](Unit& unit) { clear_hold(unit, corp_); });
  EXPECT_EQ(state_of(mine), "replaced");
  EXPECT_EQ(state_of(theirs), "held");
  EXPECT_EQ(read([](const View& view) { return list_holds(view, false); }).size(), 2u);
  EXPECT_FALSE(open());
}

TEST_F(HoldsTest, NoItemsClear) {
  const HoldId first = put({item("a")});
  EXPECT_FALSE(put({}));
  EXPECT_EQ(state_of(first), "replaced");
}

TEST_F(HoldsTest, SettledOneByOne) {
  const HoldId id = put({item("a"), item("b"), item("c")});
  settle(id, "a", "released");
  settle(id, "b", "skipped");
  EXPECT_EQ(state_of(id), "held");
  settle(id, "a", "skipped");
  settle(id, "nobody", "released");
  EXPECT_EQ(states(id), "a:released b:skipped c:held ");
  settle(id, "c", "released");
  EXPECT_EQ(state_of(id), "released");
  EXPECT_FALSE(open());
}

TEST_F(HoldsTest, AHoldThatIsPartlySettledIsNotTheSame) {
  const HoldId first = put({item("a"), item("b")});
  settle(first, "a", "released");
  EXPECT_NE(put({item("a"), item("b")}), first);
}

TEST_F(HoldsTest, MarkedReleasedSkipsTheRest) {
  const HoldId id = put({item("a"), item("b")});
  settle(id, "a", "released");
  ASSERT_TRUE(write([&](Unit& unit) { return mark_released(unit, id); }));
  EXPECT_EQ(states(id), "a:released b:skipped ");
  EXPECT_EQ(write([&](Unit& unit) { return mark_released(unit, id); }).refused().kind, Refusal::invalid);
  EXPECT_EQ(write([&](Unit& unit) { return mark_released(unit, HoldId{99}); }).refused().kind, Refusal::not_found);
}

TEST_F(HoldsTest, ADiscardedRemovalIsRememberedUntilItChanges) {
  const HoldId id = put({item("a", "d1"), item("b", "d2")});
  EXPECT_FALSE(discarded("a", "d1"));
  ASSERT_TRUE(discard(id));
  EXPECT_EQ(state_of(id), "discarded");
  EXPECT_TRUE(discarded("a", "d1"));
  EXPECT_FALSE(discarded("a", "d1 changed"));
  EXPECT_FALSE(discarded("c", "d1"));
  EXPECT_FALSE(read([&](const View& view) { return was_discarded(view, corp_, "hide_group", "a", "d1"); }));
  EXPECT_FALSE(read([&](const View& view) { return was_discarded(view, kLocal, "block_person", "a", "d1"); }));
  EXPECT_EQ(discard(id).refused().kind, Refusal::invalid);
  EXPECT_EQ(discard(HoldId{99}).refused().kind, Refusal::not_found);
}

TEST_F(HoldsTest, WhoCameBackIsForgotten) {
  ASSERT_TRUE(discard(put({item("a"), item("b")})));
  EXPECT_EQ(read([&](const View& view) { return discarded_items(view, corp_); }).size(), 2u);
  write([&](Unit& unit) { forget_discarded(unit, corp_, "block_person", "a"); });
  EXPECT_FALSE(discarded("a", "d"));
  EXPECT_TRUE(discarded("b", "d"));
}

}  // namespace
}  // namespace rosterd::store::rows
