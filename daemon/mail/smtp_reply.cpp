#include "daemon/mail/smtp_reply.h"

#include <algorithm>
#include <sstream>

#include "daemon/mail/utf8.h"

namespace rosterd::mail {
namespace {

constexpr std::size_t kMaxText = 4000;  // cut for readers only after secrets were looked for

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return text;
}

}  // namespace

std::string Reply::text() const {
  std::string all;
  for (const std::string& line : lines) all += (all.empty() ? "" : " ") + line;
  return one_line(all, kMaxText);
}

std::optional<ReplyLine> parse_reply_line(std::string_view line) {
  if (line.size() < 3) return std::nullopt;
  const std::string_view digits = line.substr(0, 3);
  if (!std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; })) return std::nullopt;
  const int code = (digits[0] - '0') * 100 + (digits[1] - '0') * 10 + (digits[2] - '0');
  if (code < 200 || code > 599) return std::nullopt;
  if (line.size() == 3) return ReplyLine{code, true, ""};
  if (line[3] != ' ' && line[3] != '-') return std::nullopt;
  return ReplyLine{code, line[3] == ' ', std::string(line.substr(4))};
}

Capabilities parse_capabilities(const Reply& ehlo) {
  Capabilities found;
  for (std::size_t i = 1; i < ehlo.lines.size(); ++i) {  // the first line is the greeting
    std::istringstream words(upper(ehlo.lines[i]));
    std::string word;
    if (!(words >> word)) continue;
    found.extensions.insert(word);
    if (word != "AUTH") continue;
    while (words >> word) found.auth_mechanisms.insert(word);
  }
  return found;
}

}  // namespace rosterd::mail
