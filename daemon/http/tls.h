#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>

#include "daemon/http/byte_channel.h"

// TLS of the door: TLS 1.2 (RFC 5246) and 1.3 (RFC 8446) as RFC 9325 advises: forward secrecy and AEAD only, no
// renegotiation, no compression; ALPN "http/1.1" (RFC 7301). Memory BIOs: a handshake never blocks. OpenSSL stays in
// tls*.cpp.
namespace rosterd::http {

enum class ClientCertificates {
  off,      // not asked for
  request,  // who has none may come; who shows one must show a valid one
  require,
};

struct TlsOptions {
  std::string certificate;  // PEM: the server's own, then its intermediates
  std::string_view key;     // PEM, not encrypted; looked at by the constructor of Tls only
  ClientCertificates client_certificates = ClientCertificates::off;
  std::string client_ca;  // PEM: who may sign client certificates; a certificate here also vouches for itself
};

// Something that cannot be used; what() is a sentence without any byte of the key.
class TlsError : public std::runtime_error {
 public:
  enum class Part { certificate, key, client_ca };
  TlsError(Part part, const std::string& why) : std::runtime_error(why), part_(part) {}
  Part part() const { return part_; }

 private:
  Part part_;
};

// A certificate with its key and rules, never changed: a reload makes a new one. Safe from several threads.
// Sessions are resumed within one Tls only, and never where client certificates are in use: each such connection proves
// its certificate anew, against the authorities now in force.
class Tls {
 public:
  explicit Tls(const TlsOptions& options);  // throws TlsError
  ~Tls();
  Tls(const Tls&) = delete;
  Tls& operator=(const Tls&) = delete;

  // A channel over an accepted connection; owns `descriptor` from the call on.
  std::unique_ptr<ByteChannel> accept(int descriptor) const;

  const std::string& fingerprint() const { return fingerprint_; }  // of the server's certificate, "sha256:…"
  std::chrono::system_clock::time_point valid_from() const { return valid_from_; }
  std::chrono::system_clock::time_point valid_until() const { return valid_until_; }

 private:
  struct Context;
  std::unique_ptr<Context> context_;
  std::string fingerprint_;
  std::chrono::system_clock::time_point valid_from_, valid_until_;
};

// Throws TlsError when the text is not one or more certificates in PEM form.
void check_certificates(const std::string& pem);

// The Tls for connections that come now. Safe from any thread.
class TlsSlot {
 public:
  std::shared_ptr<const Tls> get() const {
    const std::lock_guard lock(mutex_);
    return tls_;
  }
  void set(std::shared_ptr<const Tls> tls) {
    const std::lock_guard lock(mutex_);
    tls_.swap(tls);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Tls> tls_;
};

}  // namespace rosterd::http
