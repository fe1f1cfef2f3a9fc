#include "scim/bulk_run.h"

#include <algorithm>

#include "scim/endpoints.h"
#include "scim/reply.h"
#include "scim/text.h"

namespace rosterd::scim {
namespace {

// A circle is one step, which holds the writer until it is done: so many take about as long as a unit may.
constexpr std::size_t kMostInCircle = 100;

}  // namespace

BulkRun::BulkRun(const Call& call, const BulkRequest& request)
    : call_(call),
      request_(request),
      plan_(plan_bulk(request.operations)),
      results_(request.operations.size()),
      pace_(plan_.size(), plan_.size()) {
  for (std::size_t i = 0; i < request.operations.size(); ++i) {
    const BulkOperation& operation = request.operations[i];
    if (operation.method == "POST" && operation.bulk_id) creators_.emplace(*operation.bulk_id, i);
  }
}

void BulkRun::run() {
  Reached reached;
  std::size_t one_by_one = 0;  // before this step each has a unit of its own
  while (!is_over(reached)) {
    const std::size_t most = reached.next < one_by_one ? 1 : plan_.size();
    try {
      reached = call_.context.store.write(call_.context.actor,
                                          [&](store::Unit& unit) { return run_unit(unit, reached, most); });
    } catch (const store::StoreError& error) {
      const bool of_one = error.kind() == store::StoreError::Kind::internal;
      if (!of_one && reached.next == 0) throw;
      failure_ = error.what();
      if (of_one && tried_ > reached.next + 1) {
        one_by_one = tried_;
      } else {
        leave_to(to_error(error), reached);
        // The store is unwell, the others would fare no better.
        while (!of_one && !is_over(reached)) leave_to(to_error(error), reached);
      }
    }
  }
}

bool BulkRun::is_over(const Reached& reached) const {
  return reached.next == plan_.size() || (request_.most_errors > 0 && reached.errors >= request_.most_errors);
}

BulkRun::Reached BulkRun::run_unit(store::Unit& unit, Reached reached, std::size_t most) {
  // What an earlier run of this unit left was undone with it.
  for (std::size_t step = reached.next; step < tried_; ++step) {
    for (const std::size_t index : plan_[step].operations) results_[index] = {};
  }
  pace_.begin();
  for (std::size_t done = 0; done < most && !is_over(reached); ++done) {
    const BulkStep& step = plan_[reached.next];
    tried_ = ++reached.next;
    run_step(unit, step);
    for (const std::size_t index : step.operations) reached.errors += results_[index].error ? 1 : 0;
    if (pace_.over()) break;
  }
  return reached;
}

void BulkRun::run_step(store::Unit& unit, const BulkStep& step) {
  std::size_t turn = step.operations.front();
  if (!step.circle) {
    bool whole = true;
    const auto refused = refusal_of(turn);
    auto done = refused ? Result<BulkResult>(*refused) : perform(unit, turn, whole);
    return done ? void(results_[turn] = std::move(*done)) : refuse(turn, done.error());
  }
  if (step.operations.size() > kMostInCircle) {
    for (const std::size_t index : step.operations)
      refuse(index, Error{409, "invalidValue",
                          "more than " + std::to_string(kMostInCircle) + " creations refer to each other in a circle"});
    return;
  }
  const Check done = store::attempt(unit, [&](store::Unit& part) { return create_circle(part, step, turn); });
  if (done) return;
  for (const std::size_t index : step.operations) {
    refuse(index, index == turn ? done.error()
                                : Error{409, "invalidValue",
                                        "not created, because operation " + std::to_string(turn + 1) +
                                            " of the same circle of references was refused: " + done.error().detail});
  }
}

Check BulkRun::create_circle(store::Unit& unit, const BulkStep& step, std::size_t& turn) {
  std::vector<std::size_t> incomplete;
  for (const std::size_t index : step.operations) {
    turn = index;
    if (auto refused = refusal_of(index)) return *refused;
    bool whole = true;
    auto made = perform(unit, index, whole);
    if (!made) return made.error();
    results_[index] = std::move(*made);
    if (!whole) incomplete.push_back(index);
  }
  for (const std::size_t index : incomplete) {
    turn = index;
    if (Check done = complete(unit, index); !done) return done;
  }
  return Done{};
}

// Everybody is there: the same data again, now with all its references.
Check BulkRun::complete(store::Unit& unit, std::size_t index) {
  const BulkOperation& operation = request_.operations[index];
  Json data = operation.data;
  replace_references(data, BulkData::resource, call_.context.catalogue, operation.type,
                     [&](std::string_view name) { return id_of(name); });
  Request request;
  request.method = "PUT";
  request.if_match = results_[index].version;
  auto done = send(unit, request, {operation.segments.front(), results_[index].id}, data);
  if (!done) return done.error();
  results_[index].version = std::move(done->version);
  return Done{};
}

Result<BulkResult> BulkRun::perform(store::Unit& unit, std::size_t index, bool& whole) const {
  const BulkOperation& operation = request_.operations[index];
  Request request;
  request.method = operation.method;
  request.if_match = operation.version;
  if (!operation.refers) return send(unit, request, operation.segments, operation.data);
  Json data = operation.data;
  replace_references(data, kind_of(operation), call_.context.catalogue, operation.type,
                     [&](std::string_view name) -> std::optional<std::string> {
                       auto id = id_of(name);
                       whole = whole && id;
                       return id;
                     });
  std::vector<std::string> segments = operation.segments;
  for (std::string& segment : segments) {
    if (const auto name = bulk_reference(segment)) segment = id_of(*name).value_or(segment);
  }
  return send(unit, request, segments, data);
}

Result<BulkResult> BulkRun::send(store::Unit& unit, const Request& request, const std::vector<std::string>& segments,
                                 const Json& data) const {
  const Call part{request, call_.context, {}, {}, call_.notes, &unit, &data};
  const Result<Response> answer = route(part, segments);
  if (!answer) return answer.error();
  BulkResult result;
  result.status = answer->status;
  for (const auto& [name, value] : answer->headers) {
    if (name == "ETag") result.version = value;
    if (name == "Location") result.location = value;
  }
  if (request.method == "POST") result.id = result.location.substr(result.location.rfind('/') + 1);
  if (result.location.empty()) result.location = location_of(segments);
  return result;
}

// The answer of the next step.
void BulkRun::leave_to(const Error& error, Reached& reached) {
  for (const std::size_t index : plan_[reached.next++].operations) {
    refuse(index, error);
    ++reached.errors;
  }
}

void BulkRun::refuse(std::size_t index, const Error& error) {
  const BulkOperation& operation = request_.operations[index];
  results_[index] = {error.status, "", operation.method == "POST" ? "" : location_of(operation.segments), "", error};
}

std::optional<Error> BulkRun::refusal_of(std::size_t index) const {
  const BulkOperation& operation = request_.operations[index];
  if (operation.refused) return operation.refused;
  for (const std::size_t needed : operation.needs) {
    if (results_[needed].error)
      return Error{409, "invalidValue",
                   "bulkId:" + excerpt(*request_.operations[needed].bulk_id) + " was not created, operation " +
                       std::to_string(needed + 1) + " was refused"};
  }
  return std::nullopt;
}

std::optional<std::string> BulkRun::id_of(std::string_view bulk_id) const {
  const auto creator = creators_.find(bulk_id);
  if (creator == creators_.end() || results_[creator->second].id.empty()) return std::nullopt;
  return results_[creator->second].id;
}

std::string BulkRun::location_of(const std::vector<std::string>& segments) const {
  std::string location = segments.empty() ? "" : call_.context.base_url;
  for (const std::string& segment : segments) location += "/" + encode_segment(segment);
  return location;
}

}  // namespace rosterd::scim
