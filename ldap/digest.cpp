#include "ldap/digest.h"

#include <array>
#include <cstring>

namespace rosterd::ldap {
namespace {
constexpr std::size_t kBytes = 16;
}

Digest::Digest() {
  crypto_generichash_init(&state_, nullptr, 0, kBytes);
}

Digest& Digest::add(std::string_view piece) {
  add(static_cast<std::int64_t>(piece.size()));
  crypto_generichash_update(&state_, reinterpret_cast<const unsigned char*>(piece.data()), piece.size());
  return *this;
}

Digest& Digest::add(std::int64_t number) {
  std::array<unsigned char, sizeof number> bytes;
  std::memcpy(bytes.data(), &number, sizeof number);
  crypto_generichash_update(&state_, bytes.data(), bytes.size());
  return *this;
}

std::string Digest::hex() {
  std::array<unsigned char, kBytes> bytes;
  crypto_generichash_final(&state_, bytes.data(), bytes.size());
  constexpr char kHex[] = "0123456789abcdef";
  std::string text;
  for (const unsigned char byte : bytes) {
    text += kHex[byte >> 4];
    text += kHex[byte & 15];
  }
  return text;
}

}  // namespace rosterd::ldap
