#include "daemon/api/handlers.h"
#include "daemon/api/reply.h"

namespace rosterd::api {

http::Response healthz(const Context&, const http::Request&, const Captured&) {
  return text_reply(200, "ok\n");
}

http::Response readyz(const Context& context, const http::Request&, const Captured&) {
  scim::Array reasons;
  bool ready = true;
  for (const auto& finding : context.readiness()) {
    ready = ready && finding.good;
    reasons.push_back(
        scim::make_object({{"subject", finding.subject}, {"good", finding.good}, {"text", finding.text}}));
  }
  return json_reply(ready ? 200 : 503, scim::make_object({{"ready", ready}, {"checks", std::move(reasons)}}));
}

http::Response metrics(const Context& context, const http::Request& request, const Captured&) {
  // Numbers about an organisation are nobody's business but the machine's own; a remote scraper uses a proxy it trusts.
  if (!is_from_this_machine(request) || !context.config()->metrics.enabled)
    return problem(404, "There is nothing here");
  return {200, {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"}}, context.metrics()};
}

}  // namespace rosterd::api
