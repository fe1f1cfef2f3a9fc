#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "daemon/http/message.h"

// From a Response to bytes (RFC 9112 section 4, RFC 9110 section 6.6.1).
namespace rosterd::http {

std::string_view reason_phrase(int status);

// "Sun, 06 Nov 1994 08:49:37 GMT"
std::string http_date(std::chrono::system_clock::time_point time);

// 128 random bits as 32 hexadecimal digits.
std::string new_request_id();

// False for a status outside 200..599 or a field that could split the response.
bool is_sendable(const Response& response);

// A short text/plain answer that the door itself gives.
Response plain_response(int status, std::string_view detail, std::string_view request_id);

// 1xx, 204 and 304 have no body and no Content-Length.
bool has_content(int status);

// With room for `more` bytes that the caller appends.
std::string response_head(const Response& response, std::string_view request_id, bool close,
                          std::chrono::system_clock::time_point now, std::size_t more = 0);

}  // namespace rosterd::http
