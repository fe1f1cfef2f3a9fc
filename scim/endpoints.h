// Every endpoint of the service in one table: method, path, which rights it needs, which function answers. The engine
// routes by it, and tests walk it, so an endpoint that is not in it does not exist.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "scim/call.h"
#include "scim/error.h"

namespace rosterd::scim {

// Discovery is for everybody (RFC 7643 section 5); what changes anything must leave an audit row. Bulk asks for the
// rights of each operation.
enum class Needs { nothing, self, reading, changing_users, changing_groups, of_each_operation };

struct Endpoint {
  std::string_view method;  // GET answers HEAD, too
  std::string_view path;    // below the base; "{}" is one segment
  Needs needs;
  Result<Response> (*answer)(const Call&, const std::string& captured);
  bool changes() const { return needs >= Needs::changing_users; }
  bool is_for_bulk() const { return changes() && needs != Needs::of_each_operation; }
};

std::span<const Endpoint> endpoints();

// Finds the row and runs it: 401 or 403 without the rights, 404, 405 with Allow, or 501 for what the RFC has and this
// caller has not. OPTIONS is answered for every path that has a row.
Result<Response> route(const Call& call, const std::vector<std::string>& segments);

}  // namespace rosterd::scim
