#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "daemon/http/message.h"
#include "daemon/http/tls.h"

// The HTTP/1.1 door: listeners, limits, request threads, drain. Plain values in, plain values out.
namespace rosterd::http {

// One place to listen on. `name` reaches the handler as Request::listener.
struct Listen {
  enum class Kind { tcp, local, adopted };
  Kind kind = Kind::tcp;
  std::string name;
  std::string address = "127.0.0.1";  // tcp: numeric; "::" serves IPv4 too
  std::uint16_t port = 0;             // tcp: 0 takes a free one, see Server::bound
  std::string path;                   // local: file of the unix socket
  mode_t mode = 0660;                 // local: access rights of that file
  int descriptor = -1;                // adopted: a listening socket (systemd); start() takes it over
  bool tls = false;                   // tcp, or adopted TCP: HTTPS with the Tls of Server::set_tls, and nothing else

  static Listen tcp(std::string name, std::string address, std::uint16_t port);
  static Listen local(std::string name, std::string path, mode_t mode = 0660);
  static Listen adopted(std::string name, int descriptor);
  Listen&& with_tls() && {
    tls = true;
    return std::move(*this);
  }
};

struct Limits {
  std::size_t head_bytes = 16 * 1024;  // request line and fields; also trailer fields
  std::size_t head_fields = 100;
  std::size_t body_bytes = 10 * 1024 * 1024;
  std::size_t all_bodies_bytes = 256 * 1024 * 1024;     // in memory at once; beyond it 503 with Retry-After
  std::size_t address_bodies_bytes = 32 * 1024 * 1024;  // of them from one address, but always one body of body_bytes
  std::size_t connections = 1024;                       // and as many of unix sockets
  std::size_t connections_per_address = 256;            // or per user of a unix socket
  std::size_t reactor_threads = 1;                      // bytes only
  std::size_t request_threads = 8;                      // run the handler, may wait for a commit
  std::size_t queue_length = 256;                     // requests waiting for a thread; beyond it 503 with Retry-After;
                                                      // at most half of them from one address
  std::chrono::milliseconds head_timeout{10'000};     // from the first byte (from accept for a new connection)
  std::chrono::milliseconds body_timeout{30'000};     // from the end of the head
  std::size_t body_rate = 8 * 1024;                   // bytes/s on average; a slower body is a 408 ...
  std::chrono::milliseconds body_grace{5'000};        // ... after so much time
  std::chrono::milliseconds handler_timeout{60'000};  // then 503 and close; the late answer is dropped
  std::chrono::milliseconds write_timeout{30'000};    // for the whole answer
  std::chrono::milliseconds idle_timeout{60'000};     // between two requests
};

// A request that was answered or refused, or (status 0) a connection whose TLS failed.
struct Finished {
  std::string id;
  std::string listener;
  std::string address;
  std::string certificate;  // the client's fingerprint; empty without
  std::string method;       // empty when the head could not be read
  std::string path;         // raw, without the query (queries may carry personal data)
  int status = 0;
  std::size_t response_bytes = 0;  // body
  std::chrono::microseconds duration{0};
  std::string error;  // why it was refused, or the text of the exception that became a 500: for the log only
};

struct Stats {
  std::size_t connections = 0;
  std::size_t queued = 0;
  std::size_t running = 0;
  std::size_t body_bytes = 0;                // of requests that arrive, wait or run
  std::uint64_t accepted = 0;                // connections
  std::uint64_t turned_away = 0;             // connections over a limit
  std::uint64_t tls_failures = 0;            // connections that ended in a failed handshake or a broken record
  std::uint64_t requests = 0;                // handed to the request threads
  std::uint64_t taken = 0;                   // begun by a request thread
  std::uint64_t refused = 0;                 // malformed, too large, too slow, or queue full
  std::uint64_t dropped_answers = 0;         // the connection was gone
  std::chrono::milliseconds oldest_tick{0};  // age of the stalest reactor thread's last turn: a watchdog's proof
};

struct Bound {
  std::string name;
  std::string address;  // or the path of a unix socket
  std::uint16_t port = 0;
  bool tls = false;
};

// Called on request threads, several at once. May block. Whatever it throws becomes a plain 500.
using Handler = std::function<Response(const Request&)>;

// Called on request and reactor threads, several at once. Must be quick and must not block on the server.
using Observer = std::function<void(const Finished&)>;

// Thread rule: one thread calls set_tls, start, drain, stop and the destructor; after start() any may call bound and
// stats.
class Server {
 public:
  Server(std::vector<Listen> listens, Limits limits, Handler handler, Observer observer = {});
  ~Server();  // stops; waits for handlers that still run
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // For connections that come from now on; others end with their next answer. Before start() when a listener has `tls`.
  void set_tls(std::shared_ptr<const Tls> tls);

  // Opens the listeners and starts the threads. Throws std::runtime_error that names the failing listener.
  void start();

  // Where it listens, in the order of the constructor's list.
  std::vector<Bound> bound() const;

  // Stops accepting, closes idle connections, finishes requests that were begun. True when all ended in time.
  bool drain(std::chrono::milliseconds within);

  // Ends at once: connections are cut, queued requests are dropped, running handlers are waited for.
  void stop();

  Stats stats() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rosterd::http
