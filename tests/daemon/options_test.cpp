// The table, the example file and the parser say the same.
#include "daemon/config/options.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "daemon/config/load.h"

namespace rosterd::config {
namespace {

const LoadOptions kNoSecrets{.credentials_directory = {}, .read_secrets = false};

// Every "#key = value" and "#[section]" line without its "#"; prose has a blank after the "#".
std::string uncommented(const std::string& text) {
  std::istringstream in(text);
  std::string out;
  for (std::string line; std::getline(in, line);) {
    const bool option = line.size() > 1 && line[0] == '#' && line[1] != ' ';
    out += (option ? line.substr(1) : line) + "\n";
  }
  return out;
}

std::string problems(const LoadResult& result) {
  std::string text;
  for (const Problem& problem : result.problems) text += to_text(problem, "example") + "\n";
  return text;
}

TEST(Options, EveryRowIsComplete) {
  std::set<std::string> seen;
  for (const Section& section : sections()) {
    EXPECT_FALSE(section.help.empty()) << section.name;
    for (const Option& option : section.options) {
      const std::string name = std::string{section.name} + "." + std::string{option.name};
      EXPECT_TRUE(seen.insert(name).second) << name;
      EXPECT_FALSE(option.help.empty()) << name;
      EXPECT_EQ(static_cast<bool>(option.set), section.shape != Shape::free_keys) << name;
      EXPECT_FALSE(option.fallback.empty() && option.example.empty()) << name << " has neither default nor example";
      EXPECT_FALSE(option.required && !option.fallback.empty()) << name;
      EXPECT_EQ(option.choices.empty(), option.type != Type::choice) << name;
      if (option.type == Type::secret) {
        EXPECT_TRUE(option.fallback.empty()) << name;
      }
    }
  }
  EXPECT_GT(seen.size(), 80u);
}

TEST(Options, TheExampleAsItStandsIsTheDefaults) {
  const LoadResult example = parse(example_file(), kNoSecrets);
  ASSERT_EQ(problems(example), "");
  const LoadResult empty = parse("", kNoSecrets);
  ASSERT_TRUE(empty.config);
  EXPECT_TRUE(difference(*example.config, *empty.config).changed.empty());
}

TEST(Options, TheExampleWithEverythingSwitchedOnIsValid) {
  const LoadResult result = parse(uncommented(example_file()), kNoSecrets);
  ASSERT_EQ(problems(result), "");
  std::set<std::string> set;
  for (const Setting& setting : result.config->settings) {
    EXPECT_FALSE(setting.is_default) << setting.key << " is not in the example";
    set.insert(setting.key);
  }
  std::size_t rows = 0;
  for (const Section& section : sections()) rows += section.options.size();
  EXPECT_EQ(set.size(), rows);
}

TEST(Options, TheCommittedExampleIsTheTables) {
  const auto root = std::filesystem::path(ROSTERD_SOURCE_DIR);
  std::ifstream in(root / "systemd" / "rosterd.toml");
  std::ostringstream text;
  text << in.rdbuf();
  EXPECT_EQ(text.str(), example_file()) << "run: rosterd check-config --example > systemd/rosterd.toml";
}

TEST(Options, TheReferenceNamesEveryOption) {
  const std::string text = reference();
  for (const Section& section : sections()) {
    for (const Option& option : section.options) {
      EXPECT_NE(text.find("." + std::string{option.name}), std::string::npos) << option.name;
    }
  }
}

}  // namespace
}  // namespace rosterd::config
