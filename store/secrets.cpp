#include "store/secrets.h"

#include <sodium.h>

#include <algorithm>
#include <array>

#include "store/outcome.h"

namespace rosterd::store {
namespace {

using Digest = std::array<unsigned char, 32>;

void ensure_sodium() {
  static const bool ready = sodium_init() >= 0;
  if (!ready) throw StoreError(StoreError::Kind::internal, "libsodium cannot be initialised");
}

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

Digest blake2b(std::string_view message, std::string_view key) {
  ensure_sodium();
  Digest digest;
  const int failed = crypto_generichash(digest.data(), digest.size(), bytes_of(message), message.size(),
                                        key.empty() ? nullptr : bytes_of(key), key.size());
  if (failed != 0) throw StoreError(StoreError::Kind::internal, "the store's secret key has a wrong size");
  return digest;
}

std::string_view view_of(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

}  // namespace

std::string random_bytes(std::size_t count) {
  ensure_sodium();
  std::string bytes(count, '\0');
  randombytes_buf(bytes.data(), bytes.size());
  return bytes;
}

std::string base64url(std::string_view bytes) {
  std::string text(sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING), '\0');
  sodium_bin2base64(text.data(), text.size(), bytes_of(bytes), bytes.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  text.pop_back();  // the terminating zero
  return text;
}

std::string random_secret() {
  return base64url(random_bytes(32));
}

std::string hash_secret(std::string_view secret) {
  const Digest digest = blake2b(secret, {});
  std::string hex(digest.size() * 2 + 1, '\0');
  sodium_bin2hex(hex.data(), hex.size(), digest.data(), digest.size());
  hex.pop_back();
  return hex;
}

std::string derive_secret(std::string_view key, std::string_view message) {
  if (key.empty()) throw StoreError(StoreError::Kind::internal, "the store has no secret key");
  return base64url(view_of(blake2b(message, key)));
}

std::string keyed_digest(std::string_view key, std::string_view purpose, std::string_view message) {
  std::array<unsigned char, crypto_generichash_blake2b_PERSONALBYTES> personal{};
  if (key.empty() || purpose.size() > personal.size())
    throw StoreError(StoreError::Kind::internal, "store: a digest needs a key and a short purpose");
  std::copy(purpose.begin(), purpose.end(), personal.begin());
  std::string digest(crypto_generichash_blake2b_BYTES_MAX, '\0');
  const int failed = crypto_generichash_blake2b_salt_personal(reinterpret_cast<unsigned char*>(digest.data()),
                                                              digest.size(), bytes_of(message), message.size(),
                                                              bytes_of(key), key.size(), nullptr, personal.data());
  if (failed != 0) throw StoreError(StoreError::Kind::internal, "the store's secret key has a wrong size");
  return digest;
}

}  // namespace rosterd::store
