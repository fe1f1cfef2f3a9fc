// The envelope of a Bulk request (RFC 7644 section 3.7) as values. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scim/bulk_references.h"
#include "scim/error.h"
#include "scim/intake.h"
#include "scim/json.h"

namespace rosterd::scim {

inline constexpr std::string_view kBulkRequestSchema = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
inline constexpr std::string_view kBulkResponseSchema = "urn:ietf:params:scim:api:messages:2.0:BulkResponse";

struct BulkOperation {
  std::string method;  // POST, PUT, PATCH or DELETE, unless refused
  std::optional<std::string> bulk_id;
  std::vector<std::string> segments;   // of the path, decoded; "bulkId:x" may stand for an id
  std::string version;                 // "" when none was named
  Json data;                           // null for DELETE
  const ResourceType* type = nullptr;  // that the path names
  bool refers = false;                 // to what another operation, or this one, creates
  std::vector<std::size_t> needs;      // the operations that create it, each once
  std::optional<Error> refused;        // before anything is tried
};

struct BulkRequest {
  std::size_t most_errors = 0;  // failOnErrors; 0: no limit
  std::vector<BulkOperation> operations;
};

struct BulkReading {
  const Catalogue& catalogue;
  std::string_view base_url;
  std::size_t most_operations;
  Notes& notes;
};

// Refuses as a whole what no answer could be told apart in: no list of operations, an operation that is no object, a
// bulkId twice (invalidSyntax), and too many (413). Everything else is the matter of one operation.
Result<BulkRequest> read_bulk(Json body, const BulkReading& reading);

BulkData kind_of(const BulkOperation& operation);

}  // namespace rosterd::scim
