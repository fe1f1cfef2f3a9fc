// Random secrets and their hashes. A secret leaves the process once, as text; the store keeps its hash. Thread-safe.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace rosterd::store {

inline constexpr std::size_t kSecretLength = 43;  // 256 bits in base64url without padding

std::string random_bytes(std::size_t count);
std::string random_secret();                       // kSecretLength characters
std::string hash_secret(std::string_view secret);  // BLAKE2b-256 as 64 hex digits: 256 random bits need no salt
// BLAKE2b-256 keyed with `key` (16 to 64 bytes) as kSecretLength characters: derived again whenever it is needed.
std::string derive_secret(std::string_view key, std::string_view message);
// BLAKE2b-512 with key and personalisation: 64 raw bytes that no other purpose can yield. `purpose`: at most 16 bytes.
std::string keyed_digest(std::string_view key, std::string_view purpose, std::string_view message);
std::string base64url(std::string_view bytes);  // RFC 4648 §5, without padding

}  // namespace rosterd::store
