#pragma once

#include <chrono>
#include <string>

// Certificates for tests, made in this process.
namespace rosterd::http::test {

struct Identity {
  std::string certificate;  // PEM
  std::string key;          // PEM
  std::string fingerprint;  // "sha256:…"
};

struct Wanted {
  std::string name = "localhost";
  bool authority = false;
  const char* usage = nullptr;  // extendedKeyUsage: "serverAuth", "clientAuth"
  std::chrono::hours from{-1};  // from now
  std::chrono::seconds until = std::chrono::hours(24);
  int rsa_bits = 0;  // 0: P-256
};

// Signed by `issuer`; by itself without one.
Identity make_identity(const Wanted& wanted, const Identity* issuer = nullptr);

}  // namespace rosterd::http::test
