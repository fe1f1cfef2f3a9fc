// Private to tls*.cpp: OpenSSL's objects with owners, and what both files need of certificates.
#pragma once

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "daemon/http/byte_channel.h"

namespace rosterd::http {

template <auto Free>
struct FreeWith {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};
using SslPtr = std::unique_ptr<SSL, FreeWith<SSL_free>>;
using SslCtxPtr = std::unique_ptr<SSL_CTX, FreeWith<SSL_CTX_free>>;
using BioPtr = std::unique_ptr<BIO, FreeWith<BIO_free>>;
using X509Ptr = std::unique_ptr<X509, FreeWith<X509_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;

// "sha256:" and 64 hexadecimal digits over the DER form.
std::string fingerprint_of(const X509* certificate);
std::string subject_of(const X509* certificate);  // RFC 2253

std::optional<std::chrono::system_clock::time_point> time_of(const ASN1_TIME* time);  // nothing: unreadable

// What OpenSSL said last on this thread, in its own words; empties its queue.
std::string openssl_reason();

// Server side, ready for a handshake.
std::unique_ptr<ByteChannel> make_tls_channel(SSL_CTX& context, int descriptor);

}  // namespace rosterd::http
