// SMTP replies and EHLO capabilities (RFC 5321 section 4.2, RFC 1869). Pure.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace rosterd::mail {

struct Reply {
  int code = 0;
  std::vector<std::string> lines;  // without code and separator

  bool is_positive() const { return code >= 200 && code < 300; }
  std::string text() const;  // the lines joined by a space, one harmless line of at most 4000 characters
};

struct ReplyLine {
  int code = 0;
  bool last = true;
  std::string text;
};

// "250-text", "250 text" or "250"; nothing for anything else or a code outside 200–599.
std::optional<ReplyLine> parse_reply_line(std::string_view line);

struct Capabilities {
  std::set<std::string> extensions;       // upper case: "STARTTLS", "SMTPUTF8"
  std::set<std::string> auth_mechanisms;  // upper case: "PLAIN", "LOGIN"
};

Capabilities parse_capabilities(const Reply& ehlo);

}  // namespace rosterd::mail
