#include "daemon/mail/address.h"

#include <idn2.h>

#include <algorithm>
#include <memory>

#include "daemon/mail/utf8.h"

namespace rosterd::mail {
namespace {

constexpr std::size_t kMaxLocal = 64;
constexpr std::size_t kMaxDomain = 255;
constexpr std::size_t kMaxAddress = 254;
constexpr std::size_t kMaxLabel = 63;
constexpr std::size_t kMaxDisplayName = 100;

bool is_alnum(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_atext(char c) {
  return is_alnum(c) || std::string_view("!#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos;
}

std::string local_refusal(std::string_view local, bool allow_smtputf8) {
  if (local.empty()) return "nothing stands before the @";
  if (local.size() > kMaxLocal) return "more than 64 bytes stand before the @";
  if (local.front() == '.' || local.back() == '.' || local.find("..") != std::string_view::npos)
    return "a dot before the @ stands at an end or beside another dot";
  if (!is_ascii(local)) {
    if (!allow_smtputf8) return "the part before the @ is not ASCII, which needs SMTPUTF8";
    // What one_line would change is a control, a space, an invisible character or not UTF-8.
    if (!is_utf8(local) || one_line(local, kMaxLocal) != local)
      return "the part before the @ has a forbidden character";
  }
  const bool clean = std::all_of(local.begin(), local.end(), [](char c) {
    return c == '.' || is_atext(c) || static_cast<unsigned char>(c) >= 0x80;
  });
  return clean ? "" : "the part before the @ has a forbidden character";
}

std::optional<std::string> to_a_labels(std::string_view domain) {
  char* raw = nullptr;
  const int rc = idn2_to_ascii_8z(std::string(domain).c_str(), &raw, IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT);
  const std::unique_ptr<char, void (*)(void*)> ascii(raw, idn2_free);
  if (rc != IDN2_OK) return std::nullopt;
  std::string labels(ascii.get());
  std::transform(labels.begin(), labels.end(), labels.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return labels;
}

bool is_label(std::string_view label) {
  return !label.empty() && label.size() <= kMaxLabel && label.front() != '-' && label.back() != '-' &&
         std::all_of(label.begin(), label.end(), [](char c) { return is_alnum(c) || c == '-'; });
}

// Letters, digits and hyphens in labels, the last of which is not a number (so it is no IPv4 address).
bool is_host_name(std::string_view name) {
  std::string_view label;
  while (true) {
    const std::size_t dot = name.find('.');
    label = name.substr(0, dot);
    if (!is_label(label)) return false;
    if (dot == std::string_view::npos) break;
    name.remove_prefix(dot + 1);
  }
  return !std::all_of(label.begin(), label.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

bool Address::needs_smtputf8() const {
  return !is_ascii(local_);
}

ParsedAddress parse_address(std::string_view text, bool allow_smtputf8) {
  const auto refuse = [](std::string why) { return ParsedAddress{std::nullopt, std::move(why)}; };
  if (text.size() > kMaxLocal + 1 + kMaxDomain) return refuse("the address is too long");
  const std::size_t at = text.find('@');
  if (at == std::string_view::npos) return refuse("there is no @");
  if (text.find('@', at + 1) != std::string_view::npos) return refuse("there is more than one @");
  const std::string_view local = text.substr(0, at);
  const std::string_view domain = text.substr(at + 1);
  if (std::string why = local_refusal(local, allow_smtputf8); !why.empty()) return refuse(std::move(why));
  if (domain.empty()) return refuse("nothing stands after the @");
  // An ASCII domain is judged before IDNA, whose mapping would quietly drop or change characters.
  const bool plain = is_ascii(domain);
  if (plain ? !is_host_name(domain) : !is_utf8(domain) || one_line(domain, kMaxDomain) != domain)
    return refuse("the domain is not a host name");
  const std::optional<std::string> labels = to_a_labels(domain);
  if (!labels || !is_host_name(*labels)) return refuse("the domain is not a valid (international) host name");
  if (labels->size() > kMaxDomain || local.size() + 1 + labels->size() > kMaxAddress)
    return refuse("the address is too long");
  return {Address(std::string(local), *labels), ""};
}

std::string display_name(std::string_view name) {
  std::string line = one_line(name, kMaxDisplayName);
  std::string lower = line;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  const bool linkable = lower.find("://") != std::string::npos || lower.find("www.") != std::string::npos;
  return linkable ? "" : line;
}

}  // namespace rosterd::mail
