#include "ldap/runner.h"
#include "ldap/source_state.h"
#include "store/holds.h"
#include "tests/store/fixture.h"

namespace rosterd::ldap {
namespace {

class Release : public store::StoreTest {
 protected:
  store::HoldItem departure_of(const std::string& name) {
    Change change;
    change.kind = ChangeKind::block_person;
    change.key = "k-" + name;
    change.departure = Departure::left_directory;
    change.name = name;
    change.reason = "no longer in the directory";
    return hold_item(change);
  }
  store::HoldId hold_of(std::vector<store::HoldItem> items) {
    return write([&](store::Unit& unit) { return store::hold(unit, corp_, "too many", items); });
  }
};

TEST_F(Release, RunsWhatStillWaits) {
  const auto ada = person(corp_, "ada");
  const std::vector items{departure_of("ada")};
  const auto id = hold_of(items);
  const auto hold = *read([&](const store::View& view) { return store::find_hold(view, id); });
  const auto done = write([&](store::Unit& unit) { return release_some(unit, hold, items, run_item); });
  EXPECT_EQ(done.released, 1U);
  EXPECT_FALSE(user(ada).active);
}

TEST_F(Release, AHoldThatWasDiscardedMeanwhileRunsNothingMore) {
  const auto ada = person(corp_, "ada");
  const std::vector items{departure_of("ada")};
  const auto id = hold_of(items);
  const auto hold = *read([&](const store::View& view) { return store::find_hold(view, id); });
  ASSERT_TRUE(write([&](store::Unit& unit) { return store::discard_hold(unit, id); }));
  const auto done = write([&](store::Unit& unit) { return release_some(unit, hold, items, run_item); });
  EXPECT_EQ(done.released, 0U);
  EXPECT_TRUE(user(ada).active);
}

}  // namespace
}  // namespace rosterd::ldap
