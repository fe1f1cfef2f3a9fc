#include <algorithm>

#include "daemon/mail/transport.h"

namespace rosterd::mail {
namespace {

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= 255 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == ':' || c == '[' || c == ']';  // host names and address literals
  });
}

bool is_secret(std::string_view text) {
  return text.size() <= 1024 && text.find_first_of(std::string_view("\0\r\n", 3)) == text.npos;
}

}  // namespace

std::vector<std::string> faults_of(const SmtpOptions& options) {
  std::vector<std::string> faults;
  const auto require = [&](bool holds, const char* fault) {
    if (!holds) faults.emplace_back(fault);
  };
  require(is_name(options.host), "the SMTP host is not a host name or address");
  require(options.port != 0, "the SMTP port must not be 0");
  const ParsedAddress from = parse_address(options.from_address);
  if (!from) faults.push_back("the sender address is not valid: " + from.refusal);
  require(options.hello_name.empty() || is_name(options.hello_name), "the EHLO name is not a host name");
  require(options.user.empty() == options.password.empty(), "SMTP user and password must be given together");
  require(is_secret(options.user) && is_secret(options.password),
          "SMTP user and password must be one line of at most 1024 bytes");
  require(options.user.empty() || options.security != Security::none || options.allow_clear_text_auth_on_loopback,
          "an SMTP password needs STARTTLS or smtps");
  const SmtpTimeouts& t = options.timeouts;
  require(std::min({t.connect, t.command, t.data, t.total}).count() > 0, "SMTP timeouts must be above 0");
  return faults;
}

Mailbox sender_of(const SmtpOptions& options) {
  return {options.from_name, parse_address(options.from_address).address.value()};
}

}  // namespace rosterd::mail
