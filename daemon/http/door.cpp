#include "daemon/http/door.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace rosterd::http {

namespace {

constexpr int kBacklog = 1024;

[[noreturn]] void fail(const Listen& listen, const std::string& what, int error) {
  std::string text = "listener '" + listen.name + "': " + what;
  if (error != 0) text += ": " + std::string(std::strerror(error));
  throw std::runtime_error(text);
}

int new_socket(const Listen& listen, int family) {
  const int descriptor = ::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) fail(listen, "socket", errno);
  return descriptor;
}

void set_option(int descriptor, int level, int option, int value) {
  ::setsockopt(descriptor, level, option, &value, sizeof value);
}

// -1 when it is no socket.
int socket_option(int descriptor, int option) {
  int value = 0;
  socklen_t size = sizeof value;
  return ::getsockopt(descriptor, SOL_SOCKET, option, &value, &size) == 0 ? value : -1;
}

// An IPv4 client of a dual listener shows as ::ffff:a.b.c.d; its own address is what limits and logs want.
std::string numeric_address(const sockaddr_storage& from, socklen_t size) {
  char text[NI_MAXHOST] = "";
  if (::getnameinfo(reinterpret_cast<const sockaddr*>(&from), size, text, sizeof text, nullptr, 0, NI_NUMERICHOST) != 0)
    return "unknown";
  const std::string_view address = text;
  if (address.starts_with("::ffff:") && address.find('.') != std::string_view::npos)
    return std::string(address.substr(7));
  return text;
}

Peer describe_peer(int descriptor, const sockaddr_storage& from, socklen_t size) {
  Peer peer;
  if (from.ss_family != AF_UNIX) {
    peer.address = numeric_address(from, size);
    return peer;
  }
  peer.address = "local";
  peer.local_socket = true;
  ucred credentials{};
  socklen_t length = sizeof credentials;
  if (::getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0) {
    peer.uid = credentials.uid;
    peer.gid = credentials.gid;
    peer.pid = credentials.pid;
  }
  return peer;
}

// A socket file without a listener is left over from a crash. Anything else is somebody's and stays.
void remove_stale_socket(const Listen& listen, const sockaddr_un& address) {
  struct stat status {};
  if (::lstat(listen.path.c_str(), &status) != 0) {
    if (errno == ENOENT) return;
    fail(listen, listen.path, errno);
  }
  if (!S_ISSOCK(status.st_mode)) fail(listen, listen.path + " exists and is not a socket", 0);
  const int probe = new_socket(listen, AF_UNIX);
  const int result = ::connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  const int error = errno;
  ::close(probe);
  if (result == 0 || error != ECONNREFUSED) fail(listen, listen.path + " is in use", result == 0 ? 0 : error);
  if (::unlink(listen.path.c_str()) != 0 && errno != ENOENT) fail(listen, listen.path, errno);
}

}  // namespace

Listener::Listener(const Listen& listen) {
  bound_.name = listen.name;
  bound_.tls = listen.tls;
  try {
    switch (listen.kind) {
      case Listen::Kind::tcp:
        open_tcp(listen);
        break;
      case Listen::Kind::local:
        open_local(listen);
        break;
      case Listen::Kind::adopted:
        adopt(listen);
        break;
    }
    note_bound();
  } catch (...) {
    close();
    throw;
  }
}

Listener::~Listener() {
  close();
}

void Listener::close() {
  if (!file_.empty()) ::unlink(file_.c_str());
  file_.clear();
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
}

void Listener::open_tcp(const Listen& listen) {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const std::string port = std::to_string(listen.port);
  if (::getaddrinfo(listen.address.c_str(), port.c_str(), &hints, &found) != 0)
    fail(listen, "'" + listen.address + "' is not a numeric address", 0);
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> guard(found, &::freeaddrinfo);
  descriptor_ = new_socket(listen, found->ai_family);
  set_option(descriptor_, SOL_SOCKET, SO_REUSEADDR, 1);
  if (found->ai_family == AF_INET6) set_option(descriptor_, IPPROTO_IPV6, IPV6_V6ONLY, 0);
  if (::bind(descriptor_, found->ai_addr, found->ai_addrlen) != 0 || ::listen(descriptor_, kBacklog) != 0)
    fail(listen, listen.address + " port " + port, errno);
}

void Listener::open_local(const Listen& listen) {
  if (listen.tls) fail(listen, listen.path + " is a unix socket, which speaks no TLS", 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (listen.path.empty() || listen.path.size() >= sizeof address.sun_path)
    fail(listen, "the socket path must have 1 to " + std::to_string(sizeof address.sun_path - 1) + " bytes", 0);
  std::memcpy(address.sun_path, listen.path.data(), listen.path.size());
  remove_stale_socket(listen, address);
  descriptor_ = new_socket(listen, AF_UNIX);
  if (::bind(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    fail(listen, listen.path, errno);
  file_ = listen.path;
  // Before listen(), nobody can connect, whatever rights bind() gave.
  if (::chmod(listen.path.c_str(), listen.mode) != 0 || ::listen(descriptor_, kBacklog) != 0)
    fail(listen, listen.path, errno);
}

void Listener::adopt(const Listen& listen) {
  const std::string descriptor = "descriptor " + std::to_string(listen.descriptor);
  if (socket_option(listen.descriptor, SO_ACCEPTCONN) != 1) fail(listen, descriptor + " is not a listening socket", 0);
  const int family = socket_option(listen.descriptor, SO_DOMAIN);
  if (socket_option(listen.descriptor, SO_TYPE) != SOCK_STREAM ||
      (family != AF_INET && family != AF_INET6 && family != AF_UNIX))
    fail(listen, descriptor + " is neither a TCP nor a unix stream socket", 0);
  if (listen.tls && family == AF_UNIX) fail(listen, descriptor + " is a unix socket, which speaks no TLS", 0);
  const int flags = ::fcntl(listen.descriptor, F_GETFL);
  if (flags < 0 || ::fcntl(listen.descriptor, F_SETFL, flags | O_NONBLOCK) < 0 ||
      ::fcntl(listen.descriptor, F_SETFD, FD_CLOEXEC) < 0)
    fail(listen, descriptor, errno);
  descriptor_ = listen.descriptor;
  adopted_ = true;
}

void Listener::note_bound() {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getsockname(descriptor_, reinterpret_cast<sockaddr*>(&address), &size) != 0) return;
  if (address.ss_family == AF_UNIX) {
    bound_.address = reinterpret_cast<const sockaddr_un*>(&address)->sun_path;
    return;
  }
  bound_.address = numeric_address(address, size);
  bound_.port = ntohs(address.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6*>(&address)->sin6_port
                                                    : reinterpret_cast<const sockaddr_in*>(&address)->sin_port);
}

Listener::Outcome Listener::accept(Accepted& accepted) const {
  for (;;) {
    sockaddr_storage from{};
    socklen_t size = sizeof from;
    const int descriptor =
        ::accept4(descriptor_, reinterpret_cast<sockaddr*>(&from), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor >= 0) {
      if (from.ss_family != AF_UNIX) set_option(descriptor, IPPROTO_TCP, TCP_NODELAY, 1);
      accepted = {descriptor, describe_peer(descriptor, from, size)};
      return Outcome::accepted;
    }
    if (errno == EINTR || errno == ECONNABORTED) continue;
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) return Outcome::exhausted;
    return Outcome::nobody;
  }
}

}  // namespace rosterd::http
