#include "daemon/jobs/audit_head_log.h"

#include "daemon/log/log.h"
#include "store/audit.h"
#include "store/audit_chain.h"
#include "tests/store/rows.h"

namespace rosterd::jobs {
namespace {

class AuditHeadLogTest : public store::rows::RowsTest {
 protected:
  AuditHeadLogTest() {
    log::configure(log::Level::info, log::Format::text);
    log::set_sink([this](log::Level, const std::string& line) { lines_.push_back(line); });
  }
  ~AuditHeadLogTest() override { log::set_sink(nullptr); }
  std::string change() {
    write([](store::Unit& unit) { store::audit(unit, "note", "target", "detail"); });
    return store::to_text(store::verify_audit(*store_).head);
  }
  // The last line has it.
  bool said(const std::string& text) { return !lines_.empty() && lines_.back().find(text) != std::string::npos; }

  std::vector<std::string> lines_;
  AuditHeadLog heads_{*store_};
};

TEST_F(AuditHeadLogTest, HourlyWhenItMoved) {
  const auto first = change();
  heads_.note_hourly();
  ASSERT_EQ(lines_.size(), 1U);
  EXPECT_TRUE(said("audit_head") && said(first)) << lines_.back();
  const auto second = change();
  clock_.advance(std::chrono::minutes{59});
  heads_.note_hourly();
  EXPECT_EQ(lines_.size(), 1U);
  clock_.advance(std::chrono::minutes{1});
  heads_.note_hourly();
  ASSERT_EQ(lines_.size(), 2U);
  EXPECT_TRUE(said(second)) << lines_.back();
  clock_.advance(std::chrono::hours{2});
  heads_.note_hourly();
  heads_.note();
  EXPECT_EQ(lines_.size(), 2U) << "it has not moved";
  const auto third = change();
  heads_.note();
  EXPECT_TRUE(said(third)) << "the stop does not wait for the hour";
}

TEST_F(AuditHeadLogTest, TellsOfAnEndThatDoesNotFit) {
  change();
  change();
  sql("DELETE FROM audit WHERE sequence = (SELECT MAX(sequence) FROM audit)");
  heads_.note();
  EXPECT_TRUE(said("audit_trail_broken"));
}

}  // namespace
}  // namespace rosterd::jobs
