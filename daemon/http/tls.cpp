#include "daemon/http/tls.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <ctime>
#include <vector>

#include "daemon/http/openssl.h"

namespace rosterd::http {

namespace {

using Part = TlsError::Part;

// Forward secrecy and AEAD; TLS 1.3 has nothing else.
constexpr const char* kCiphers = "ECDHE+AESGCM:ECDHE+CHACHA20";
constexpr int kMaxDepth = 8;  // intermediates of a client's certificate
constexpr unsigned char kHttp11[] = "\x08http/1.1";
constexpr unsigned char kSessionContext[] = "rosterd";

[[noreturn]] void fail(Part part, const std::string& what) {
  const std::string reason = openssl_reason();
  throw TlsError(part, reason.empty() ? what : what + ": " + reason);
}

BioPtr over(std::string_view text) {
  return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

std::vector<X509Ptr> read_certificates(const std::string& pem, Part part) {
  std::vector<X509Ptr> found;
  const BioPtr bio = over(pem);
  for (;;) {
    X509Ptr certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    if (!certificate) break;
    found.push_back(std::move(certificate));
  }
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  if (!at_end) fail(part, "certificate " + std::to_string(found.size() + 1) + " is damaged");
  ERR_clear_error();
  if (found.empty()) throw TlsError(part, "there is no certificate in PEM form in it");
  return found;
}

// Nobody is there to type it.
int no_password(char*, int, int, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

KeyPtr read_key(std::string_view pem) {
  bool encrypted = false;
  KeyPtr key(PEM_read_bio_PrivateKey(over(pem).get(), nullptr, no_password, &encrypted));
  if (!key && encrypted) {
    ERR_clear_error();
    throw TlsError(Part::key, "is encrypted; rosterd has nobody to ask for its password");
  }
  if (!key) fail(Part::key, "there is no private key in PEM form in it");
  return key;
}

std::chrono::system_clock::time_point validity(const ASN1_TIME* time) {
  const auto read = time_of(time);
  if (!read) fail(Part::certificate, "its validity cannot be read");
  return *read;
}

int select_protocol(SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char* offered,
                    unsigned int offered_size, void*) {
  unsigned char* found = nullptr;
  if (SSL_select_next_proto(&found, size, kHttp11, sizeof kHttp11 - 1, offered, offered_size) != OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_ALERT_FATAL;  // RFC 7301 section 3.2
  *chosen = found;
  return SSL_TLSEXT_ERR_OK;
}

SslCtxPtr make_context() {
  SslCtxPtr made(SSL_CTX_new(TLS_server_method()));
  SSL_CTX* context = made.get();
  const bool good = context && SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
                    SSL_CTX_set_cipher_list(context, kCiphers) == 1 &&
                    SSL_CTX_set_session_id_context(context, kSessionContext, sizeof kSessionContext - 1) == 1;
  if (!good) fail(Part::certificate, "TLS cannot be set up");
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                   SSL_OP_PRIORITIZE_CHACHA);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);  // memory of idle connections
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_alpn_select_cb(context, select_protocol, nullptr);
  return made;
}

void use_certificate(SSL_CTX* context, const std::vector<X509Ptr>& chain, EVP_PKEY* key) {
  if (SSL_CTX_use_certificate(context, chain.front().get()) != 1) fail(Part::certificate, "it cannot be used");
  for (std::size_t i = 1; i < chain.size(); ++i)
    if (SSL_CTX_add1_chain_cert(context, chain[i].get()) != 1)
      fail(Part::certificate, "intermediate certificate " + std::to_string(i) + " cannot be used");
  if (X509_check_private_key(chain.front().get(), key) != 1) {
    ERR_clear_error();
    throw TlsError(Part::key, "does not belong to the certificate");
  }
  if (SSL_CTX_use_PrivateKey(context, key) != 1) fail(Part::key, "cannot be used");
}

void ask_for_client_certificates(SSL_CTX* context, const TlsOptions& options) {
  const bool required = options.client_certificates == ClientCertificates::require;
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | (required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), nullptr);
  X509_STORE* store = SSL_CTX_get_cert_store(context);
  SSL_CTX_set_verify_depth(context, kMaxDepth);
  X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context), X509_V_FLAG_PARTIAL_CHAIN);
  for (const X509Ptr& authority : read_certificates(options.client_ca, Part::client_ca))
    if (X509_STORE_add_cert(store, authority.get()) != 1 || SSL_CTX_add_client_CA(context, authority.get()) != 1)
      fail(Part::client_ca, "a certificate in it cannot be used");
  // A resumed session would bring the certificate of an earlier handshake, unproven and perhaps expired since.
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
  SSL_CTX_set_num_tickets(context, 0);
}

}  // namespace

struct Tls::Context {
  SslCtxPtr ssl;
};

Tls::Tls(const TlsOptions& options) : context_(std::make_unique<Context>()) {
  ERR_clear_error();
  const std::vector<X509Ptr> chain = read_certificates(options.certificate, Part::certificate);
  const KeyPtr key = read_key(options.key);
  context_->ssl = make_context();
  use_certificate(context_->ssl.get(), chain, key.get());
  if (options.client_certificates != ClientCertificates::off) ask_for_client_certificates(context_->ssl.get(), options);
  fingerprint_ = fingerprint_of(chain.front().get());
  valid_from_ = validity(X509_get0_notBefore(chain.front().get()));
  valid_until_ = validity(X509_get0_notAfter(chain.front().get()));
}

Tls::~Tls() = default;

std::unique_ptr<ByteChannel> Tls::accept(int descriptor) const {
  return make_tls_channel(*context_->ssl, descriptor);
}

void check_certificates(const std::string& pem) {
  ERR_clear_error();
  read_certificates(pem, Part::client_ca);
}

std::string fingerprint_of(const X509* certificate) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (X509_digest(certificate, EVP_sha256(), digest, &size) != 1) throw std::bad_alloc();
  std::string text = "sha256:";
  for (unsigned int i = 0; i < size; ++i) {
    text.push_back("0123456789abcdef"[digest[i] >> 4]);
    text.push_back("0123456789abcdef"[digest[i] & 15]);
  }
  return text;
}

std::string subject_of(const X509* certificate) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  if (!bio || X509_NAME_print_ex(bio.get(), X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253) < 0) return {};
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(std::max(size, 0L))};
}

std::optional<std::chrono::system_clock::time_point> time_of(const ASN1_TIME* time) {
  std::tm utc{};
  if (ASN1_TIME_to_tm(time, &utc) != 1) return {};
  return std::chrono::system_clock::from_time_t(::timegm(&utc));
}

std::string openssl_reason() {
  const unsigned long code = ERR_peek_last_error();
  ERR_clear_error();
  if (code == 0) return {};
  const char* reason = ERR_reason_error_string(code);
  return reason ? reason : "OpenSSL error " + std::to_string(ERR_GET_REASON(code));
}

}  // namespace rosterd::http
