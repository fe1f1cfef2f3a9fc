#include "ldap/reading_digest.h"

#include <sodium/crypto_generichash.h>
#include <sodium/randombytes.h>
#include <sodium/utils.h>

namespace rosterd::ldap {
namespace {

constexpr std::size_t kKeyBytes = 32;

// Seven bits a byte: nearly every number is one byte.
void put(std::string& bytes, std::uint64_t number) {
  for (; number >= 0x80; number >>= 7) bytes.push_back(static_cast<char>(number | 0x80));
  bytes.push_back(static_cast<char>(number));
}

// With its length: ("ab", "c") and ("a", "bc") differ.
void put(std::string& bytes, std::string_view piece) {
  put(bytes, static_cast<std::uint64_t>(piece.size()));
  bytes.append(piece);
}

template <class Bytes>
void hash(std::string_view text, Bytes& to) {
  crypto_generichash(reinterpret_cast<unsigned char*>(to.data()), to.size() * sizeof to[0],
                     reinterpret_cast<const unsigned char*>(text.data()), text.size(), nullptr, 0);
}

}  // namespace

std::string ReadingDigest::new_key() {
  std::array<unsigned char, kKeyBytes> bytes;
  randombytes_buf(bytes.data(), bytes.size());
  std::array<char, 2 * kKeyBytes + 1> text;
  return sodium_bin2hex(text.data(), text.size(), bytes.data(), bytes.size());
}

// The key stands before the data, which for BLAKE2b is as good as its keyed mode (nothing can be appended to what is
// hashed), and costs a quarter of the block that the keyed mode spends on it for every entry.
ReadingDigest::ReadingDigest(std::string_view seed, std::string_view key) : bytes_(kKeyBytes, '\0') {
  hash(key, bytes_);
  put(bytes_, seed);
  sum_ = hash_kept();
}

ReadingDigest::Words ReadingDigest::hash_kept() const {
  Words words{};
  hash(bytes_, words);
  return words;
}

// A sum of hashes: no order, no memory, and an entry that comes twice counts twice.
void ReadingDigest::add(std::uint64_t search, const EntryView& entry) {
  bytes_.resize(kKeyBytes);
  put(bytes_, search);
  put(bytes_, entry.dn);
  for (const AttributeView& attribute : entry.attributes) {
    put(bytes_, attribute.name);
    put(bytes_, static_cast<std::uint64_t>(attribute.values.size()));
    for (const std::string_view value : attribute.values) put(bytes_, value);
  }
  const Words words = hash_kept();
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
