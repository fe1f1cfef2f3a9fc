#include "daemon/config/network.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

namespace rosterd::config {
namespace {

constexpr int kMapped = 96;  // bits before an IPv4 address

std::optional<Network> parse_address(const std::string& text) {
  Network network;
  if (::inet_pton(AF_INET6, text.c_str(), network.address.data()) == 1) return network;
  std::fill_n(network.address.begin() + 10, 2, static_cast<unsigned char>(0xff));
  if (::inet_pton(AF_INET, text.c_str(), network.address.data() + 12) == 1) return network;
  return std::nullopt;
}

std::array<unsigned char, 16> cut(std::array<unsigned char, 16> address, int prefix) {
  for (int bit = prefix; bit < 128; ++bit)
    address[static_cast<std::size_t>(bit / 8)] &= static_cast<unsigned char>(~(0x80 >> (bit % 8)));
  return address;
}

}  // namespace

bool Network::is_ipv4() const {
  static constexpr unsigned char kPrefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  return prefix >= kMapped && std::equal(std::begin(kPrefix), std::end(kPrefix), address.begin());
}

std::optional<Network> parse_network(const std::string& text) {
  const auto slash = text.find('/');
  auto network = parse_address(text.substr(0, slash));
  if (!network || slash == std::string::npos) return network;
  const bool is_ipv4 = text.find(':') == std::string::npos;
  int prefix = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + slash + 1, end, prefix);
  if (error != std::errc() || stop != end || prefix < 0 || prefix > (is_ipv4 ? 32 : 128)) return std::nullopt;
  network->prefix = prefix + (is_ipv4 ? kMapped : 0);
  if (cut(network->address, network->prefix) != network->address) return std::nullopt;
  return network;
}

bool contains(const Network& network, const std::string& address) {
  const auto one = parse_address(address.substr(0, address.find('%')));
  return one && one->is_ipv4() == network.is_ipv4() && cut(one->address, network.prefix) == network.address;
}

}  // namespace rosterd::config
