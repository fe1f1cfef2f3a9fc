#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/http/message.h"

// The head of a request, RFC 9112 sections 2 to 6, nothing lenient. Pure functions over single lines.
namespace rosterd::http {

// Why a request cannot be served. The connection closes after it. Never carries the client's own bytes.
struct Refusal {
  int status = 400;
  std::string reason;
};

// How the body is delimited (RFC 9112 section 6) and what the connection does afterwards.
struct Framing {
  bool http_1_0 = false;
  bool chunked = false;
  std::uint64_t content_length = 0;
  bool expects_continue = false;
  bool keep_alive = true;
};

// RFC 9110 section 5.6.2.
bool is_token(std::string_view text);
bool is_token_char(char c);

// A field value may hold visible characters, SP, HTAB and obs-text; no other control character (RFC 9110 5.5).
bool is_field_text(std::string_view text);

// "METHOD SP target SP HTTP/1.x" into method, target, path, query, host (absolute form) and framing.http_1_0.
std::optional<Refusal> parse_request_line(std::string_view line, Request& request, Framing& framing);

// "Name: value" without obs-fold.
std::optional<Refusal> parse_field(std::string_view line, std::vector<Header>& fields);

// Host, Content-Length, Transfer-Encoding, Expect and Connection together.
std::optional<Refusal> finish_head(Request& request, Framing& framing);

}  // namespace rosterd::http
