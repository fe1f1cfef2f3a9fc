// Addresses, and mails made of hostile text: nothing leaves its header. Input: address, name, subject, body, one a
// line.
#include <algorithm>

#include "daemon/mail/address.h"
#include "daemon/mail/encoding.h"
#include "daemon/mail/message.h"
#include "daemon/mail/smtp_reply.h"
#include "daemon/mail/utf8.h"
#include "tests/fuzz/target.h"

namespace rosterd::fuzz {
namespace {

std::string line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view first = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return std::string(first);
}

void check_address(const std::string& text) {
  for (const bool utf8 : {false, true}) {
    const mail::ParsedAddress parsed = mail::parse_address(text, utf8);
    if (!parsed) {
      require(!parsed.refusal.empty(), "a refusal says why");
      continue;
    }
    const std::string spec = parsed.address->spec();
    require(spec.size() <= 254 && spec.find_first_of("\r\n <>\"\t,;:()[]\\") == std::string::npos,
            "an address is only an address");
    require(std::count(spec.begin(), spec.end(), '@') == 1, "an address has one @");
    require(std::none_of(spec.begin(), spec.end(),
                         [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }),
            "an address has no control characters");
    const mail::ParsedAddress again = mail::parse_address(spec, utf8);
    require(again && *again.address == *parsed.address, "an address reads as itself");
  }
}

// The header block has the fields that compose writes, each once, and no line is too long or bare.
void check_mail(const std::string& bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] == '\n') require(i > 0 && bytes[i - 1] == '\r', "no bare LF");
    if (bytes[i] == '\r') require(i + 1 < bytes.size() && bytes[i + 1] == '\n', "no bare CR");
    require(bytes[i] != '\0', "no NUL");
  }
  const std::size_t head = bytes.find("\r\n\r\n");
  require(head != std::string::npos, "a mail has a head");
  std::size_t fields = 0;
  for (std::size_t at = 0; at < head;) {
    const std::size_t end = bytes.find("\r\n", at);
    require(end - at <= 998, "no line above 998 bytes");
    if (bytes[at] != ' ' && bytes[at] != '\t') {
      ++fields;
      const std::string name = bytes.substr(at, bytes.find(':', at) - at);
      require(name != "Bcc" && name != "X-Injected", "no field of somebody else's");
    }
    at = end + 2;
  }
  static std::size_t usual = 0;
  if (usual == 0) usual = fields;
  require(fields == usual, "always the same number of fields");
}

}  // namespace

Seeds seeds() {
  return {{"ada@example.org\nAda L\nWelcome\nHello\r\nthere",
           "a.b+c@xn--bcher-kva.example\n=?utf-8?q?x?=\nS\xc3\xbc\xc3\x9f\n.\n..\n",
           "gr\xc3\xbc\xc3\x9f"
           "e@b\xc3\xbc"
           "cher.example\nX\r\nBcc: v@example.org\nA\rX-Injected: 1\nb",
           "\"quoted\"@x.example\n<>,\"\\\n\n", "a@[127.0.0.1]\nwww.evil.example\n://\n" + std::string(1200, 'x'),
           "250-STARTTLS", "250 AUTH PLAIN LOGIN"},
          {"@",
           ".",
           "\r\n",
           "\r",
           "\n",
           "Bcc: v@example.org",
           "X-Injected: 1",
           "=?",
           "?=",
           "\xe2\x80\xae",
           "\xe2\x80\xa8",
           "\xff",
           "\"",
           "<",
           ">",
           ",",
           std::string(1, '\0'),
           "xn--",
           "%",
           "+",
           "\xc2\x85"}};
}

}  // namespace rosterd::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rosterd;
  using namespace rosterd::fuzz;
  std::string_view text = text_of(data, size);
  static_cast<void>(mail::parse_reply_line(text));
  const std::string address = line(text), name = line(text), subject = line(text);
  check_address(address);
  const std::string one = mail::one_line(name, 100);
  require(mail::is_utf8(one) && one.find_first_of("\r\n") == std::string::npos, "one line is one line");
  const mail::Address from = *mail::parse_address("rosterd@example.org").address;
  const mail::ParsedAddress to = mail::parse_address(address, true);
  mail::Message message{{name, from}, {name, to ? *to.address : from}};
  message.subject = subject.empty() ? "s" : subject;
  message.subject += '\r' + name + '\n' + subject;
  message.text = std::string(text);
  message.message_id = mail::make_message_id(name, from);
  check_mail(mail::compose(message));
  return 0;
}
