// Whose SCIM request it is and whether it may be asked: bearer token (RFC 6750), client certificate (RFC 8705 section
// 3), addresses and rate of its connection. Thread-safe.
#pragma once

#include <memory>
#include <variant>

#include "daemon/api/routes.h"
#include "store/tokens.h"

namespace rosterd::api {

struct ScimCaller {
  store::Token token;
  store::Instant now;  // of the look-up
  std::shared_ptr<const config::Config> config;
  const config::ScimSource* options;  // in `config`
};

// The caller, or the answer to send. Throws store::StoreError.
std::variant<ScimCaller, http::Response> scim_caller(const Context&, const http::Request&, std::string_view secret);

http::Response scim_unauthorized(bool presented);
// An error in SCIM's own form (RFC 7644 section 3.12).
http::Response scim_problem(int status, std::string_view detail);

}  // namespace rosterd::api
