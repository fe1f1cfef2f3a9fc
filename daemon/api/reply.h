// Answers in the form of our own API: JSON objects, errors as problem details (RFC 9457).
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "daemon/http/message.h"
#include "scim/json.h"

namespace rosterd::api {

http::Response json_reply(int status, const scim::Json& body);
http::Response problem(int status, std::string_view title, std::string_view detail = {});
http::Response html_reply(int status, std::string body);
http::Response text_reply(int status, std::string body);
http::Response too_busy(int status, std::string_view title, int retry_after_seconds);

// The body as a JSON object; a reply to send when it is none.
std::variant<scim::Object, http::Response> json_body(const http::Request& request);

// The caller is a program on this machine and speaks for itself: over loopback or a unix socket, and no proxy has left
// its mark (Forwarded, X-Forwarded-*, X-Real-IP, Via).
bool is_from_this_machine(const http::Request& request);

// The credential of "Authorization: Bearer …" (RFC 6750); empty when absent or of another scheme.
std::string_view bearer(const http::Request& request);

}  // namespace rosterd::api
