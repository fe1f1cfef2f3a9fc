// One request on its way through the engine. Private to scim/.
#pragma once

#include <string>

#include "scim/engine.h"
#include "scim/projection.h"
#include "scim/query_string.h"

namespace rosterd::scim {

struct Call {
  const Request& request;
  const Context& context;
  Parameters parameters;
  Selection selection;
  Notes& notes;

  store::SourceId source() const { return context.connection.source; }
};

// The body as JSON: 415, 413 or invalidSyntax when it cannot be.
Result<Json> read_body(const Call& call);

}  // namespace rosterd::scim
