// In which order the operations of a Bulk request run: as they stand in it, but nothing before what creates what it
// refers to, and nothing before an earlier operation on the same resource. Creations that refer to each other in a
// circle (RFC 7644 section 3.7.1), or one to itself, are one step. Pure; linear in operations and references.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "scim/bulk_request.h"

namespace rosterd::scim {

struct BulkStep {
  std::vector<std::size_t> operations;  // in their order
  bool circle = false;
};

std::vector<BulkStep> plan_bulk(std::span<const BulkOperation> operations);

}  // namespace rosterd::scim
