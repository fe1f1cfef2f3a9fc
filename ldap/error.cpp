#include "ldap/error.h"

#include "ldap/text.h"

namespace rosterd::ldap {
namespace {

std::string_view advice(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::configuration:
      return "";
    case ErrorKind::unreachable:
      return "is the server running, and does a firewall let this host through?";
    case ErrorKind::timeout:
      return "the server accepted the connection but did not answer in time";
    case ErrorKind::tls:
      return "check ca_file, the certificate's host names and its expiry";
    case ErrorKind::credentials:
      return "check bind_dn and its password";
    case ErrorKind::access:
      return "the bind account may not read this";
    case ErrorKind::no_such_base:
      return "the base does not exist, or the bind account may not see it";
    case ErrorKind::limit:
      return "raise the limit of the bind account on the server, or set page_size";
    case ErrorKind::busy:
      return "the next run tries again";
    case ErrorKind::incomplete:
      return "";
    case ErrorKind::protocol:
      return "";
    case ErrorKind::cancelled:
      return "";
  }
  return "";
}

}  // namespace

std::string_view to_string(Phase phase) {
  switch (phase) {
    case Phase::configuration:
      return "configuration";
    case Phase::connect:
      return "connect";
    case Phase::start_tls:
      return "start_tls";
    case Phase::bind:
      return "bind";
    case Phase::root_dse:
      return "root_dse";
    case Phase::search:
      return "search";
  }
  return "unknown";
}

std::string_view to_string(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::configuration:
      return "configuration";
    case ErrorKind::unreachable:
      return "unreachable";
    case ErrorKind::timeout:
      return "timeout";
    case ErrorKind::tls:
      return "tls";
    case ErrorKind::credentials:
      return "credentials";
    case ErrorKind::access:
      return "access";
    case ErrorKind::no_such_base:
      return "no_such_base";
    case ErrorKind::limit:
      return "limit";
    case ErrorKind::busy:
      return "busy";
    case ErrorKind::incomplete:
      return "incomplete";
    case ErrorKind::protocol:
      return "protocol";
    case ErrorKind::cancelled:
      return "cancelled";
  }
  return "unknown";
}

ErrorKind classify(Phase phase, int code) {
  switch (code) {  // RFC 4511, 4.1.9; the negative ones are libldap's
    case 3:
    case 4:
    case 11:
      return ErrorKind::limit;
    case 32:
      return phase == Phase::bind ? ErrorKind::credentials : ErrorKind::no_such_base;
    case 34:
      return phase == Phase::bind ? ErrorKind::credentials : ErrorKind::no_such_base;
    case 48:
    case 49:
      return ErrorKind::credentials;
    case 8:
    case 13:
    case 50:
      return ErrorKind::access;
    case 51:
    case 52:
    case 53:
      return ErrorKind::busy;
    case -1:
      return ErrorKind::unreachable;
    case -5:
    case 85:
      return ErrorKind::timeout;
    case -11:
      return phase == Phase::start_tls ? ErrorKind::tls : ErrorKind::unreachable;
    default:
      return phase == Phase::start_tls ? ErrorKind::tls : ErrorKind::protocol;
  }
}

std::string describe(const DirectoryError& error) {
  if (error.kind == ErrorKind::incomplete) return "the directory was not read whole: " + printable(error.message, 500);
  std::string text;
  switch (error.phase) {
    case Phase::configuration:
      text = "directory configuration";
      break;
    case Phase::connect:
      text = "cannot connect to " + error.uri;
      break;
    case Phase::start_tls:
      text = "StartTLS with " + error.uri + " failed";
      break;
    case Phase::bind:
      text = "cannot bind at " + error.uri;
      break;
    case Phase::root_dse:
      text = "cannot read the root entry of " + error.uri;
      break;
    case Phase::search:
      text = "search at " + error.uri + " failed";
      break;
  }
  text += ": " + printable(error.message, 500);
  if (error.code > 0) text += " (result code " + std::to_string(error.code) + ")";
  const std::string_view hint = advice(error.kind);
  if (!hint.empty()) text.append("; ").append(hint);
  if (!error.command.empty()) text += "; to see it yourself: " + error.command;
  return text;
}

}  // namespace rosterd::ldap
