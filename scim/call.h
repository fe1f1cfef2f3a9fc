// One request on its way through the engine. Private to scim/.
#pragma once

#include <string>
#include <type_traits>
#include <utility>

#include "scim/engine.h"
#include "scim/projection.h"
#include "scim/query_string.h"
#include "store/attempt.h"

namespace rosterd::scim {

struct Call {
  const Request& request;
  const Context& context;
  Parameters parameters;
  Selection selection;
  Notes& notes;
  // An operation of a Bulk request: the unit it is part of, and its data (null: none). Only status, ETag and Location
  // of its answer are looked at when it succeeds, so nothing need be rendered.
  store::Unit* unit = nullptr;
  const Json* data = nullptr;

  store::SourceId source() const { return context.connection.source; }
};

// The body as JSON: 415, 413 or invalidSyntax when it cannot be.
Result<Json> read_body(const Call& call);

// The answer to what the store's brake has stopped, which it notes in the connection's hold. In Bulk at most 1,000
// members of one operation: the others follow when it is tried again after their release.
Error answer_held(const Call& call, const Error& error);

// Every change of an endpoint, so that none knows whether it stands alone or is a part of a Bulk request. `work(Unit&)`
// returns a Result; a refusal leaves nothing behind. It may run more than once, so it has no effects of its own but
// notes. Alone: a unit of the store, durable when this returns. In Bulk: a part of the unit that runs.
template <class Work>
auto change(const Call& call, Work&& work) -> std::invoke_result_t<Work, store::Unit&> {
  auto result = call.unit != nullptr ? store::attempt(*call.unit, std::forward<Work>(work))
                                     : call.context.store.write(call.context.actor, std::forward<Work>(work));
  if (!result && result.error().held) return answer_held(call, result.error());
  return result;
}

// Every reading of an endpoint, `work(const View&)`: a snapshot, or in Bulk the unit that runs.
template <class Work>
auto look(const Call& call, Work&& work) -> std::invoke_result_t<Work, const store::View&> {
  if (call.unit != nullptr) return work(std::as_const(*call.unit));
  return call.context.store.read(std::forward<Work>(work));
}

}  // namespace rosterd::scim
