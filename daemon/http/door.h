#pragma once

#include <sys/stat.h>

#include <string>
#include <vector>

#include "daemon/http/server.h"

namespace rosterd::http {

struct Accepted {
  int descriptor = -1;  // non-blocking; the caller's to close
  Peer peer;
};

// One listening socket.
class Listener {
 public:
  explicit Listener(const Listen& listen);  // opens; throws std::runtime_error that names it
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  enum class Outcome { accepted, nobody, exhausted };  // exhausted: out of descriptors or memory, pause
  Outcome accept(Accepted& accepted) const;            // safe from several threads

  int descriptor() const { return descriptor_; }
  bool is_adopted() const { return adopted_; }
  bool is_tls() const { return bound_.tls; }
  const std::string& name() const { return bound_.name; }
  const Bound& bound() const { return bound_; }
  void close();  // a unix socket's file goes first, so that a successor may take its place at once

 private:
  void open_tcp(const Listen& listen);
  void open_local(const Listen& listen);
  void adopt(const Listen& listen);
  void note_bound();

  int descriptor_ = -1;
  bool adopted_ = false;
  std::string file_;  // of our unix socket
  Bound bound_;
};

}  // namespace rosterd::http
