#include "ldap/connection.h"

#include <ldap.h>
#include <signal.h>

#include <cstdlib>

#include "ldap/text.h"

namespace rosterd::ldap {
namespace {

constexpr const char* kSystemAuthorities = "/etc/ssl/certs/ca-certificates.crt";

// Before main() and its threads: from then on the library reads neither ldap.conf nor the environment.
[[maybe_unused]] const bool kEnvironmentIgnored = [] { return ::setenv("LDAPNOINIT", "1", 1) == 0; }();

// The TLS library writes without MSG_NOSIGNAL: a goodbye to a dead server would end the process. Blocked for this
// thread for good, since a signal that is pending when it is unblocked would still be delivered.
void survive_broken_pipes() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

LDAP* as_ldap(void* handle) {
  return static_cast<LDAP*>(handle);
}

timeval to_timeval(std::chrono::milliseconds time) {
  return {static_cast<time_t>(time.count() / 1000), static_cast<suseconds_t>(time.count() % 1000 * 1000)};
}

bool starts_with(std::string_view text, std::string_view start) {
  return equals_ignoring_case(text.substr(0, start.size()), start);
}

std::string_view host_of(std::string_view uri) {
  uri.remove_prefix(std::min(uri.size(), uri.find("://") + 3));
  if (uri.starts_with('[')) return uri.substr(1, uri.find(']') - 1);
  return uri.substr(0, uri.find_first_of(":/?"));
}

bool stays_on_this_machine(std::string_view uri) {
  const std::string_view host = host_of(uri);
  return starts_with(uri, "ldapi://") || host == "localhost" || host == "::1" ||
         (host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string_view::npos);
}

std::unique_ptr<DirectoryError> misconfigured(std::string uri, std::string message) {
  return std::make_unique<DirectoryError>(
      DirectoryError{Phase::configuration, ErrorKind::configuration, std::move(uri), 0, std::move(message), {}});
}

std::unique_ptr<DirectoryError> check_uri(const ServerOptions& options, const std::string& uri) {
  const bool plain = starts_with(uri, "ldap://");
  const bool local = starts_with(uri, "ldapi://");
  const bool tls = starts_with(uri, "ldaps://");
  if ((!plain && !local && !tls) || uri.find_first_of(" ,\t\n") != std::string::npos) {
    return misconfigured(uri, "\"" + printable(uri) + "\" is no single ldap://, ldaps:// or ldapi:// address");
  }
  if (tls && options.start_tls) return misconfigured(uri, "start_tls and ldaps:// exclude each other (" + uri + ")");
  const bool secret = !options.bind_dn.empty();
  if (plain && secret && !options.start_tls && !options.allow_plaintext && !stays_on_this_machine(uri)) {
    return misconfigured(uri, "the password would travel to " + uri +
                                  " in the clear: use ldaps:// or start_tls, or set allow_plaintext if you mean it");
  }
  return nullptr;
}

}  // namespace

// The library asks for plain function pointers and gives this structure back to them.
struct Connection::Callback {
  ldap_conncb table{};
  Watchdog* watchdog = nullptr;

  static int added(LDAP*, Sockbuf* buffer, LDAPURLDesc*, sockaddr*, ldap_conncb* self) {
    int fd = -1;
    if (ber_sockbuf_ctrl(buffer, LBER_SB_OPT_GET_FD, &fd) == 1) {
      static_cast<Callback*>(self->lc_arg)->watchdog->watch(fd);
    }
    return 0;
  }
  static void removed(LDAP*, Sockbuf*, ldap_conncb*) {}
};

std::unique_ptr<DirectoryError> check(const ServerOptions& options) {
  if (options.uris.empty()) return misconfigured({}, "no server address is given");
  for (const std::string& uri : options.uris) {
    if (auto error = check_uri(options, uri)) return error;
  }
  // A simple bind with a name and no password succeeds as anonymous (RFC 4513, 5.1.2): never what was meant.
  if (!options.bind_dn.empty() && options.password.empty()) return misconfigured({}, "bind_dn has no password");
  if (options.connect_timeout.count() <= 0 || options.operation_timeout.count() <= 0) {
    return misconfigured({}, "timeouts must be longer than nothing");
  }
  return nullptr;
}

Connection::Opened Connection::open(const ServerOptions& options, const std::stop_token& stop) {
  if (auto error = check(options)) return std::move(*error);
  survive_broken_pipes();
  std::unique_ptr<DirectoryError> last;
  for (const std::string& uri : options.uris) {
    std::unique_ptr<Connection> connection(new Connection(options, uri, stop));
    last = connection->establish();
    if (last == nullptr) return connection;
    if (last->kind == ErrorKind::credentials || last->kind == ErrorKind::cancelled) break;
  }
  return std::move(*last);
}

Connection::Connection(const ServerOptions& options, std::string uri, const std::stop_token& stop)
    : options_(options), uri_(std::move(uri)), watchdog_(stop), callback_(std::make_unique<Callback>()) {}

Connection::~Connection() {
  if (handle_ == nullptr) return;
  watchdog_.expect_within(options_.connect_timeout);  // closing TLS says goodbye, perhaps to nobody
  ldap_unbind_ext(as_ldap(handle_), nullptr, nullptr);
}

std::unique_ptr<DirectoryError> Connection::establish() {
  if (auto error = configure()) return error;
  if (auto error = secure()) return error;
  return bind();
}

std::unique_ptr<DirectoryError> Connection::configure() {
  LDAP* handle = nullptr;
  const int created = ldap_initialize(&handle, uri_.c_str());
  if (created != LDAP_SUCCESS) return std::make_unique<DirectoryError>(failure(Phase::connect, created));
  handle_ = handle;
  const int version = LDAP_VERSION3;
  const int demand = LDAP_OPT_X_TLS_DEMAND;
  const int oldest = LDAP_OPT_X_TLS_PROTOCOL_TLS1_2;
  const int as_client = 0;
  const timeval connect = to_timeval(options_.connect_timeout);
  callback_->table = {&Callback::added, &Callback::removed, callback_.get()};
  callback_->watchdog = &watchdog_;
  const char* authorities = options_.ca_file.empty() ? kSystemAuthorities : options_.ca_file.c_str();
  const std::pair<int, const void*> settings[] = {
      {LDAP_OPT_PROTOCOL_VERSION, &version},
      {LDAP_OPT_REFERRALS, LDAP_OPT_OFF},
      {LDAP_OPT_RESTART, LDAP_OPT_ON},
      {LDAP_OPT_NETWORK_TIMEOUT, &connect},
      {LDAP_OPT_TIMEOUT, &connect},
      {LDAP_OPT_CONNECT_CB, &callback_->table},
      {LDAP_OPT_X_TLS_REQUIRE_CERT, &demand},
      {LDAP_OPT_X_TLS_PROTOCOL_MIN, &oldest},
      {LDAP_OPT_X_TLS_CACERTFILE, authorities},
      {LDAP_OPT_X_TLS_NEWCTX, &as_client},  // last, or the settings above are not looked at
  };
  const bool wants_tls = options_.start_tls || tls_from_start();
  for (const auto& [option, value] : settings) {
    if (option == LDAP_OPT_X_TLS_NEWCTX && !wants_tls) continue;
    if (ldap_set_option(handle, option, value) != LDAP_OPT_SUCCESS) {
      return misconfigured(uri_, option == LDAP_OPT_X_TLS_NEWCTX
                                     ? "TLS cannot start: is " + std::string(authorities) + " a readable PEM file?"
                                     : "the LDAP library refused option " + std::to_string(option));
    }
  }
  return nullptr;
}

std::unique_ptr<DirectoryError> Connection::secure() {
  watchdog_.expect_within(options_.connect_timeout);
  const int connected = ldap_connect(as_ldap(handle_));
  if (connected != LDAP_SUCCESS) return std::make_unique<DirectoryError>(failure(Phase::connect, connected));
  if (!options_.start_tls) return nullptr;
  watchdog_.expect_within(options_.connect_timeout);
  const int secured = ldap_start_tls_s(as_ldap(handle_), nullptr, nullptr);
  if (secured != LDAP_SUCCESS) return std::make_unique<DirectoryError>(failure(Phase::start_tls, secured));
  return nullptr;
}

std::unique_ptr<DirectoryError> Connection::bind() {
  watchdog_.expect_within(options_.connect_timeout);
  // A password without a name is no anonymous bind.
  const std::string_view password = options_.bind_dn.empty() ? std::string_view{} : options_.password.reveal();
  berval credential{password.size(), const_cast<char*>(password.data())};
  const int bound = ldap_sasl_bind_s(as_ldap(handle_), options_.bind_dn.c_str(), LDAP_SASL_SIMPLE, &credential, nullptr,
                                     nullptr, nullptr);
  const bool timed_out = watchdog_.timed_out();
  watchdog_.rest();
  if (bound != LDAP_SUCCESS || timed_out) return std::make_unique<DirectoryError>(failure(Phase::bind, bound));
  return nullptr;
}

bool Connection::tls_from_start() const {
  return starts_with(uri_, "ldaps://");
}

DirectoryError Connection::failure(Phase phase, int code, std::string message) const {
  DirectoryError error{phase, classify(phase, code), uri_, code, std::move(message), {}};
  char* diagnostic = nullptr;
  if (error.message.empty()) {
    error.message = ldap_err2string(code);
    if (handle_ != nullptr) ldap_get_option(as_ldap(handle_), LDAP_OPT_DIAGNOSTIC_MESSAGE, &diagnostic);
    if (diagnostic != nullptr && *diagnostic != '\0') error.message += std::string(": ") + diagnostic;
    ldap_memfree(diagnostic);
  }
  if (watchdog_.cancelled()) {
    error.kind = ErrorKind::cancelled;
    error.message = "stopped on request";
  } else if (watchdog_.timed_out()) {
    error.kind = ErrorKind::timeout;
    error.message = "no answer in time";
  } else if (phase == Phase::connect && tls_from_start() && watchdog_.watching()) {
    error.kind = ErrorKind::tls;  // the TCP connection stood: what failed is the handshake
    error.message = "TLS handshake failed: " + error.message;
  }
  return error;
}

}  // namespace rosterd::ldap
