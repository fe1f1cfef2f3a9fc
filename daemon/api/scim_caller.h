// Whose SCIM request it is and whether it may be asked: bearer token (RFC 6750), client certificate (RFC 8705 section
// 3), addresses and rate of its connection. Thread-safe.
#pragma once

#include <memory>
#include <variant>

#include "daemon/api/routes.h"
#include "scim/message.h"
#include "store/tokens.h"

namespace rosterd::api {

struct ScimCaller {
  store::Token token;
  store::SourceId source;  // whose facts: that of the connection's namespace
  store::Instant now;      // of the look-up
  std::shared_ptr<const config::Config> config;
  const config::ScimSource* options;  // in `config`
};

// The caller, or the answer to send; one to a known token is in the log of exchanges. Throws store::StoreError.
std::variant<ScimCaller, http::Response> scim_caller(const Context&, const http::Request&, const scim::Request& asked,
                                                     std::string_view secret);
// What the log of exchanges keeps of an answer; without notes.
ScimExchange scim_exchange(const store::Token&, store::Instant now, const scim::Request& asked, int status,
                           const std::string& body, const std::string& request_id);

http::Response scim_unauthorized(bool presented);
// An error in SCIM's own form (RFC 7644 section 3.12).
http::Response scim_problem(int status, std::string_view detail);

}  // namespace rosterd::api
