#include "scim/bulk.h"

#include "scim/bulk_run.h"
#include "scim/reply.h"

namespace rosterd::scim {
namespace {

constexpr std::size_t kRefusalsInLog = 20;

void append_result(std::string& out, const BulkOperation& operation, const BulkResult& result) {
  out += "{\"method\":";
  append_json(out, operation.method);
  const auto add = [&](std::string_view name, const std::string& value) {
    if (value.empty()) return;
    append_json(out += ',', name);
    append_json(out += ':', value);
  };
  add("bulkId", operation.bulk_id.value_or(""));
  add("version", result.version);
  add("location", result.location);
  add("status", std::to_string(result.status));
  if (result.error) out += ",\"response\":" + write_json(to_json(*result.error));
  out += '}';
}

std::string refusal(std::size_t number, const BulkOperation& operation, const Error& error) {
  return "operation " + std::to_string(number) + " " + operation.method + " " + std::to_string(error.status) + ": " +
         error.detail;
}

Response reply(const BulkRequest& request, const BulkRun& run) {
  Response response;
  response.headers.emplace_back("Content-Type", "application/scim+json");
  response.failure = run.failure();
  std::string& out = response.body;
  append_json(out += "{\"schemas\":[", kBulkResponseSchema);
  out += "],\"Operations\":[";
  bool first = true;
  for (std::size_t i = 0; i < request.operations.size(); ++i) {
    const BulkResult& result = run.results()[i];
    if (result.status == 0) continue;
    if (!std::exchange(first, false)) out += ',';
    append_result(out, request.operations[i], result);
    if (result.error && response.refusals.size() < kRefusalsInLog)
      response.refusals.push_back(refusal(i + 1, request.operations[i], *result.error));
  }
  out += "]}";
  return response;
}

}  // namespace

Result<Response> bulk(const Call& call, const std::string&) {
  const std::size_t most = call.context.limits.body.max_bytes;
  if (call.request.body.size() > most)
    return Error::plain(413, "the request is larger than maxPayloadSize (" + std::to_string(most) + " bytes)");
  Result<Json> body = read_body(call);
  if (!body) return body.error();
  const Result<BulkRequest> request = read_bulk(std::move(*body), {call.context.catalogue, call.context.base_url,
                                                                   call.context.limits.bulk_operations, call.notes});
  if (!request) return request.error();
  BulkRun run(call, *request);
  run.run();
  return reply(*request, run);
}

}  // namespace rosterd::scim
