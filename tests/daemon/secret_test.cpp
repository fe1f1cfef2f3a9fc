#include "daemon/config/secret.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/config/load.h"
#include "tests/daemon/temp_dir.h"

namespace rosterd::config {
namespace {

using rosterd::testing::TempDir;
constexpr const char* kPlanted = "planted-5ecret-value";

TEST(Secret, FileModes) {
  const TempDir dir;
  const struct {
    unsigned mode;
    bool good;
  } rows[] = {{0600, true},  {0400, true},  {0700, true},  {0640, false}, {0604, false},
              {0620, false}, {0644, false}, {0660, false}, {0601, false}};
  for (const auto& row : rows) {
    const auto file = dir.write("s" + std::to_string(row.mode), kPlanted, row.mode);
    const SecretResult result = read_secret_file(file);
    EXPECT_EQ(result.error.empty(), row.good) << std::oct << row.mode << " " << result.error;
    EXPECT_EQ(result.secret.reveal(), row.good ? kPlanted : "");
    if (!row.good) {
      EXPECT_NE(result.error.find(file.string()), std::string::npos);
    }
  }
}

TEST(Secret, OneLineEndIsStripped) {
  const TempDir dir;
  EXPECT_EQ(read_secret_file(dir.write("a", "pw\n")).secret.reveal(), "pw");
  EXPECT_EQ(read_secret_file(dir.write("b", "pw\r\n")).secret.reveal(), "pw");
  EXPECT_EQ(read_secret_file(dir.write("c", "pw\n\n")).secret.reveal(), "pw\n");
  EXPECT_EQ(read_secret_file(dir.write("d", " pw ")).secret.reveal(), " pw ");
}

TEST(Secret, WhatIsNoSecretIsRefusedByName) {
  const TempDir dir;
  ::mkfifo((dir.path() / "fifo").c_str(), 0600);
  const std::pair<std::filesystem::path, const char*> rows[] = {
      {dir.write("empty", "\n"), "is empty"},
      {dir.write("large", std::string(kMaxSecretBytes + 1, 'x')), "is larger than"},
      {dir.write("nul", std::string("a\0b", 3)), "NUL"},
      {dir.path() / "absent", "cannot open"},
      {dir.path(), "is not a regular file"},
      {dir.path() / "fifo", "is not a regular file"},
  };
  for (const auto& [path, message] : rows) {
    const SecretResult result = read_secret_file(path);
    EXPECT_NE(result.error.find(message), std::string::npos) << result.error;
    EXPECT_NE(result.error.find(path.string()), std::string::npos) << result.error;
  }
}

TEST(Secret, WhoeverCouldExchangeItMakesItNoSecret) {
  const TempDir dir;
  const auto folder = dir.path() / "folder";
  std::filesystem::create_directory(folder);
  const auto file = dir.write("folder/secret", kPlanted);
  std::filesystem::create_symlink(file, folder / "link");
  std::filesystem::create_directory_symlink(folder, dir.path() / "linked");
  const auto other = dir.write("folder/other", kPlanted);
  const struct {
    const char* what;
    unsigned folder_mode, above_mode;
    std::filesystem::path path;
    const char* says;  // nullptr: read
  } rows[] = {
      {"good", 0700, 0700, file, nullptr},
      {"others may look", 0755, 0755, file, nullptr},
      {"a link", 0700, 0700, folder / "link", "is a symbolic link"},
      {"a link to the directory", 0700, 0700, dir.path() / "linked" / "secret", nullptr},
      {"the group writes in the directory", 0770, 0700, file, "others can write in the directory"},
      {"others write in the directory", 0707, 0700, file, "others can write in the directory"},
      {"a directory such as /tmp", 01777, 0700, file, nullptr},
      {"others write above", 0700, 0707, file, "in a directory above"},
      {"above is a directory such as /tmp", 0700, 01777, file, nullptr},
  };
  for (const auto& row : rows) {
    std::filesystem::permissions(folder, std::filesystem::perms{row.folder_mode});
    std::filesystem::permissions(dir.path(), std::filesystem::perms{row.above_mode});
    const auto result = read_secret_file(row.path);
    EXPECT_EQ(result.error.empty(), row.says == nullptr) << row.what << ": " << result.error;
    EXPECT_NE(result.error.find(row.says ? row.says : ""), std::string::npos) << row.what << ": " << result.error;
    EXPECT_EQ(result.secret.reveal(), row.says ? "" : kPlanted) << row.what;
  }
}

TEST(Secret, AFileOfAnotherUserIsRefused) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root to give a file away";
  const TempDir dir;
  const auto file = dir.write("secret", kPlanted);
  ASSERT_EQ(::chown(file.c_str(), 12345, static_cast<gid_t>(-1)), 0);
  EXPECT_NE(read_secret_file(file).error.find("belongs to another user (uid 12345)"), std::string::npos);
  EXPECT_EQ(read_secret_file(file, 12345).secret.reveal(), kPlanted) << "the user as whom the daemon runs";
  ASSERT_EQ(::chown(dir.path().c_str(), 54321, static_cast<gid_t>(-1)), 0);
  EXPECT_NE(read_secret_file(file, 12345).error.find("the directory of"), std::string::npos);
}

TEST(Secret, CredentialsAreNamesInTheirDirectory) {
  const TempDir dir;
  dir.write("ldap", "pw\n", 0440);  // systemd's ACL shows in the group bits
  dir.write("open", "pw\n", 0444);
  EXPECT_EQ(read_credential(dir.path(), "ldap").secret.reveal(), "pw");
  EXPECT_FALSE(read_credential(dir.path(), "open").error.empty());
  EXPECT_FALSE(read_credential(dir.path(), "../ldap").error.empty());
  EXPECT_FALSE(read_credential(dir.path(), "..").error.empty());
  EXPECT_FALSE(read_credential(dir.path(), "").error.empty());
  EXPECT_NE(read_credential({}, "ldap").error.find("LoadCredential"), std::string::npos);
}

TEST(Secret, LoadedIntoTheConfigAndInNoMessageOrSetting) {
  const TempDir dir;
  const auto file = dir.write("pw", std::string{kPlanted} + "\n");
  const std::string text =
      "[mail]\nhost = \"h\"\nfrom = \"a@b\"\nuser = \"u\"\npassword_file = \"" + file.string() + "\"\n";
  const LoadResult result = parse(text);
  ASSERT_TRUE(result.config);
  EXPECT_EQ(result.config->mail->password.reveal(), kPlanted);
  for (const Setting& setting : result.config->settings) {
    EXPECT_EQ(setting.text.find(kPlanted), std::string::npos) << setting.key;
  }
  std::filesystem::permissions(file, std::filesystem::perms{0644});
  const LoadResult open = parse(text);
  ASSERT_EQ(open.problems.size(), 1u);
  EXPECT_EQ(open.problems[0].option, "mail.password_file");
  EXPECT_EQ(open.problems[0].line, 5);
  EXPECT_EQ(open.problems[0].message.find(kPlanted), std::string::npos);
}

TEST(Secret, AnInlineOneIsRefusedWithoutRepeatingIt) {
  for (const std::string& line : {std::string("password = \""), std::string("pasword = \""),
                                  std::string("from = \"a@b\"\npassword = \"x\" \"")}) {
    const LoadResult result = parse("[mail]\nhost = \"h\"\n" + line + kPlanted + "\"\n");
    ASSERT_FALSE(result.problems.empty());
    for (const Problem& problem : result.problems) {
      EXPECT_EQ(to_text(problem, "f").find(kPlanted), std::string::npos) << to_text(problem, "f");
    }
  }
}

TEST(Secret, ANewSecretInTheSameFileIsAChange) {
  const TempDir dir;
  const auto file = dir.write("pw", "one");
  const std::string text =
      "[mail]\nhost = \"h\"\nfrom = \"a@b\"\nuser = \"u\"\npassword_file = \"" + file.string() + "\"\n";
  const LoadResult before = parse(text);
  dir.write("pw", "two");
  const LoadResult after = parse(text);
  ASSERT_TRUE(before.config && after.config);
  EXPECT_EQ(difference(*before.config, *after.config).changed, Strings{"secrets"});
}

TEST(Load, FilesThatCannotBeTheConfiguration) {
  const TempDir dir;
  EXPECT_EQ(load(dir.path() / "absent").problems.size(), 1u);
  EXPECT_EQ(load(dir.path()).problems.size(), 1u);
  EXPECT_EQ(load(dir.write("large", std::string(kMaxFileBytes + 1, '#'))).problems.size(), 1u);
  const LoadResult good = load(dir.write("good", "[log]\nlevel = \"debug\"\n"));
  ASSERT_TRUE(good.config);
  EXPECT_EQ(good.config->log.level, LogLevel::debug);
}

}  // namespace
}  // namespace rosterd::config
