#include "daemon/commands/redact.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace rosterd::commands {
namespace {

// What can stand beside an address without belonging to it.
bool ends_word(char c) {
  return static_cast<unsigned char>(c) <= ' ' ||
         std::string_view("<>()[]{},;:\"'`|=").find(c) != std::string_view::npos;
}

std::string without_addresses(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto at = text.find('@');
    if (at == std::string_view::npos) break;
    auto begin = at;
    while (begin > 0 && !ends_word(text[begin - 1])) --begin;
    auto end = at + 1;
    while (end < text.size() && !ends_word(text[end])) ++end;
    out.append(text.substr(0, begin)).append("[address]");
    text.remove_prefix(end);
  }
  return out.append(text);
}

// Attributes that name a person or an account; ou, dc and o name places.
bool names_somebody(std::string attribute) {
  static constexpr std::array kNames = {"uid",        "cn",   "sn",     "givenname",         "displayname",
                                        "mail",       "name", "userid", "userprincipalname", "samaccountname",
                                        "employeeid", "email"};
  std::transform(attribute.begin(), attribute.end(), attribute.begin(),
                 [](char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); });
  return std::find(kNames.begin(), kNames.end(), attribute) != kNames.end();
}

std::string without_names(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    out += text[i];
    if (text[i] != '=') continue;
    auto begin = i;
    while (begin > 0 && std::isalnum(static_cast<unsigned char>(text[begin - 1]))) --begin;
    if (!names_somebody(std::string(text.substr(begin, i - begin)))) continue;
    auto end = i + 1;
    for (; end < text.size() && std::string_view(",+;)\"'\n").find(text[end]) == std::string_view::npos; ++end) {
      if (text[end] == '\\' && end + 1 < text.size()) ++end;  // an escaped comma belongs to the name
    }
    out += "[name]";
    i = std::min(end, text.size()) - 1;
  }
  return out;
}

}  // namespace

std::string without_personal_data(std::string_view text) {
  return without_addresses(without_names(text));
}

}  // namespace rosterd::commands
