#include "ldap/reading_digest.h"

#include <sodium/crypto_generichash.h>

#include <vector>

namespace rosterd::ldap {
namespace {

constexpr std::size_t kBytes = sizeof(std::array<std::uint64_t, 4>);

// With its length: ("ab", "c") and ("a", "bc") differ.
void put(std::string& bytes, std::string_view piece) {
  const std::uint64_t size = piece.size();
  bytes.append(reinterpret_cast<const char*>(&size), sizeof size).append(piece);
}

std::array<std::uint64_t, 4> hash(std::string_view bytes) {
  std::array<std::uint64_t, 4> words;
  crypto_generichash(reinterpret_cast<unsigned char*>(words.data()), kBytes,
                     reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), nullptr, 0);
  return words;
}

}  // namespace

ReadingDigest::ReadingDigest(std::string_view seed) : sum_(hash(seed)) {}

// A sum of hashes: no order, no memory, and an entry that comes twice counts twice.
void ReadingDigest::add(std::string_view base, const EntryView& entry) {
  thread_local std::string bytes;
  bytes.clear();
  put(bytes, base);
  put(bytes, entry.dn);
  for (const AttributeView& attribute : entry.attributes) {
    put(bytes, attribute.name);
    put(bytes, std::to_string(attribute.values.size()));
    for (const std::string_view value : attribute.values) put(bytes, value);
  }
  const auto words = hash(bytes);
  for (std::size_t i = 0; i < sum_.size(); ++i) sum_[i] += words[i];
}

std::string ReadingDigest::hex() const {
  constexpr char kHex[] = "0123456789abcdef";
  std::string text;
  for (const std::uint64_t word : sum_)
    for (int shift = 60; shift >= 0; shift -= 4) text += kHex[(word >> shift) & 15];
  return text;
}

}  // namespace rosterd::ldap
