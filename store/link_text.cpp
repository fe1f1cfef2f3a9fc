#include "store/link_text.h"

#include <algorithm>

namespace rosterd::store {
namespace {

constexpr std::string_view kRoute = "invitation";
constexpr std::size_t kShortestToken = 20;

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// base64url and the marks of both encodings.
bool may_stand_in_token(char c) {
  return (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9') ||
         std::string_view("-_%=").find(c) != std::string_view::npos;
}

}  // namespace

std::string without_links(std::string_view text) {
  std::string out;
  while (true) {
    const auto found = std::search(text.begin(), text.end(), kRoute.begin(), kRoute.end(),
                                   [](char a, char b) { return lower(a) == b; });
    if (found == text.end()) return out.append(text);
    auto begin = static_cast<std::size_t>(found - text.begin()) + kRoute.size();
    if (begin < text.size() && text[begin] == '/') ++begin;
    auto end = begin;
    while (end < text.size() && may_stand_in_token(text[end])) ++end;
    out.append(text.substr(0, begin));
    if (end - begin >= kShortestToken) {
      out += "[removed]";
    } else {
      out.append(text.substr(begin, end - begin));
    }
    text.remove_prefix(end);
  }
}

}  // namespace rosterd::store
