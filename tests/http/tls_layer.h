#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

// The client's side of TLS over a blocking socket, with a deadline on all it waits for.
namespace rosterd::http::test {

struct TlsClientOptions {
  std::string ca = {};           // PEM; empty: the server's certificate is not checked
  std::string certificate = {};  // PEM of our own; empty: none
  std::string key = {};
  std::vector<std::string> protocols = {};  // ALPN
  int min_version = 0;                      // as in OpenSSL: TLS1_2_VERSION
  int max_version = 0;
  std::string ciphers = {};  // up to TLS 1.2
  std::string resume = {};   // TlsLayer::session() of an earlier connection
  bool compression = false;
};

class TlsLayer {
 public:
  TlsLayer(int descriptor, const TlsClientOptions& options);
  ~TlsLayer();
  TlsLayer(const TlsLayer&) = delete;
  TlsLayer& operator=(const TlsLayer&) = delete;

  bool handshake(int patience_ms);
  bool send(std::string_view bytes);
  ssize_t receive(char* buffer, std::size_t size, int patience_ms);  // 0: close_notify; below: broken or timed_out()
  void close_notify();
  bool renegotiate(int patience_ms);  // TLS 1.2; true when the server took part

  bool timed_out() const { return timed_out_; }
  bool saw_close_notify() const;
  std::string failure() const { return failure_; }
  std::string protocol() const;  // ALPN
  std::string version() const;   // "TLSv1.3"
  std::string cipher() const;
  bool compressed() const;
  bool resumed() const;
  std::string session() const;  // after a first receive(); empty: cannot be resumed
  std::string server_fingerprint() const;

 private:
  struct State;
  template <typename Call>
  int run(Call call, int patience_ms);
  std::unique_ptr<State> state_;
  bool timed_out_ = false;
  std::string failure_;
};

}  // namespace rosterd::http::test
