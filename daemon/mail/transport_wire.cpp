#include "daemon/mail/transport_wire.h"

#include <Poco/Net/Context.h>
#include <Poco/Net/DNS.h>
#include <Poco/Net/HostEntry.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/SSLException.h>
#include <Poco/Net/SecureStreamSocket.h>
#include <Poco/Net/SocketAddress.h>
#include <Poco/Net/StreamSocket.h>
#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <cstring>
#include <ctime>
#include <vector>

#include "daemon/mail/within.h"

namespace rosterd::mail {
namespace {

namespace net = Poco::Net;
using std::chrono::milliseconds;

constexpr milliseconds kSlice{250};
constexpr std::size_t kChunk = 16 * 1024;  // a whole TLS record, so that nothing stays inside OpenSSL unseen by poll

// OpenSSL writes without MSG_NOSIGNAL. Blocks SIGPIPE for this thread and takes a pending one away at the end.
class SigpipeGuard {
 public:
  SigpipeGuard() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~SigpipeGuard() {
    if (sigismember(&before_, SIGPIPE)) return;
    const timespec now{};
    while (sigtimedwait(&pipe_, nullptr, &now) > 0) {
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  SigpipeGuard(const SigpipeGuard&) = delete;
  SigpipeGuard& operator=(const SigpipeGuard&) = delete;

 private:
  sigset_t pipe_{};
  sigset_t before_{};
};

net::Context::Ptr client_context(const std::string& ca_file) {
  net::Context::Params params;
  params.caLocation = ca_file;
  params.loadDefaultCAs = ca_file.empty();
  // STRICT: in the weaker modes Poco does not compare the name of a host that resolves to loopback.
  params.verificationMode = net::Context::VERIFY_STRICT;
  params.cipherList = "HIGH:!aNULL:!eNULL:!MD5:!3DES";
  net::Context::Ptr context = new net::Context(net::Context::TLS_CLIENT_USE, params);
  context->requireMinimumProtocol(net::Context::PROTO_TLSV1_2);
  return context;
}

bool is_address(const std::string& host) {
  net::IPAddress address;
  return net::IPAddress::tryParse(host, address);
}

}  // namespace

struct Wire::State {
  std::function<bool()> keep_going;
  SigpipeGuard sigpipe;
  std::vector<net::IPAddress> addresses;
  net::StreamSocket socket;
  bool secure = false;
  bool loopback = false;
  std::string unread;

  // Waits until the socket is ready for `mode`; throws at the deadline or when told to stop.
  void wait(int mode, Deadline deadline) {
    while (true) {
      if (!keep_going()) throw WireError("stopped");
      const auto left = std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now());
      if (left <= milliseconds::zero()) throw WireError("timed out");
      const auto slice = std::min(left, kSlice);
      if (socket.poll(Poco::Timespan(slice.count() * 1000), mode | net::Socket::SELECT_ERROR)) return;
    }
  }

  void connect_one(const net::SocketAddress& address, Deadline deadline) {
    socket = net::StreamSocket();
    socket.connectNB(address);
    wait(net::Socket::SELECT_WRITE, deadline);
    if (const int error = socket.impl()->socketError(); error != 0) throw WireError(std::strerror(error));
    loopback = address.host().isLoopback();
  }

  void receive(Deadline deadline) {
    char chunk[kChunk];
    while (true) {
      const int got = socket.receiveBytes(chunk, static_cast<int>(sizeof chunk));
      if (got == 0) throw WireError("the server closed the connection");
      if (got > 0) {
        unread.append(chunk, static_cast<std::size_t>(got));
        return;
      }
      const bool wants_write = secure && got == net::SecureStreamSocket::ERR_SSL_WANT_WRITE;
      wait(wants_write ? net::Socket::SELECT_WRITE : net::Socket::SELECT_READ, deadline);
    }
  }
};

namespace {

// Poco's exceptions as ours. `what` names the act.
template <class Act>
void translated(std::string_view what, Act&& act) {
  try {
    act();
  } catch (const net::ConnectionResetException&) {
    throw WireError("the server reset the connection");
  } catch (const net::SSLConnectionUnexpectedlyClosedException&) {
    throw WireError("the server closed the connection");
  } catch (const Poco::Exception& error) {
    throw WireError(std::string(what) + ": " + error.displayText());
  }
}

}  // namespace

Wire::Wire(std::function<bool()> keep_going) : state_(std::make_unique<State>()) {
  state_->keep_going = std::move(keep_going);
}

Wire::~Wire() {
  try {
    state_->socket.close();
  } catch (const Poco::Exception&) {  // a peer that is gone needs no farewell
  }
}

void Wire::resolve(const std::string& host, Deadline deadline) {
  auto& addresses = state_->addresses;
  if (net::IPAddress numeric; net::IPAddress::tryParse(host, numeric)) {
    addresses = {numeric};
    return;
  }
  translated("the host name cannot be resolved", [&] {
    // With dead name servers the system's resolver is silent for longer than a watchdog waits.
    const auto entry = within<net::HostEntry>(deadline, state_->keep_going, [host] { return net::DNS::resolve(host); });
    for (const net::IPAddress& address : entry.addresses())
      if (std::find(addresses.begin(), addresses.end(), address) == addresses.end()) addresses.push_back(address);
  });
  if (addresses.empty()) throw WireError("the host name has no address");
}

void Wire::connect(std::uint16_t port, milliseconds each, Deadline deadline) {
  std::string failures;
  for (const net::IPAddress& address : state_->addresses) {
    const net::SocketAddress target(address, port);
    try {
      const Deadline until = std::min(deadline, std::chrono::steady_clock::now() + each);
      translated("cannot connect", [&] { state_->connect_one(target, until); });
      return;
    } catch (const WireError& error) {
      failures += (failures.empty() ? "" : "; ") + target.toString() + ": " + error.what();
    }
    if (!state_->keep_going()) break;
  }
  throw WireError(failures);
}

void Wire::start_tls(const std::string& host, const std::string& ca_file, Deadline deadline) {
  translated("TLS failed", [&] {
    const net::Context::Ptr context = client_context(ca_file);
    // An address is no server name (RFC 6066 section 3); it is still verified below.
    net::SecureStreamSocket secure =
        net::SecureStreamSocket::attach(state_->socket, is_address(host) ? std::string() : host, context);
    state_->socket = secure;
    state_->secure = true;
    while (true) {
      const int rc = secure.completeHandshake();
      if (rc == 1) break;
      if (rc == 0) throw WireError("the server closed the connection");
      const bool wants_write = rc == net::SecureStreamSocket::ERR_SSL_WANT_WRITE;
      state_->wait(wants_write ? net::Socket::SELECT_WRITE : net::Socket::SELECT_READ, deadline);
    }
    if (!secure.havePeerCertificate()) throw WireError("the server has no certificate");
    secure.verifyPeerCertificate(host);
  });
}

std::string Wire::read_line(std::size_t max_bytes, Deadline deadline) {
  std::string line;
  translated("cannot read", [&] {
    while (true) {
      const std::size_t end = state_->unread.find('\n');
      if (std::min(end, state_->unread.size()) > max_bytes) throw WireError("the server sent an overlong line");
      if (end != std::string::npos) {
        line = state_->unread.substr(0, end);
        state_->unread.erase(0, end + 1);
        break;
      }
      state_->receive(deadline);
    }
  });
  if (!line.empty() && line.back() == '\r') line.pop_back();
  return line;
}

void Wire::write(std::string_view bytes, Deadline deadline) {
  translated("cannot write", [&] {
    while (!bytes.empty()) {
      const auto chunk = static_cast<int>(std::min(bytes.size(), kChunk));
      const int sent = state_->socket.sendBytes(bytes.data(), chunk);
      if (sent > 0) {
        bytes.remove_prefix(static_cast<std::size_t>(sent));
        continue;
      }
      const bool wants_read = state_->secure && sent == net::SecureStreamSocket::ERR_SSL_WANT_READ;
      state_->wait(wants_read ? net::Socket::SELECT_READ : net::Socket::SELECT_WRITE, deadline);
    }
  });
}

bool Wire::has_unread() const {
  return !state_->unread.empty();
}
bool Wire::is_secure() const {
  return state_->secure;
}
bool Wire::is_loopback() const {
  return state_->loopback;
}

}  // namespace rosterd::mail
