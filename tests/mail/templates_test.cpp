#include "daemon/mail/templates.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

namespace rosterd::mail {
namespace {

namespace fs = std::filesystem;

class TemplatesTest : public ::testing::Test {
 protected:
  TemplatesTest() {
    std::string pattern = (fs::temp_directory_path() / "rosterd-templates-XXXXXX").string();
    directory_ = mkdtemp(pattern.data());
  }
  ~TemplatesTest() override { fs::remove_all(directory_); }

  void put(const std::string& file, const std::string& text) {
    std::ofstream(directory_ / file, std::ios::binary) << text;
  }
  std::string load_error() {
    try {
      Templates::load(directory_);
    } catch (const TemplateError& error) {
      return error.what();
    }
    return "";
  }

  fs::path directory_;
  MailValues values_{.name = "Jane <b>",
                     .email = "jane@example.org",
                     .user_name = "jane",
                     .organisation = "A & B",
                     .link = "https://id.example.org/invitation/abc_-1",
                     .expires = "1 December 2026",
                     .projects = {"Web <1>", "Print"}};
};

TEST_F(TemplatesTest, BuiltInInvitationEscapesHtmlOnly) {
  const RenderedMail mail = Templates::load().render("invitation", values_);
  EXPECT_EQ(mail.subject, "Your invitation to A & B");
  EXPECT_NE(mail.text.find("Hello Jane <b>,"), mail.text.npos) << mail.text;
  EXPECT_NE(mail.text.find("  - Web <1>\n  - Print\n"), mail.text.npos) << mail.text;
  EXPECT_NE(mail.text.find("\nhttps://id.example.org/invitation/abc_-1\n"), mail.text.npos);
  EXPECT_NE(mail.html.find("Hello Jane &lt;b&gt;,"), mail.html.npos) << mail.html;
  EXPECT_NE(mail.html.find("<li>Web &lt;1&gt;</li>"), mail.html.npos);
  EXPECT_NE(mail.html.find("href=\"https://id.example.org/invitation/abc_-1\""), mail.html.npos);
  EXPECT_NE(mail.html.find("A &amp; B"), mail.html.npos);
}

TEST_F(TemplatesTest, EmptyNameAndProjectsLeaveNoTrace) {
  values_.name = "see http://evil.example";
  values_.projects.clear();
  const RenderedMail mail = Templates::load().render("invitation", values_);
  EXPECT_TRUE(mail.text.starts_with("Hello,\n")) << mail.text;
  EXPECT_EQ(mail.text.find("access to"), mail.text.npos);
  EXPECT_EQ(mail.text.find("evil"), mail.text.npos);
}

TEST_F(TemplatesTest, HostileValuesStayValues) {
  values_.name = "{{link}}{{{link}}}\r\n\r\nPay here";
  values_.organisation = "<img src=x onerror=1>\nBcc: x";
  const RenderedMail mail = Templates::load().render("invitation", values_);
  EXPECT_NE(mail.text.find("Hello {{link}}{{{link}}} Pay here,"), mail.text.npos) << mail.text;
  EXPECT_EQ(mail.html.find("<img"), mail.html.npos);
  EXPECT_EQ(mail.subject, "Your invitation to <img src=x onerror=1> Bcc: x");
}

TEST_F(TemplatesTest, FilesReplaceBuiltInsOneByOne) {
  put("invitation.subject", "Komm zu {{organisation}}\n");
  put("invitation.txt", "Hallo {{name}}: {{link}}\n");
  const RenderedMail mail = Templates::load(directory_).render("invitation", values_);
  EXPECT_EQ(mail.subject, "Komm zu A & B");
  EXPECT_EQ(mail.text, "Hallo Jane <b>: https://id.example.org/invitation/abc_-1\n");
  EXPECT_NE(mail.html.find("Choose a password"), mail.html.npos);
}

TEST_F(TemplatesTest, RefusedFilesAreNamed) {
  const struct {
    const char* file;
    std::string text;
    const char* fault;
  } rows[] = {
      {"invitation.txt", "no link", "{{link}} is missing"},
      {"invitation.html", "<p>no link</p>", "{{link}} is missing"},
      {"invitation.txt", "{{#has_projects}}{{link}}{{/has_projects}}", "{{link}} is missing"},
      {"invitation.txt", "{{#name}}{{link}}{{/name}}", "{{link}} is missing"},
      {"invitation.txt", "{{link}} {{nmae}}", "unknown placeholder {{nmae}}"},
      {"invitation.txt", "{{link}} {{> footer}}", "unknown placeholder {{> footer}}"},
      {"invitation.txt", "{{link", "Unclosed tag"},
      {"invitation.txt", "{{#name}}{{link}}", "Unclosed section"},
      {"invitation.txt", "{{link}}{{/name}}", "Unopened section"},
      {"invitation.txt", "{{=<% %>=}}<% link %>", "delimiters"},
      {"invitation.txt", "{{link}}\xFF", "UTF-8"},
      {"invitation.txt", std::string("{{link}}\0", 9), "NUL"},
      {"invitation.html", "{{link}}{{{name}}}", "must be escaped"},
      {"invitation.html", "{{link}}{{&organisation}}", "must be escaped"},
      {"invitation.subject", "{{link}}", "must not stand in the subject"},
      {"invitation.subject", " \n", "renders to nothing"},
      {"test.txt", "", "renders to nothing"},
      {"invitation.txt", "{{link}}" + std::string(65 * 1024, 'x'), "above 64 KiB"},
  };
  for (const auto& row : rows) {
    put(row.file, row.text);
    const std::string error = load_error();
    EXPECT_TRUE(error.starts_with((directory_ / row.file).string() + ": ")) << error;
    EXPECT_NE(error.find(row.fault), error.npos) << error;
    fs::remove(directory_ / row.file);
  }
  EXPECT_EQ(load_error(), "");
}

TEST_F(TemplatesTest, DeepSectionsAreRefusedNotCrashed) {
  std::string deep;
  for (int i = 0; i < 9000; ++i) deep += "{{#a}}";
  put("invitation.txt", deep);
  EXPECT_NE(load_error().find("more than 64 sections"), std::string::npos);
}

TEST_F(TemplatesTest, MissingDirectoryAndUnreadableFiles) {
  EXPECT_THROW(Templates::load(directory_ / "absent"), TemplateError);
  fs::create_directory(directory_ / "invitation.txt");
  EXPECT_NE(load_error().find("not a readable file"), std::string::npos);
}

TEST_F(TemplatesTest, UnknownKind) {
  EXPECT_THROW(Templates::load().render("no-such", values_), std::invalid_argument);
  EXPECT_TRUE(Templates::load().has("test"));
}

}  // namespace
}  // namespace rosterd::mail
