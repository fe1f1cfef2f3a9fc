#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Plain values that pass between the HTTP door and the routes (RFC 9110, RFC 9112).
namespace rosterd::http {

struct Header {
  std::string name;
  std::string value;
};

// A certificate that its owner has proven and that one of our authorities vouches for.
struct PeerCertificate {
  std::string subject;      // RFC 2253: "CN=entra,O=Example"
  std::string fingerprint;  // "sha256:" and 64 hexadecimal digits over the DER form
};

// Who sent a request. A local socket's caller is named by the kernel (SO_PEERCRED) and cannot be forged.
struct Peer {
  std::string address;  // numeric IPv4 or IPv6 address; "local" for a unix socket
  bool local_socket = false;
  std::optional<uid_t> uid;
  std::optional<gid_t> gid;
  std::optional<pid_t> pid;
  std::optional<PeerCertificate> certificate;
};

// A complete, strictly checked request. The path is raw: use percent_decode or path_segments.
struct Request {
  std::string method;  // as sent; methods are case-sensitive
  std::string target;  // raw request target
  std::string path;  // raw, starts with "/", or is "*" for OPTIONS *; its percent triplets are well-formed, none is %00
  std::string query;  // raw, without "?"
  std::string host;   // value of Host, or of an absolute target
  std::vector<Header> headers;
  std::string body;
  Peer peer;
  std::string listener;  // Listen::name of the listener that accepted the connection
  std::string id;        // 32 hexadecimal digits, new for each request, sent back as X-Request-Id

  // The first field of that name, compared without case.
  std::optional<std::string_view> header(std::string_view name) const;
};

// What a handler answers. Status 200..599. The door adds Date, Content-Length, X-Request-Id and Connection
// and drops those fields (and Transfer-Encoding) when the handler sets them. A name or value that could
// split the response makes the whole answer a plain 500.
struct Response {
  int status = 200;
  std::vector<Header> headers;
  std::string body;
};

// ASCII comparison without case.
bool iequals(std::string_view left, std::string_view right);

// Decodes %XX; with plus_is_space also "+". Nothing for a malformed triplet or a NUL byte.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space = false);

// "/scim/v2/Users/a%20b" -> {"scim", "v2", "Users", "a b"}. A trailing slash gives no empty segment.
// Nothing for malformed text, an empty inner segment, "." or "..".
std::optional<std::vector<std::string>> path_segments(std::string_view path);

// Splits a query or an application/x-www-form-urlencoded body ("+" is a space); order is kept, empty pieces
// are skipped. Nothing for malformed text or more than 1,000 parameters.
using Parameters = std::vector<std::pair<std::string, std::string>>;
std::optional<Parameters> parse_query(std::string_view query);

}  // namespace rosterd::http
