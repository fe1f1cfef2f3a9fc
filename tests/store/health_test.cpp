// How the last stop went, the check that follows a crash, and a damaged file: nobody writes on it.
#include <fstream>

#include "store/damage.h"
#include "tests/store/fixture.h"

namespace rosterd::store {
namespace {

class HealthTest : public StoreTest {
 protected:
  // What a crash right now would leave.
  std::filesystem::path crashed() {
    const auto to = directory_ / "crashed";
    std::filesystem::create_directory(to);
    for (const char* name : {"rosterd.db", "rosterd.db-wal", "secret.key"})
      std::filesystem::copy(directory_ / name, to / name);
    return to;
  }
  std::unique_ptr<Store> at(const std::filesystem::path& where) { return Store::open({where.string()}, clock_); }

  void fill() {
    for (int i = 0; i < 300; ++i) person(entra_, "person" + std::to_string(i));
  }
  // Overwrites pages at the end of the database file, where the rows are. REQUIRES: the store is closed.
  void damage_file() {
    const auto path = directory_ / "rosterd.db";
    std::filesystem::remove(directory_ / "rosterd.db-wal");
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    const auto size = static_cast<std::streamoff>(std::filesystem::file_size(path));
    for (std::streamoff at = size / 4096 * 3 / 4 * 4096; at < size; at += 4096) {
      file.seekp(at);
      file << std::string(2000, 'x');
    }
  }
  template <class Work>
  void expect_corrupt(Work work) {
    try {
      work();
      ADD_FAILURE() << "a damaged store went on";
    } catch (const StoreError& error) {
      EXPECT_EQ(error.kind(), StoreError::Kind::corrupt) << error.what();
    }
  }
};

TEST_F(HealthTest, FreshAndClosedStoresAreClean) {
  EXPECT_TRUE(store_->was_closed_cleanly());
  reopen();
  EXPECT_TRUE(store_->was_closed_cleanly());
  EXPECT_EQ(store_->check_integrity(), "");
}

TEST_F(HealthTest, UncleanUntilTheCheckHasPassed) {
  const auto place = crashed();
  EXPECT_FALSE(at(place)->was_closed_cleanly());
  // Closed properly, but nobody has looked at the file yet.
  EXPECT_FALSE(at(place)->was_closed_cleanly());
  EXPECT_EQ(at(place)->check_integrity(), "");
  EXPECT_TRUE(at(place)->was_closed_cleanly());
}

TEST_F(HealthTest, StoppedCheckProvesNothing) {
  fill();
  const auto place = crashed();
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(at(place)->check_integrity(stop.get_token()), "");
  EXPECT_FALSE(at(place)->was_closed_cleanly());
}

TEST_F(HealthTest, DamageEndsAllWritingHereAndAtTheNextStart) {
  fill();
  store_.reset();
  damage_file();
  open();
  EXPECT_NE(store_->check_integrity(), "");
  EXPECT_NE(store_->damage(), "");
  expect_corrupt([&] { write([](Unit&) {}); });
  store_.reset();
  expect_corrupt([&] { open(); });
  // An administrator who knows better.
  std::filesystem::remove(directory_ / kDamageFile);
  open();
}

TEST_F(HealthTest, DamageMetByAUnitOrAReadingCounts) {
  fill();
  store_.reset();
  damage_file();
  for (const bool reading : {true, false}) {
    open();
    expect_corrupt([&] {
      const auto all = [](const View& view) {
        auto rows = view.db().prepare("SELECT profile, notes FROM users ORDER BY key");
        while (rows.step()) (void)rows.text(0);
        auto more = view.db().prepare("SELECT detail, target FROM audit ORDER BY sequence");
        while (more.step()) (void)more.text(0);
      };
      reading ? read(all) : write([&](Unit& unit) { all(unit); });
    });
    EXPECT_NE(store_->damage(), "");
    expect_corrupt([&] { sql("DELETE FROM facts"); });
    store_.reset();
    std::filesystem::remove(directory_ / kDamageFile);
  }
}

}  // namespace
}  // namespace rosterd::store
