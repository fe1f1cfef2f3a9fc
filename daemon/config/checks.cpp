#include "daemon/config/checks.h"

#include <algorithm>
#include <cctype>

#include "daemon/config/network.h"
#include "daemon/config/values.h"
#include "scim/habits.h"

namespace rosterd::config {
namespace {

bool is_word(unsigned char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool only(const std::string& text, std::string_view extra) {
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return is_word(static_cast<unsigned char>(c)) || extra.find(c) != std::string_view::npos;
  });
}

// Of standards and products that this server speaks to, and our own.
constexpr std::string_view kReserved[] = {"urn:ietf:", "urn:scim:", "urn:rosterd:", "urn:okta:"};

bool is_attribute_name(std::string_view text) {
  return !text.empty() && text.size() <= 128 && std::isalpha(static_cast<unsigned char>(text.front())) != 0 &&
         only(std::string(text), "-_");
}

}  // namespace

std::string check_urn(const std::string& text) {
  std::string folded = text;
  std::transform(folded.begin(), folded.end(), folded.begin(), [](unsigned char c) { return std::tolower(c); });
  const bool good = folded.starts_with("urn:") && std::count(text.begin(), text.end(), ':') >= 2 &&
                    text.size() <= 256 && text.back() != ':' && text.find("::") == std::string::npos &&
                    only(text, "-_.:");
  if (!good) return "must be a URN such as \"urn:example:params:scim:schemas:extension:staff:2.0:User\"";
  for (const std::string_view reserved : kReserved)
    if (folded.starts_with(reserved)) return "\"" + std::string(reserved) + "…\" is not yours to define";
  return "";
}

std::string check_attribute_name(const std::string& text) {
  const auto dot = std::min(text.find('.'), text.size());
  const bool whole = dot == text.size();
  if (is_attribute_name(text.substr(0, dot)) && (whole || is_attribute_name(text.substr(dot + 1)))) return "";
  return "must be a letter, then letters, digits, \"-\" or \"_\"; \"name.sub\" for a sub-attribute";
}

std::string check_not_empty(const std::string& text) {
  return text.empty() ? "must not be empty" : "";
}

std::string check_name(const std::string& text) {
  if (text.empty() || text.size() > 64 || !only(text, "-_")) {
    return "must be 1 to 64 letters, digits, \"-\" or \"_\"";
  }
  return "";
}

std::string check_dn(const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0) return "must be a DN such as \"ou=people,dc=example,dc=org\"";
  return "";
}

std::string check_ldap_uri(const std::string& text) {
  const auto colon = text.find("://");
  const std::string scheme = text.substr(0, colon == std::string::npos ? 0 : colon);
  if (scheme != "ldap" && scheme != "ldaps" && scheme != "ldapi") {
    return "must start with \"ldap://\", \"ldaps://\" or \"ldapi://\"";
  }
  const std::string rest = text.substr(colon + 3);
  if (scheme != "ldapi" && (rest.empty() || rest.front() == ':' || rest.front() == '/')) return "names no host";
  if (rest.find('@') != std::string::npos) return "must hold no user or password; use bind_dn and bind_password_file";
  if (rest.find_first_of("/?# ") != std::string::npos) return "must be scheme, host and port only";
  return "";
}

std::string check_ldap_filter(const std::string& text) {
  if (text.size() < 3 || text.front() != '(' || text.back() != ')') {
    return "must be a filter in parentheses such as \"(objectClass=person)\"";
  }
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    depth += text[i] == '(' ? 1 : text[i] == ')' ? -1 : 0;
    if (depth < 0 || (depth == 0 && i + 1 < text.size())) return "has unbalanced parentheses";
  }
  return depth == 0 ? "" : "has unbalanced parentheses";
}

std::string check_ldap_attribute(const std::string& text) {
  if (text.empty() || text.size() > 128 || !only(text, "-;.")) return "must be an attribute name such as \"uid\"";
  return "";
}

std::string check_host(const std::string& text) {
  if (text.empty() || text.size() > 253 || !only(text, "-.:")) return "must be a host name or an address";
  return "";
}

std::string check_address(const std::string& text) {
  const auto at = text.rfind('@');
  const bool printable = std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return c > 0x20 && c != 0x7f && c != '<' && c != '>' && c != ',' && c != ';' && c != '"';
  });
  if (at == std::string::npos || at == 0 || at + 1 == text.size() || !printable || text.size() > 254) {
    return "must be an e-mail address";
  }
  return "";
}

std::string check_fingerprint(const std::string& text) {
  std::size_t digits = 0;
  bool good = text.starts_with("sha256:");
  for (std::size_t i = 7; good && i < text.size(); ++i) {
    if (text[i] == ':') continue;
    good = std::isxdigit(static_cast<unsigned char>(text[i])) != 0;
    ++digits;
  }
  return good && digits == 64 ? "" : "must be \"sha256:\" and 64 hexadecimal digits";
}

std::string check_network(const std::string& text) {
  return parse_network(text) ? "" : "must be an address or a network such as \"192.0.2.0/24\" or \"2001:db8::/32\"";
}

std::string check_habit(const std::string& text) {
  if (scim::parse_switch(text)) return "";
  std::vector<std::string> known;
  for (const auto& row : scim::habit_table()) known.emplace_back(row.name);
  const bool is_switch = text.starts_with('+') || text.starts_with('-');
  const auto guess = nearest(is_switch ? text.substr(1) : text, known);
  return "must be \"+\" or \"-\" and a habit of scim/README.md" +
         (guess ? ", such as \"+" + *guess + "\"" : std::string());
}

std::string check_permission(const std::string& text) {
  if (text.empty() || text.size() > 64 || !only(text, "-_.:")) {
    return "must be 1 to 64 letters, digits, \"-\", \"_\", \".\" or \":\"";
  }
  return "";
}

}  // namespace rosterd::config
