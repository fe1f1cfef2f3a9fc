#include "daemon/mail/message.h"

#include <gtest/gtest.h>

#include <chrono>
#include <random>
#include <set>

#include "daemon/mail/encoding.h"
#include "daemon/mail/utf8.h"

namespace rosterd::mail {
namespace {

using namespace std::string_literals;

Address address(std::string_view text) {
  return parse_address(text).address.value();
}

Message sample() {
  Message message{.from = {"Roster", address("noreply@example.org")}, .to = {"Jane Doe", address("jane@example.org")}};
  message.subject = "Hello";
  message.text = "Hello Jane\n";
  message.html = "<p>Hello Jane</p>\n";
  message.message_id = "<m1@example.org>";
  message.date = store::from_millis(1'795'295'284'000);
  return message;
}

std::vector<std::string> header_lines(const std::string& bytes) {
  std::vector<std::string> lines;
  const std::string head = bytes.substr(0, bytes.find("\r\n\r\n"));
  for (std::size_t at = 0; at <= head.size();) {
    const std::size_t end = std::min(head.find("\r\n", at), head.size());
    lines.push_back(head.substr(at, end - at));
    at = end + 2;
  }
  return lines;
}

// Why the bytes are not a safe mail with exactly the expected header fields; empty when they are.
std::string fault_of(const std::string& bytes) {
  static const std::set<std::string> kFields = {"Date",       "From",           "To",           "Subject",
                                                "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"};
  std::set<std::string> seen;
  for (const std::string& line : header_lines(bytes)) {
    if (line.find_first_of("\r\n"s + '\0') != line.npos) return "a bare CR, LF or NUL";
    if (line.size() > 998) return "an overlong line";
    if (line.starts_with(' ')) continue;
    const std::string field = line.substr(0, line.find(':'));
    if (!kFields.contains(field)) return "a foreign field: " + line;
    if (!seen.insert(field).second) return "a repeated field: " + line;
  }
  return seen == kFields ? "" : "a missing field";
}

TEST(Message, HasTheExpectedShape) {
  const std::string bytes = compose(sample());
  EXPECT_EQ(fault_of(bytes), "");
  EXPECT_NE(bytes.find("Date: Sat, 21 Nov 2026 21:08:04 +0000\r\n"), std::string::npos) << bytes;
  EXPECT_NE(bytes.find("From: Roster\r\n <noreply@example.org>\r\n"), std::string::npos);
  EXPECT_NE(bytes.find("Auto-Submitted: auto-generated\r\n"), std::string::npos);
  EXPECT_NE(bytes.find("Message-ID: <m1@example.org>\r\n"), std::string::npos);
  EXPECT_NE(bytes.find("\r\n\r\nHello Jane\r\n"), std::string::npos);
  EXPECT_EQ(bytes, compose(sample())) << "the same mail at every attempt";
}

TEST(Message, OptionalHeaders) {
  Message message = sample();
  message.reply_to = Mailbox{"Help", address("help@example.org")};
  message.list_unsubscribe = "https://example.org/u";
  const std::string bytes = compose(message);
  EXPECT_NE(bytes.find("Reply-To: Help\r\n <help@example.org>\r\n"), std::string::npos);
  EXPECT_NE(bytes.find("List-Unsubscribe: <https://example.org/u>\r\n"), std::string::npos);
  for (const char* bad : {"ftp://x", "https://x\r\nBcc: y@z.org", "https://x y", "https://x>"}) {
    message.list_unsubscribe = bad;
    EXPECT_THROW(compose(message), std::invalid_argument) << bad;
  }
}

TEST(Message, RefusesABrokenMessageId) {
  for (const char* bad :
       {"", "m1@example.org", "<m1>", "<a@b@c>", "<a b@c>", "<a@b\r\n>", "<a@b>\r\nBcc: x@y.org>", "<a@<b>"}) {
    Message message = sample();
    message.message_id = bad;
    EXPECT_THROW(compose(message), std::invalid_argument) << bad;
  }
  EXPECT_EQ(make_message_id("a b\r\n<>@.7", address("x@Example.org")), "<a-b------7@example.org>");
}

TEST(Message, EveryLineFitsAndIsSevenBit) {
  Message message = sample();
  for (const std::string& text :
       {std::string(5000, 'x'), "\xC3\xA4"s + std::string(3000, 'y') + "\xC3\xA4", "a\nb\rc\r\nd\0e\n"s,
        std::string(500, '\n'), ".\n.\n..\nFrom x\n"s, "\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E\n"s, ""s}) {
    message.text = message.html = text + " ";
    const std::string bytes = compose(message);
    EXPECT_TRUE(is_ascii(bytes));
    std::size_t start = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      if (bytes[i] == '\n') {
        ASSERT_GT(i, 0u);
        EXPECT_EQ(bytes[i - 1], '\r');
        EXPECT_LE(i - start, 999u);
        start = i + 1;
      } else if (i > 0) {
        EXPECT_NE(bytes[i - 1], '\r') << "bare CR";
      }
    }
    EXPECT_EQ(bytes.find('\0'), bytes.npos);
  }
}

TEST(Encoding, BodiesChooseTheirEncoding) {
  EXPECT_EQ(encode_body("plain https://example.org/x?a=b\n").transfer_encoding, "7bit");
  EXPECT_EQ(encode_body("plain https://example.org/x?a=b\n").bytes, "plain https://example.org/x?a=b\r\n");
  EXPECT_EQ(encode_body("gr\xC3\xBC\xC3\x9F"
                        "e aus dem Norden = x \n")
                .bytes,
            "gr=C3=BC=C3=9Fe aus dem Norden =3D x=20\r\n");
  EXPECT_EQ(encode_body("\xE6\x97\xA5\xE6\x9C\xAC").transfer_encoding, "base64");
  EXPECT_EQ(encode_body("From me\n").bytes, "=46rom me\r\n");
  EXPECT_EQ(encode_body(std::string(2000, 'x')).transfer_encoding, "quoted-printable");
}

TEST(Encoding, HeaderWords) {
  EXPECT_EQ(encode_unstructured("Hello, world"), "Hello, world");
  EXPECT_EQ(encode_unstructured("Gr\xC3\xBC\xC3\x9F"
                                "e"),
            "=?UTF-8?B?R3LDvMOfZQ==?=");
  EXPECT_EQ(encode_unstructured("=?UTF-8?B?eA==?="), "=?UTF-8?B?PT9VVEYtOD9CP2VBPT0/PQ==?=");
  EXPECT_EQ(encode_phrase("Jane Doe"), "Jane Doe");
  EXPECT_EQ(encode_phrase("Doe, \"J\" \\"), "\"Doe, \\\"J\\\" \\\\\"");
  std::string umlauts;
  for (int i = 0; i < 100; ++i) umlauts += "\xE2\x82\xAC";
  const std::string words = encode_unstructured(umlauts);
  for (std::size_t at = 0; at < words.size();) {
    const std::size_t end = std::min(words.find("\r\n ", at), words.size());
    EXPECT_LE(end - at, 75u);
    at = end + 3;
  }
}

// 100,000 hostile names and addresses, always the same ones: none reaches a header line or an envelope of its own.
TEST(Message, HostileNamesInjectNothing) {
  static const std::string kPieces[] = {"\r\n",
                                        "\n",
                                        "\r",
                                        "\r\n\r\n",
                                        "\0"s,
                                        "Bcc: all@evil.example",
                                        "\r\nBcc: a@evil.example",
                                        "\nSubject: x",
                                        "\r\n.\r\n",
                                        "MAIL FROM:<a@b>",
                                        "RCPT TO:<x@evil.example>",
                                        "<",
                                        ">",
                                        "\"",
                                        "\\",
                                        "(",
                                        ")",
                                        ",",
                                        ";",
                                        "@",
                                        ":",
                                        "=?UTF-8?Q?=0D=0ABcc:_x?=",
                                        "=?",
                                        "?=",
                                        "\xE2\x80\xA8",
                                        "\xE2\x80\xA9",
                                        "\xC2\x85",
                                        "\xE2\x80\xAE",
                                        "\xEF\xBB\xBF",
                                        "\xFF\xFE",
                                        "\xC0\x8A",
                                        "\xE0\x80\x8A",
                                        "%0d%0a",
                                        "\x0B",
                                        "\x0C",
                                        "\x1B",
                                        "\x7F",
                                        " ",
                                        "\t",
                                        "Jane",
                                        "J\xC3\xB6rg",
                                        "\xF0\x9F\x98\x80",
                                        "@example.org",
                                        "{{link}}",
                                        "<script>",
                                        "a",
                                        ".",
                                        "--",
                                        "=_",
                                        "Content-Type: text/html"};
  std::mt19937 random(20261121);
  std::uniform_int_distribution<std::size_t> piece(0, std::size(kPieces) - 1), pieces(1, 7);
  Message message = sample();
  message.text = message.html = "x";
  std::size_t accepted = 0;
  for (int i = 0; i < 100'000; ++i) {
    std::string hostile;
    for (std::size_t n = pieces(random); n > 0; --n) hostile += kPieces[piece(random)];
    message.to.name = hostile;
    message.subject = hostile;
    const std::string bytes = compose(message);
    ASSERT_EQ(fault_of(bytes), "") << hostile;
    ASSERT_EQ(bytes.find("\nBcc"), bytes.npos) << hostile;
    const ParsedAddress parsed = parse_address(i % 2 ? hostile : hostile + "@example.org", i % 3 == 0);
    if (!parsed) continue;
    ++accepted;
    const std::string spec = parsed.address->spec();
    ASSERT_EQ(spec.find_first_of("\r\n \t<>\"\\(),;:\0\x7F"s), spec.npos) << hostile;
    ASSERT_EQ(std::count(spec.begin(), spec.end(), '@'), 1) << hostile;
  }
  EXPECT_GT(accepted, 100u) << "the generator must make good addresses as well";
}

}  // namespace
}  // namespace rosterd::mail
