#include "daemon/http/head.h"

#include <algorithm>

namespace rosterd::http {

namespace {

constexpr std::size_t kMaxMethod = 32;
constexpr std::size_t kMaxLengthDigits = 18;  // always fits 64 bits

bool is_alnum(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

Refusal bad(std::string reason) {
  return {400, std::move(reason)};
}

// pchar and "/" of RFC 3986; the triplets are checked by percent_decode.
bool is_path_char(char c) {
  return is_alnum(c) || std::string_view("-._~%!$&'()*+,;=:@/").find(c) != std::string_view::npos;
}

// Some SCIM clients leave quotes and brackets of a filter unescaped, so a query may hold any visible ASCII but "#".
bool is_query_char(char c) {
  return c > 0x20 && c < 0x7f && c != '#';
}

// uri-host [":" port] of RFC 3986; a reg-name or an address in brackets.
bool is_host(std::string_view host) {
  if (host.empty() || host.size() > 262) return false;
  std::string_view port;
  if (host.front() == '[') {
    const std::size_t end = host.find(']');
    if (end == std::string_view::npos || end < 3) return false;
    const std::string_view inner = host.substr(1, end - 1);
    if (inner.find_first_not_of("0123456789abcdefABCDEF:.") != std::string_view::npos) return false;
    port = host.substr(end + 1);
  } else {
    const std::size_t colon = host.find(':');
    const std::string_view name = host.substr(0, colon);
    if (name.empty()) return false;
    for (char c : name)
      if (!is_alnum(c) && std::string_view("-._~!$&'()*+;=").find(c) == std::string_view::npos) return false;
    port = colon == std::string_view::npos ? std::string_view{} : host.substr(colon);
  }
  if (port.empty()) return true;
  return port.front() == ':' && port.size() <= 6 && (port.size() == 1 || all_digits(port.substr(1)));
}

// RFC 9112 section 3.2: origin form, absolute form (must be accepted), and "*" for OPTIONS.
std::optional<Refusal> parse_target(Request& request) {
  std::string_view rest = request.target;
  if (rest == "*" && request.method == "OPTIONS") {
    request.path = "*";
    return std::nullopt;
  }
  for (std::string_view scheme : {"http://", "https://"}) {
    if (rest.size() < scheme.size() || !iequals(rest.substr(0, scheme.size()), scheme)) continue;
    rest.remove_prefix(scheme.size());
    const std::size_t end = std::min(rest.find_first_of("/?"), rest.size());
    request.host = rest.substr(0, end);
    if (!is_host(request.host)) return bad("malformed authority in the request target");
    rest.remove_prefix(end);
    break;
  }
  const bool absolute = !request.host.empty();
  const std::size_t question = rest.find('?');
  request.path = rest.substr(0, question);
  if (absolute && request.path.empty()) request.path = "/";
  if (request.path.empty() || request.path.front() != '/') return bad("malformed request target");
  if (!std::all_of(request.path.begin(), request.path.end(), is_path_char) ||
      (request.path.find('%') != std::string::npos && !percent_decode(request.path)))
    return bad("malformed path in the request target");
  if (question != std::string_view::npos) request.query = rest.substr(question + 1);
  if (!std::all_of(request.query.begin(), request.query.end(), is_query_char))
    return bad("malformed query in the request target");
  return std::nullopt;
}

// One pass over the fields that decide framing, collected before anything is concluded from them.
struct FramingFields {
  std::size_t hosts = 0, lengths = 0, codings = 0;
  std::string_view host, length, coding;
};

std::optional<Refusal> check_body_framing(const FramingFields& seen, Framing& framing) {
  if (seen.codings > 0) {
    if (framing.http_1_0) return bad("Transfer-Encoding on HTTP/1.0");
    if (seen.lengths > 0) return bad("both Content-Length and Transfer-Encoding");
    if (seen.codings > 1 || !iequals(seen.coding, "chunked")) return bad("Transfer-Encoding must be exactly chunked");
    framing.chunked = true;
    return std::nullopt;
  }
  if (seen.lengths == 0) return std::nullopt;
  if (seen.lengths > 1) return bad("more than one Content-Length");
  if (!all_digits(seen.length)) return bad("Content-Length is not a number");
  if (seen.length.size() > kMaxLengthDigits) return Refusal{413, "the body is too large"};
  for (char c : seen.length) framing.content_length = framing.content_length * 10 + static_cast<unsigned>(c - '0');
  return std::nullopt;
}

bool has_list_item(std::string_view list, std::string_view item) {
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    std::string_view piece = list.substr(0, comma);
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
    const std::size_t first = piece.find_first_not_of(" \t");
    if (first == std::string_view::npos) continue;
    piece = piece.substr(first, piece.find_last_not_of(" \t") - first + 1);
    if (iequals(piece, item)) return true;
  }
  return false;
}

}  // namespace

bool is_token_char(char c) {
  return is_alnum(c) || (c != '\0' && std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos);
}

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_token_char);
}

bool is_field_text(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
  });
}

std::optional<Refusal> parse_request_line(std::string_view line, Request& request, Framing& framing) {
  const std::size_t first = line.find(' ');
  const std::size_t second = first == std::string_view::npos ? first : line.find(' ', first + 1);
  if (second == std::string_view::npos || line.find(' ', second + 1) != std::string_view::npos)
    return bad("malformed request line");
  request.method = line.substr(0, first);
  request.target = line.substr(first + 1, second - first - 1);
  const std::string_view version = line.substr(second + 1);
  if (!is_token(request.method) || request.method.size() > kMaxMethod) return bad("malformed method");
  if (version == "HTTP/1.0")
    framing.http_1_0 = true;
  else if (version != "HTTP/1.1")
    return bad("only HTTP/1.1 and HTTP/1.0 are served");
  return parse_target(request);
}

std::optional<Refusal> parse_field(std::string_view line, std::vector<Header>& fields) {
  if (line.front() == ' ' || line.front() == '\t') return bad("folded header field");
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return bad("header field without a colon");
  const std::string_view name = line.substr(0, colon);
  std::string_view value = line.substr(colon + 1);
  if (!is_token(name)) return bad("malformed header field name");
  if (!is_field_text(value)) return bad("control character in a header field");
  const std::size_t first = value.find_first_not_of(" \t");
  value = first == std::string_view::npos ? std::string_view{}
                                          : value.substr(first, value.find_last_not_of(" \t") - first + 1);
  fields.push_back({std::string(name), std::string(value)});
  return std::nullopt;
}

std::optional<Refusal> finish_head(Request& request, Framing& framing) {
  FramingFields seen;
  framing.keep_alive = !framing.http_1_0;
  for (const Header& field : request.headers) {
    if (iequals(field.name, "Host")) {
      ++seen.hosts;
      seen.host = field.value;
    } else if (iequals(field.name, "Content-Length")) {
      ++seen.lengths;
      seen.length = field.value;
    } else if (iequals(field.name, "Transfer-Encoding")) {
      ++seen.codings;
      seen.coding = field.value;
    } else if (iequals(field.name, "Connection")) {
      if (has_list_item(field.value, "close")) framing.keep_alive = false;
    } else if (iequals(field.name, "Expect") && !framing.http_1_0) {
      if (!iequals(field.value, "100-continue")) return Refusal{417, "only Expect: 100-continue is known"};
      framing.expects_continue = true;
    }
  }
  if (seen.hosts > 1) return bad("more than one Host");
  if (seen.hosts == 0 && !framing.http_1_0) return bad("Host is missing");
  if (seen.hosts == 1 && !is_host(seen.host)) return bad("malformed Host");
  if (request.host.empty()) request.host = seen.host;
  return check_body_framing(seen, framing);
}

}  // namespace rosterd::http
