#include "daemon/exit_codes.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

namespace rosterd {
namespace {

TEST(ExitCodes, EachHasItsOwnNumberAndMeaning) {
  std::set<std::string_view> meanings;
  std::set<int> numbers;
  for (const Exit code : all_exits()) {
    EXPECT_NE(meaning(code), "unknown") << to_status(code);
    meanings.insert(meaning(code));
    numbers.insert(to_status(code));
    EXPECT_LT(to_status(code), 126) << "126 and above belong to the shell and to systemd";
  }
  EXPECT_EQ(meanings.size(), all_exits().size());
  EXPECT_EQ(numbers.size(), all_exits().size());
}

// Another start cannot help after these.
TEST(ExitCodes, TheUnitDoesNotRestartOnThem) {
  const auto root = std::filesystem::path(ROSTERD_SOURCE_DIR);
  std::ifstream in(root / "systemd" / "rosterd.service");
  std::ostringstream unit;
  unit << in.rdbuf();
  const std::string line = "RestartPreventExitStatus=" + std::to_string(to_status(Exit::usage)) + " " +
                           std::to_string(to_status(Exit::store_damaged)) + " " +
                           std::to_string(to_status(Exit::newer_schema)) + " " +
                           std::to_string(to_status(Exit::configuration)) + "\n";
  EXPECT_NE(unit.str().find(line), std::string::npos) << line;
}

}  // namespace
}  // namespace rosterd
