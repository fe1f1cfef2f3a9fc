// Request and response of the protocol as plain values; the HTTP door translates.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "scim/habits.h"

namespace rosterd::scim {

struct Request {
  std::string method;
  std::string path;   // below the base, still percent-encoded: "/Users/2819c223"
  std::string query;  // what follows '?', still encoded
  std::string content_type;
  std::string accept = {};
  std::string if_match;
  std::string if_none_match;
  std::string if_modified_since = {};    // an HTTP date; any other text counts as absent (RFC 9110 section 13.1)
  std::string if_unmodified_since = {};  // likewise
  std::string body;
};

struct Response {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;  // Content-Type, ETag, Location, Allow, Retry-After
  std::string body;                                          // empty for 204 and 304
  std::vector<Note> notes = {};            // what the client did outside the standard, what was ignored; no values
  std::vector<std::string> refusals = {};  // a Bulk request's operations that were refused, the first ones; for the log
  std::string failure = {};                // the store's own words when it failed; for the log, never for the client
};

}  // namespace rosterd::scim
