#include "daemon/log/log.h"

#include <gtest/gtest.h>

#include <thread>

#include "daemon/log/format.h"

namespace rosterd::log {
namespace {

class LogTest : public ::testing::Test {
 protected:
  void SetUp() override {
    configure(Level::info, Format::text);
    set_sink([this](Level, const std::string& line) { lines.push_back(line); });
  }
  void TearDown() override {
    set_sink(nullptr);
    configure(Level::info, Format::automatic);
  }
  // The line without its time.
  std::string last() const { return lines.empty() ? "" : lines.back().substr(lines.back().find(' ') + 1); }

  std::vector<std::string> lines;
};

TEST_F(LogTest, KeyValueText) {
  info("sync_finished",
       {{"source", "ldap:corp"}, {"added", 12}, {"held", false}, {"ratio", 0.5}, {"who", "Ada L"}, {"none", ""}});
  EXPECT_EQ(last(), R"(info sync_finished source=ldap:corp added=12 held=false ratio=0.5 who="Ada L" none="")");
  EXPECT_EQ(lines.back()[10], 'T');
}

TEST_F(LogTest, LevelsFilter) {
  debug("a");
  EXPECT_TRUE(lines.empty());
  configure(Level::error, Format::text);
  warning("b");
  EXPECT_TRUE(lines.empty());
  error("c");
  EXPECT_EQ(last(), "error c");
  EXPECT_FALSE(enabled(Level::warning));
}

TEST_F(LogTest, NothingInAValueStartsALineOrPaintsATerminal) {
  const std::pair<std::string, std::string> rows[] = {
      {"a\nforged event=1", R"("a\nforged event=1")"},
      {"\r\x1b[31m", R"("\x0D\x1B[31m")"},
      {std::string("nul\0", 4), R"("nul\x00")"},
      {"\xc2\x9b", R"("\u{009B}")"},
      {"\xe2\x80\xae", R"("\u{202E}")"},
      {"\xe2\x80\xa8", R"("\u{2028}")"},
      {"\xff\xc0\x80", R"("\xFF\xC0\x80")"},
      {"\xed\xa0\x80", R"("\xED\xA0\x80")"},
      {"a\"b", R"("a\"b")"},
      {"a\\b", R"("a\\b")"},
      {"Zoë 漢 😀", "\"Zoë 漢 😀\""},
      {"Zoë", "Zoë"},
  };
  for (const auto& [value, text] : rows) {
    info("e", {{"v", value}});
    EXPECT_EQ(last(), "info e v=" + text);
  }
  info("e", {{"v", std::string(10'000, 'x')}});
  EXPECT_LT(last().size(), 4200u);
}

TEST_F(LogTest, JsonLines) {
  configure(Level::info, Format::json);
  const RequestScope scope{"r-1"};
  info("e\"x", {{"text", "a\"b\\\n"}, {"n", -5}, {"ok", true}, {"d", 1.25}});
  EXPECT_NE(lines.back().find(
                R"("level":"info","event":"e\"x","request_id":"r-1","text":"a\"b\\\\\\n","n":-5,"ok":true,"d":1.25})"),
            std::string::npos)
      << lines.back();
}

TEST_F(LogTest, RequestScopesNestAndBelongToTheirThread) {
  {
    const RequestScope outer{"r-1"};
    {
      const RequestScope inner{"r-2"};
      info("a");
      EXPECT_EQ(last(), "info a request_id=r-2");
    }
    info("b");
    EXPECT_EQ(last(), "info b request_id=r-1");
    std::thread([] { info("other"); }).join();
    EXPECT_EQ(last(), "info other");
  }
  info("c");
  EXPECT_EQ(last(), "info c");
}

TEST_F(LogTest, SecretsByKeyAreNeverWritten) {
  constexpr const char* kPlanted = "planted-5ecret";
  for (const Format format : {Format::text, Format::json}) {
    configure(Level::debug, format);
    for (const char* key : {"password", "bind_password", "Authorization", "scim_token", "cookie", "client_secret"}) {
      info("e", {{key, kPlanted}});
      EXPECT_EQ(lines.back().find(kPlanted), std::string::npos) << lines.back();
      EXPECT_NE(lines.back().find("[redacted]"), std::string::npos);
      for (const std::string& field : as_journal({.level = Level::info,
                                      .name = "e",
                                      .request_id = "",
                                      .fields = std::vector<Field>{{key, kPlanted}},
                                      .at = {}})) {
        EXPECT_EQ(field.find(kPlanted), std::string::npos);
      }
    }
  }
  info("e", {{"token_name", "okta"}, {"token_id", 7}});
  EXPECT_NE(lines.back().find("okta"), std::string::npos);
}

TEST_F(LogTest, JournalFieldsAreUpperCase) {
  const std::vector<Field> fields{{"source", "a\nb"}, {"n", 3}};
  const auto journal = as_journal({.level = Level::info, .name = "e", .request_id = "r", .fields = fields, .at = {}});
  EXPECT_EQ(journal, (std::vector<std::string>{"ROSTERD_EVENT=e", "ROSTERD_REQUEST_ID=r", "ROSTERD_SOURCE=a\\nb",
                                               "ROSTERD_N=3"}));
}

TEST_F(LogTest, ThreadsWriteWholeLines) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([] {
      for (int i = 0; i < 250; ++i) info("e", {{"v", "0123456789"}});
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(lines.size(), 1000u);
}

}  // namespace
}  // namespace rosterd::log
