#include "tests/http/tls_layer.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <csignal>
#include <stdexcept>

#include "daemon/http/openssl.h"

namespace rosterd::http::test {

namespace {

BioPtr over(const std::string& text) {
  return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

void expect(bool good, const char* what) {
  if (!good) throw std::runtime_error(std::string(what) + ": " + openssl_reason());
}

int remember_session(SSL* ssl, SSL_SESSION* session) {
  std::string& kept = *static_cast<std::string*>(SSL_get_app_data(ssl));
  unsigned char* bytes = nullptr;
  const int size = i2d_SSL_SESSION(session, &bytes);
  if (size > 0 && SSL_SESSION_is_resumable(session)) kept.assign(reinterpret_cast<char*>(bytes), std::size_t(size));
  OPENSSL_free(bytes);
  return 0;
}

}  // namespace

struct TlsLayer::State {
  int descriptor;
  SslCtxPtr context;
  SslPtr ssl;
  std::string session;
};

TlsLayer::TlsLayer(int descriptor, const TlsClientOptions& options)
    : state_(std::make_unique<State>(State{descriptor, SslCtxPtr(SSL_CTX_new(TLS_client_method())), nullptr, {}})) {
  std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes to sockets without MSG_NOSIGNAL
  SSL_CTX* context = state_->context.get();
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL_STORE);
  SSL_CTX_sess_set_new_cb(context, remember_session);
  if (options.compression) SSL_CTX_clear_options(context, SSL_OP_NO_COMPRESSION);
  if (options.min_version != 0) SSL_CTX_set_min_proto_version(context, options.min_version);
  if (options.max_version != 0) SSL_CTX_set_max_proto_version(context, options.max_version);
  if (options.max_version != 0 && options.max_version < TLS1_2_VERSION) SSL_CTX_set_security_level(context, 0);
  if (!options.ciphers.empty()) expect(SSL_CTX_set_cipher_list(context, options.ciphers.c_str()) == 1, "ciphers");
  if (!options.ca.empty()) {
    const X509Ptr ca(PEM_read_bio_X509(over(options.ca).get(), nullptr, nullptr, nullptr));
    expect(ca && X509_STORE_add_cert(SSL_CTX_get_cert_store(context), ca.get()) == 1, "ca");
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  }
  if (!options.certificate.empty()) {
    const X509Ptr own(PEM_read_bio_X509(over(options.certificate).get(), nullptr, nullptr, nullptr));
    const KeyPtr key(PEM_read_bio_PrivateKey(over(options.key).get(), nullptr, nullptr, nullptr));
    expect(SSL_CTX_use_certificate(context, own.get()) == 1 && SSL_CTX_use_PrivateKey(context, key.get()) == 1, "own");
  }
  std::string protocols;
  for (const std::string& name : options.protocols) protocols += static_cast<char>(name.size()) + name;
  if (!protocols.empty())
    SSL_CTX_set_alpn_protos(context, reinterpret_cast<const unsigned char*>(protocols.data()),
                            static_cast<unsigned>(protocols.size()));
  state_->ssl.reset(SSL_new(context));
  SSL_set_app_data(state_->ssl.get(), &state_->session);
  SSL_set_fd(state_->ssl.get(), descriptor);
  SSL_set_connect_state(state_->ssl.get());
  if (!options.resume.empty()) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(options.resume.data());
    SSL_SESSION* session = d2i_SSL_SESSION(nullptr, &bytes, static_cast<long>(options.resume.size()));
    expect(session && SSL_set_session(state_->ssl.get(), session) == 1, "session");
    SSL_SESSION_free(session);
  }
}

TlsLayer::~TlsLayer() = default;

// Blocking, but never longer than the patience without a byte.
template <typename Call>
int TlsLayer::run(Call call, int patience_ms) {
  const timeval limit{patience_ms / 1000, (patience_ms % 1000) * 1000};
  ::setsockopt(state_->descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ERR_clear_error();
  errno = 0;
  const int result = call(state_->ssl.get());
  if (result > 0) return result;
  const int error = SSL_get_error(state_->ssl.get(), result);
  if (error == SSL_ERROR_ZERO_RETURN) return 0;
  timed_out_ = error == SSL_ERROR_WANT_READ;
  failure_ = timed_out_ ? "nothing came in time" : openssl_reason();
  return -1;
}

bool TlsLayer::handshake(int patience_ms) {
  return run(SSL_connect, patience_ms) == 1;
}

bool TlsLayer::send(std::string_view bytes) {
  std::size_t done = 0;
  while (!bytes.empty() && SSL_write_ex(state_->ssl.get(), bytes.data(), bytes.size(), &done) == 1)
    bytes.remove_prefix(done);
  return bytes.empty();
}

ssize_t TlsLayer::receive(char* buffer, std::size_t size, int patience_ms) {
  return run([&](SSL* ssl) { return SSL_read(ssl, buffer, static_cast<int>(size)); }, patience_ms);
}

void TlsLayer::close_notify() {
  SSL_shutdown(state_->ssl.get());
}

bool TlsLayer::renegotiate(int patience_ms) {
  if (SSL_renegotiate(state_->ssl.get()) != 1) return false;
  return run(SSL_do_handshake, patience_ms) == 1;
}

bool TlsLayer::saw_close_notify() const {
  return (SSL_get_shutdown(state_->ssl.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
}

std::string TlsLayer::protocol() const {
  const unsigned char* name = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(state_->ssl.get(), &name, &size);
  return {reinterpret_cast<const char*>(name), size};
}

std::string TlsLayer::version() const {
  return SSL_get_version(state_->ssl.get());
}
std::string TlsLayer::cipher() const {
  return SSL_get_cipher_name(state_->ssl.get());
}
bool TlsLayer::compressed() const {
  return SSL_get_current_compression(state_->ssl.get()) != nullptr;
}
bool TlsLayer::resumed() const {
  return SSL_session_reused(state_->ssl.get()) == 1;
}
std::string TlsLayer::session() const {
  return state_->session;
}
std::string TlsLayer::server_fingerprint() const {
  const X509Ptr certificate(SSL_get1_peer_certificate(state_->ssl.get()));
  return certificate ? fingerprint_of(certificate.get()) : "";
}

}  // namespace rosterd::http::test
