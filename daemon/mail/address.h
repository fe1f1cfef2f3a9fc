// Strict e-mail addresses: what may stand in an SMTP envelope and between the angle brackets of a header.
// RFC 5321 section 4.1.2 and 4.5.3.1, RFC 5322 section 3.4.1 (dot-atom only), RFC 6531. Pure and thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rosterd::mail {

// A parsed address; only parse_address makes one, so it never holds CR, LF, space, a control character, angle
// brackets, quotes or a second @.
class Address {
 public:
  const std::string& local() const { return local_; }
  const std::string& domain() const { return domain_; }  // lower-case A-labels
  std::string spec() const { return local_ + "@" + domain_; }
  bool needs_smtputf8() const;  // the local part is not ASCII

  friend bool operator==(const Address&, const Address&) = default;

 private:
  friend struct ParsedAddress parse_address(std::string_view text, bool allow_smtputf8);
  Address(std::string local, std::string domain) : local_(std::move(local)), domain_(std::move(domain)) {}

  std::string local_;
  std::string domain_;
};

// Either an address or a sentence that says why it is none. The sentence never repeats the input.
struct ParsedAddress {
  std::optional<Address> address;
  std::string refusal;

  explicit operator bool() const { return address.has_value(); }
};

// Accepts `local@domain` and nothing around it. Quoted local parts, comments and address literals are refused: no
// identity provider needs them and they are how commands are smuggled. The domain may be Unicode (IDNA2008). At most
// 64 bytes before and 255 after the @, 254 together. A non-ASCII local part needs `allow_smtputf8`.
ParsedAddress parse_address(std::string_view text, bool allow_smtputf8 = false);

// The human name beside an address. May be empty.
struct Mailbox {
  std::string name;
  Address address;
};

// `name` made fit for a greeting or a header: one_line, at most 100 characters, and empty when it carries something
// that a mail program would turn into a link ("://", "www.").
std::string display_name(std::string_view name);

}  // namespace rosterd::mail
