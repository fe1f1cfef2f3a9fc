#include "ldap/dn.h"

#include <algorithm>
#include <array>
#include <vector>

#include "ldap/text.h"

namespace rosterd::ldap {
namespace {

struct TypeName {
  std::string_view alias;
  std::string_view name;
};

// RFC 4519 names and OIDs, and the e-mail type of PKCS #9 which still stands in old trees.
constexpr auto kTypes = std::to_array<TypeName>({
    {"2.5.4.3", "cn"},
    {"commonname", "cn"},
    {"2.5.4.4", "sn"},
    {"surname", "sn"},
    {"2.5.4.5", "serialnumber"},
    {"2.5.4.6", "c"},
    {"countryname", "c"},
    {"2.5.4.7", "l"},
    {"localityname", "l"},
    {"2.5.4.8", "st"},
    {"stateorprovincename", "st"},
    {"2.5.4.9", "street"},
    {"streetaddress", "street"},
    {"2.5.4.10", "o"},
    {"organizationname", "o"},
    {"2.5.4.11", "ou"},
    {"organizationalunitname", "ou"},
    {"2.5.4.12", "title"},
    {"2.5.4.42", "givenname"},
    {"gn", "givenname"},
    {"0.9.2342.19200300.100.1.1", "uid"},
    {"userid", "uid"},
    {"0.9.2342.19200300.100.1.3", "mail"},
    {"rfc822mailbox", "mail"},
    {"0.9.2342.19200300.100.1.25", "dc"},
    {"domaincomponent", "dc"},
    {"1.2.840.113549.1.9.1", "emailaddress"},
    {"email", "emailaddress"},
});

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

constexpr std::string_view kSpecial = ",+\"\\<>;=# ";
constexpr char kHex[] = "0123456789abcdef";

// A BER string of a string type (RFC 4514, 2.4, the '#' form), or nothing.
std::optional<std::string> string_of_ber(std::string_view ber) {
  if (ber.size() < 2) return std::nullopt;
  const auto tag = static_cast<unsigned char>(ber[0]);
  const bool text = tag == 0x0C || tag == 0x04 || tag == 0x12 || tag == 0x13 || tag == 0x14 || tag == 0x16;
  std::size_t length = static_cast<unsigned char>(ber[1]);
  std::size_t start = 2;
  if (length == 0x81 && ber.size() > 2) {
    length = static_cast<unsigned char>(ber[2]);
    start = 3;
  } else if (length >= 0x80) {
    return std::nullopt;
  }
  if (!text || ber.size() - start != length) return std::nullopt;
  return std::string(ber.substr(start));
}

class Parser {
 public:
  explicit Parser(std::string_view text) : rest_(text) {}

  std::optional<std::string> run() {
    skip_spaces();
    std::string result;
    if (rest_.empty()) return result;
    for (;;) {
      if (!relative_name(result)) return std::nullopt;
      if (rest_.empty()) return result;
      rest_.remove_prefix(1);  // ',' or ';'
      result += ',';
    }
  }

 private:
  bool relative_name(std::string& out) {
    std::vector<std::string> parts;
    for (;;) {
      std::string part;
      if (!assertion(part)) return false;
      parts.push_back(std::move(part));
      if (rest_.empty() || rest_.front() != '+') break;
      rest_.remove_prefix(1);
    }
    std::sort(parts.begin(), parts.end());
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (i > 0) out += '+';
      out += parts[i];
    }
    return true;
  }

  bool assertion(std::string& out) {
    skip_spaces();
    if (!type(out)) return false;
    skip_spaces();
    if (rest_.empty() || rest_.front() != '=') return false;
    rest_.remove_prefix(1);
    out += '=';
    skip_spaces();
    return value(out);
  }

  bool type(std::string& out) {
    std::size_t length = 0;
    while (length < rest_.size() &&
           (is_letter(rest_[length]) || is_digit(rest_[length]) || rest_[length] == '-' || rest_[length] == '.')) {
      ++length;
    }
    if (length == 0) return false;
    std::string name = ascii_lower(rest_.substr(0, length));
    rest_.remove_prefix(length);
    if (name.starts_with("oid.")) {
      name.erase(0, 4);
      if (name.empty() || !is_digit(name.front())) return false;
    }
    const auto* known = std::find_if(kTypes.begin(), kTypes.end(), [&](const TypeName& t) { return t.alias == name; });
    if (known != kTypes.end()) name = known->name;
    out += name;
    return true;
  }

  bool value(std::string& out) {
    std::string raw;
    if (!rest_.empty() && rest_.front() == '#') {
      if (!hex_string(raw, out)) return false;
      if (raw.empty()) return ends_value();
    } else if (!rest_.empty() && rest_.front() == '"') {
      if (!quoted(raw)) return false;
    } else if (!plain(raw)) {
      return false;
    }
    append_folded(raw, out);
    return ends_value();
  }

  bool hex_string(std::string& raw, std::string& out) {
    rest_.remove_prefix(1);
    std::string bytes;
    while (rest_.size() >= 2 && hex_value(rest_[0]) >= 0 && hex_value(rest_[1]) >= 0) {
      bytes += static_cast<char>(hex_value(rest_[0]) * 16 + hex_value(rest_[1]));
      rest_.remove_prefix(2);
    }
    if (bytes.empty()) return false;
    if (auto text = string_of_ber(bytes); text && !text->empty()) {
      raw = std::move(*text);
    } else {  // of a syntax that we do not know: compared as it is
      out += '#';
      for (const char c : bytes) {
        out += kHex[static_cast<unsigned char>(c) >> 4];
        out += kHex[static_cast<unsigned char>(c) & 15];
      }
    }
    skip_spaces();
    return true;
  }

  bool quoted(std::string& raw) {  // RFC 2253, section 4: still to be accepted
    rest_.remove_prefix(1);
    while (!rest_.empty() && rest_.front() != '"') {
      if (rest_.front() == '\\') {
        if (!escaped(raw)) return false;
      } else {
        raw += rest_.front();
        rest_.remove_prefix(1);
      }
    }
    if (rest_.empty()) return false;
    rest_.remove_prefix(1);
    skip_spaces();
    return true;
  }

  bool plain(std::string& raw) {
    while (!rest_.empty() && !at_separator()) {
      const char c = rest_.front();
      if (c == '"') return false;
      if (c == '\\') {
        if (!escaped(raw)) return false;
      } else {
        raw += c;
        rest_.remove_prefix(1);
      }
    }
    return true;
  }

  bool escaped(std::string& raw) {
    if (rest_.size() < 2) return false;
    if (rest_.size() >= 3 && hex_value(rest_[1]) >= 0 && hex_value(rest_[2]) >= 0) {
      raw += static_cast<char>(hex_value(rest_[1]) * 16 + hex_value(rest_[2]));
      rest_.remove_prefix(3);
      return true;
    }
    if (kSpecial.find(rest_[1]) == std::string_view::npos) return false;
    raw += rest_[1];
    rest_.remove_prefix(2);
    return true;
  }

  static void append_folded(const std::string& raw, std::string& out) {
    const std::string folded = fold(raw);
    for (std::size_t i = 0; i < folded.size(); ++i) {
      const char c = folded[i];
      const bool special = c == ',' || c == '+' || c == ';' || c == '\\' || c == '"' || (c == '#' && i == 0);
      if (special) out += '\\';
      out += c;
    }
  }

  bool at_separator() const { return rest_.front() == ',' || rest_.front() == ';' || rest_.front() == '+'; }
  bool ends_value() const { return rest_.empty() || at_separator(); }
  void skip_spaces() {
    while (!rest_.empty() && rest_.front() == ' ') rest_.remove_prefix(1);
  }

  std::string_view rest_;
};

}  // namespace

std::optional<std::string> normalize_dn(std::string_view dn) {
  if (dn.size() > kLongestDn) return std::nullopt;
  return Parser(dn).run();
}

bool is_within(std::string_view dn, std::string_view base) {
  if (base.empty() || dn == base) return true;
  if (!dn.ends_with(base) || dn.size() < base.size() + 2) return false;
  const std::size_t comma = dn.size() - base.size() - 1;
  std::size_t backslashes = 0;  // an escaped comma ends no name
  while (backslashes < comma && dn[comma - 1 - backslashes] == '\\') ++backslashes;
  return dn[comma] == ',' && backslashes % 2 == 0;
}

std::string escape_dn_value(std::string_view value) {
  std::string result;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const char c = value[i];
    const bool edge = (c == ' ' && (i == 0 || i + 1 == value.size())) || (c == '#' && i == 0);
    if (c == '\0') {
      result += "\\00";
      continue;
    }
    if (edge || std::string_view(",+\"\\<>;=").find(c) != std::string_view::npos) result += '\\';
    result += c;
  }
  return result;
}

std::string escape_filter_value(std::string_view value) {
  std::string result;
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '*' || c == '(' || c == ')' || c == '\\' || byte < 0x20 || byte >= 0x7F) {
      result += '\\';
      result += kHex[byte >> 4];
      result += kHex[byte & 15];
    } else {
      result += c;
    }
  }
  return result;
}

}  // namespace rosterd::ldap
