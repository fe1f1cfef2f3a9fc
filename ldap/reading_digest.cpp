#include "ldap/reading_digest.h"

#include <sodium/crypto_generichash.h>
#include <sodium/randombytes.h>
#include <sodium/utils.h>

#include <vector>

namespace rosterd::ldap {
namespace {

constexpr std::size_t kBytes = sizeof(std::array<std::uint64_t, 4>);
constexpr std::size_t kKeyBytes = 32;
static_assert(2 * kKeyBytes <= crypto_generichash_KEYBYTES_MAX);  // its text is the key

// With its length: ("ab", "c") and ("a", "bc") differ.
void put(std::string& bytes, std::string_view piece) {
  const std::uint64_t size = piece.size();
  bytes.append(reinterpret_cast<const char*>(&size), sizeof size).append(piece);
}

std::array<std::uint64_t, 4> hash(std::string_view bytes, std::string_view key) {
  std::array<std::uint64_t, 4> words;
  crypto_generichash(reinterpret_cast<unsigned char*>(words.data()), kBytes,
                     reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                     reinterpret_cast<const unsigned char*>(key.data()), key.size());
  return words;
}

}  // namespace

std::string ReadingDigest::new_key() {
  std::array<unsigned char, kKeyBytes> bytes;
  randombytes_buf(bytes.data(), bytes.size());
  std::array<char, 2 * kKeyBytes + 1> text;
  return sodium_bin2hex(text.data(), text.size(), bytes.data(), bytes.size());
}

ReadingDigest::ReadingDigest(std::string_view seed, std::string_view key) : key_(key), sum_(hash(seed, key_)) {}

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
  const auto words = hash(bytes, key_);
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
