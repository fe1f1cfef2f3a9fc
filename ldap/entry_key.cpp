#include "ldap/entry_key.h"

#include <array>

#include "ldap/dn.h"
#include "ldap/text.h"

namespace rosterd::ldap {
namespace {

constexpr std::size_t kLongestKey = 128;
// The first three fields of a GUID lie in memory with the lowest byte first ([MS-DTYP] 2.3.4).
constexpr std::array<std::size_t, 16> kGuidOrder = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};

bool is_guid(std::string_view attribute) {
  return equals_ignoring_case(attribute, "objectGUID");
}

std::string guid_text(std::string_view bytes) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < kGuidOrder.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    const auto byte = static_cast<unsigned char>(bytes[kGuidOrder[i]]);
    text += kHex[byte >> 4];
    text += kHex[byte & 15];
  }
  return text;
}

std::string guid_bytes_escaped(std::string_view text) {
  std::string digits;
  for (const char c : text) {
    if (c != '-') digits += c;
  }
  std::string escaped;
  for (std::size_t i = 0; digits.size() == 32 && i < kGuidOrder.size(); ++i) {
    escaped.append("\\").append(digits, kGuidOrder[i] * 2, 2);
  }
  return escaped;
}

}  // namespace

std::string_view default_key_attribute(ServerKind kind) {
  switch (kind) {
    case ServerKind::active_directory:
      return "objectGUID";
    case ServerKind::ds389:
      return "nsUniqueId";
    case ServerKind::other:
      return "entryUUID";
  }
  return "entryUUID";
}

std::optional<std::string> key_text(std::string_view attribute, std::string_view value) {
  if (is_guid(attribute)) return value.size() == 16 ? std::optional(guid_text(value)) : std::nullopt;
  value = trim(value);
  if (value.empty() || value.size() > kLongestKey || !is_text(value)) return std::nullopt;
  return ascii_lower(value);
}

std::string key_filter(std::string_view attribute, std::string_view key) {
  const std::string value = is_guid(attribute) ? guid_bytes_escaped(key) : escape_filter_value(key);
  return "(" + std::string(attribute) + "=" + value + ")";
}

}  // namespace rosterd::ldap
