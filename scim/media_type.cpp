#include "scim/media_type.h"

#include <algorithm>
#include <optional>

#include "scim/text.h"

namespace rosterd::scim {
namespace {

// What stands before the separator; `text` loses it.
std::string_view take_until(std::string_view& text, char separator) {
  const std::size_t end = std::min(text.find(separator), text.size());
  const std::string_view part = trim(text.substr(0, end));
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

std::string_view unquoted(std::string_view text) {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') return text.substr(1, text.size() - 2);
  return text;
}

std::optional<std::string_view> parameter(std::string_view parameters, std::string_view wanted) {
  while (!parameters.empty()) {
    std::string_view one = take_until(parameters, ';');
    if (iequals(take_until(one, '='), wanted)) return unquoted(trim(one));
  }
  return std::nullopt;
}

// "application/json", "application/scim+json", "text/json", …
bool is_json(std::string_view type) {
  const std::size_t slash = type.find('/');
  if (slash == type.npos) return false;
  const std::string subtype = to_lower(type.substr(slash + 1));
  return subtype == "json" || subtype.ends_with("+json");
}

// q=0, q=0.0, …: not that. What cannot be read counts as 1.
bool is_excluded(std::string_view parameters) {
  const auto q = parameter(parameters, "q");
  return q && q->starts_with('0') && q->find_first_not_of("0.") == q->npos;
}

bool is_wildcard(std::string_view range) {
  return range == "*" || range == "*/*" || iequals(range, "application/*");
}

}  // namespace

Check check_content_type(std::string_view content_type) {
  const std::string_view type = take_until(content_type, ';');
  if (type.empty()) return Done{};
  if (!is_json(type)) return Error::plain(415, "the body must be application/scim+json, not " + excerpt(type));
  const auto charset = parameter(content_type, "charset");
  if (!charset || iequals(*charset, "utf-8") || iequals(*charset, "utf8") || iequals(*charset, "us-ascii"))
    return Done{};
  return Error::plain(415, "the body must be in UTF-8, not " + excerpt(*charset));
}

// A range that names JSON says more than a wildcard.
Check check_accept(std::string_view accept) {
  bool named = false, excluded = false, others = false;
  while (!accept.empty()) {
    std::string_view one = take_until(accept, ',');
    const std::string_view range = take_until(one, ';');
    if (range.empty()) continue;
    const bool json = is_json(range);
    const bool known = json || is_wildcard(range);
    if (!known && range.find('/') == range.npos) continue;  // no media range at all
    others = others || !known;
    if (!known) continue;
    (is_excluded(one) ? excluded : named) = true;
  }
  if (named || (!excluded && !others)) return Done{};
  return Error::plain(406, "answers are application/scim+json, and this request does not accept that");
}

}  // namespace rosterd::scim
