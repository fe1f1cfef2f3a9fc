#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <new>
#include <utility>

#include "daemon/http/byte_channel.h"
#include "daemon/http/openssl.h"

namespace rosterd::http {

namespace {

// Beside at most one unfinished record, so that what is decrypted always fits into ByteChannel::kReadSize.
constexpr std::size_t kTaken = 32 * 1024;
constexpr std::size_t kWritten = 16 * 1024;  // one record; more would only lie in memory

// Records between two memory BIOs and a plain channel: OpenSSL never sees the socket.
class TlsChannel final : public ByteChannel {
 public:
  TlsChannel(SSL_CTX& context, int descriptor) : wire_(make_plain_channel(descriptor)), ssl_(SSL_new(&context)) {
    BioPtr in(BIO_new(BIO_s_mem()));
    BioPtr out(BIO_new(BIO_s_mem()));
    if (!ssl_ || !in || !out) throw std::bad_alloc();
    SSL_set_bio(ssl_.get(), in.release(), out.release());
    SSL_set_accept_state(ssl_.get());
  }

  ~TlsChannel() override {
    try {
      say_goodbye();
    } catch (...) {  // no memory for it
    }
  }

  Result read(char* buffer, std::size_t size) override {
    if (finished_) return wire_->read(buffer, size);  // nobody will look at it
    if (broken_) return {Status::broken};
    std::array<char, kTaken> taken;
    const Result got = wire_->read(taken.data(), taken.size());
    if (got.status != Status::ok) return got;
    if (BIO_write(SSL_get_rbio(ssl_.get()), taken.data(), static_cast<int>(got.count)) != static_cast<int>(got.count))
      throw std::bad_alloc();
    return decrypt(buffer, size);
  }

  Result write(std::string_view bytes) override {
    if (broken_ || finished_ || !SSL_is_init_finished(ssl_.get())) return {Status::broken};
    if (in_flight_ == 0) {
      ERR_clear_error();
      const std::size_t size = std::min(bytes.size(), kWritten);
      if (SSL_write_ex(ssl_.get(), bytes.data(), size, &in_flight_) != 1) {
        note_failure();
        return {Status::broken};
      }
    }
    flush();
    if (broken_) return {Status::broken};
    if (!unsent_.empty()) return {Status::again};
    return {Status::ok, std::exchange(in_flight_, 0)};
  }

  void finish() override {
    say_goodbye();
    finished_ = true;
    if (unsent_.empty()) wire_->finish();
  }

  int descriptor() const override { return wire_->descriptor(); }
  bool has_unsent() const override { return !unsent_.empty(); }

  void flush() override {
    collect();
    std::size_t sent = 0;
    while (sent < unsent_.size()) {
      const Result result = wire_->write(std::string_view(unsent_).substr(sent));
      if (result.status == Status::again) break;
      if (result.status != Status::ok) {
        broken_ = true;
        unsent_.clear();
        return;
      }
      sent += result.count;
    }
    unsent_.erase(0, sent);
    if (finished_ && unsent_.empty()) wire_->finish();
  }

  std::optional<PeerCertificate> peer_certificate() const override { return peer_; }
  bool is_handshaking() const override { return !SSL_is_init_finished(ssl_.get()); }
  std::optional<std::chrono::system_clock::time_point> proven_until() const override { return proven_until_; }
  std::string failure() const override { return failure_; }

 private:
  Result decrypt(char* buffer, std::size_t size) {
    std::size_t count = 0;
    int error = SSL_ERROR_NONE;
    while (count < size && error == SSL_ERROR_NONE) {
      ERR_clear_error();
      std::size_t more = 0;
      const int result = SSL_read_ex(ssl_.get(), buffer + count, size - count, &more);
      if (result == 1)
        count += more;
      else
        error = SSL_get_error(ssl_.get(), result);
    }
    if (error == SSL_ERROR_SSL || error == SSL_ERROR_SYSCALL) note_failure();
    flush();  // the handshake's answers, or the alert that says why it failed
    if (!failure_.empty() || broken_) return {Status::broken};
    note_peer();
    if (count > 0) return {Status::ok, count};
    return {error == SSL_ERROR_ZERO_RETURN ? Status::end : Status::again};
  }

  void collect() {
    BIO* out = SSL_get_wbio(ssl_.get());
    const std::size_t waiting = BIO_ctrl_pending(out);
    if (waiting == 0) return;
    const std::size_t before = unsent_.size();
    unsent_.resize(before + waiting);
    BIO_read(out, unsent_.data() + before, static_cast<int>(waiting));
  }

  void note_peer() {
    if (peer_noted_ || !SSL_is_init_finished(ssl_.get())) return;
    peer_noted_ = true;
    const X509* certificate = SSL_get0_peer_certificate(ssl_.get());
    if (!certificate || SSL_get_verify_result(ssl_.get()) != X509_V_OK) return;
    peer_ = PeerCertificate{subject_of(certificate), fingerprint_of(certificate)};
    proven_until_ = time_of(X509_get0_notAfter(certificate));
  }

  void note_failure() {
    const long verified = SSL_get_verify_result(ssl_.get());
    failure_ = openssl_reason();
    if (failure_.empty()) failure_ = "the connection broke";
    if (verified != X509_V_OK) failure_.append(": ").append(X509_verify_cert_error_string(verified));
  }

  // close_notify, if that is still possible: without it the end looks like an attack.
  void say_goodbye() {
    if (finished_ || broken_ || !failure_.empty() || !SSL_is_init_finished(ssl_.get())) return;
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
    flush();
  }

  const std::unique_ptr<ByteChannel> wire_;
  const SslPtr ssl_;
  std::string unsent_;         // ciphertext
  std::size_t in_flight_ = 0;  // plain bytes that are in it
  bool broken_ = false;
  bool finished_ = false;
  bool peer_noted_ = false;
  std::string failure_;
  std::optional<PeerCertificate> peer_;
  std::optional<std::chrono::system_clock::time_point> proven_until_;  // its notAfter
};

}  // namespace

std::unique_ptr<ByteChannel> make_tls_channel(SSL_CTX& context, int descriptor) {
  return std::make_unique<TlsChannel>(context, descriptor);
}

}  // namespace rosterd::http
