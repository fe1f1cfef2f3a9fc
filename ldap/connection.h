// A bound connection to one directory server. With reader.cpp the only place that knows the LDAP library; no type of it
// leaves. Protocol version 3 (RFC 4511), simple bind (4.2), StartTLS (4.14) or ldaps; referrals are never followed;
// neither ldap.conf nor LDAP* environment variables are read.
#pragma once

#include <chrono>
#include <memory>
#include <stop_token>
#include <string>
#include <variant>
#include <vector>

#include "ldap/error.h"
#include "ldap/secret.h"
#include "ldap/watchdog.h"

namespace rosterd::ldap {

struct ServerOptions {
  // Tried one after the other until one is bound: ldap://host[:port], ldaps://host[:port], ldapi://%2Fpath.
  std::vector<std::string> uris;
  bool start_tls = false;
  std::string ca_file;           // PEM; empty: the system's. Certificates and host names are always verified.
  bool allow_plaintext = false;  // lets a password travel without TLS; loopback and ldapi need no permission
  std::string bind_dn;           // empty: anonymous
  Secret password;
  std::chrono::milliseconds connect_timeout{10'000};    // connect + TLS + bind, each
  std::chrono::milliseconds operation_timeout{60'000};  // the longest silence while an answer is awaited
};

// Not thread-safe: one thread at a time, the one that opened it (SIGPIPE is blocked there). Ends (and closes) with the
// object.
class Connection {
 public:
  using Opened = std::variant<std::unique_ptr<Connection>, DirectoryError>;

  // The first URI that can be bound. Wrong credentials end the search for one: another server would only count
  // another failure. Returns within uris × 3 × connect_timeout (name resolution apart), at once when `stop` is asked.
  static Opened open(const ServerOptions& options, const std::stop_token& stop = {});

  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  const std::string& uri() const { return uri_; }
  const ServerOptions& options() const { return options_; }

  // For reader.cpp only: the library's handle, and the deadline over its blocking calls.
  void* native() const { return handle_; }
  Watchdog& watchdog() { return watchdog_; }
  // The error of the call that has just failed with `code`; knows about silence and cancelling.
  DirectoryError failure(Phase phase, int code, std::string message = {}) const;

 private:
  struct Callback;

  Connection(const ServerOptions& options, std::string uri, const std::stop_token& stop);
  std::unique_ptr<DirectoryError> establish();
  std::unique_ptr<DirectoryError> configure();
  std::unique_ptr<DirectoryError> secure();
  std::unique_ptr<DirectoryError> bind();
  bool tls_from_start() const;

  const ServerOptions options_;
  const std::string uri_;
  Watchdog watchdog_;
  std::unique_ptr<Callback> callback_;
  void* handle_ = nullptr;
};

// What the options may not be, as one sentence; nothing when they are fine.
std::unique_ptr<DirectoryError> check(const ServerOptions& options);

}  // namespace rosterd::ldap
