// Networks in CIDR form (RFC 4632, RFC 4291 section 2.3). Pure.
#pragma once

#include <array>
#include <optional>
#include <string>

namespace rosterd::config {

// An IPv6 network never holds an IPv4 address: "::/0" is any IPv6 address. IPv4 as IPv4-mapped IPv6 (RFC 4291
// section 2.5.5.2), so that ::ffff:192.0.2.1 is 192.0.2.1.
struct Network {
  std::array<unsigned char, 16> address{};
  int prefix = 128;  // bits that count
  bool is_ipv4() const;
};

// "192.0.2.0/24", "2001:db8::/32" or one address. Nothing when it is none, or when bits after the prefix are set.
std::optional<Network> parse_network(const std::string& text);
// `address`: a numeric address, a zone ("%eth0") is left out; false for any other text.
bool contains(const Network& network, const std::string& address);

}  // namespace rosterd::config
