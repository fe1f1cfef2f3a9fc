// What can go wrong while talking to a directory, as a value. No failure in here ever says that somebody is gone.
#pragma once

#include <string>
#include <string_view>

namespace rosterd::ldap {

enum class Phase { configuration, connect, start_tls, bind, root_dse, search };

enum class ErrorKind {
  configuration,  // refused before anything was sent
  unreachable,    // refused, cut, closed
  timeout,        // silent
  tls,            // handshake, certificate or host name
  credentials,    // wrong bind DN or password
  access,         // bound, but not allowed
  no_such_base,   // the base does not exist, or may not be seen
  limit,          // time, size or administrative limit: the answer is not whole
  busy,           // busy, unavailable, unwilling
  incomplete,     // success, but less than there must be: nobody, or not the canary
  protocol,       // anything else that is not success
  cancelled,      // we stopped it ourselves
};

struct DirectoryError {
  Phase phase = Phase::connect;
  ErrorKind kind = ErrorKind::protocol;
  std::string uri;
  int code = 0;         // LDAP result code (RFC 4511, 4.1.9; negative: the library's own)
  std::string message;  // what the server or the library said; never a password
  std::string command;  // the same search as an `ldapsearch` line, without password; empty outside of searches
};

std::string_view to_string(Phase phase);
std::string_view to_string(ErrorKind kind);

// Which kind a result code is, when it ended a search, a bind, … without success.
ErrorKind classify(Phase phase, int code);

// One sentence for an administrator: what failed, where, why, and what to look at.
std::string describe(const DirectoryError& error);

}  // namespace rosterd::ldap
