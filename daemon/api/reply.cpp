#include "daemon/api/reply.h"

namespace rosterd::api {

http::Response json_reply(int status, const scim::Json& body) {
  return {status, {{"Content-Type", "application/json"}}, scim::write_json(body)};
}

http::Response problem(int status, std::string_view title, std::string_view detail) {
  scim::Object body = scim::make_object({{"type", "about:blank"}, {"title", title}, {"status", status}});
  if (!detail.empty()) body.set("detail", detail);
  return {status, {{"Content-Type", "application/problem+json"}}, scim::write_json(std::move(body))};
}

http::Response html_reply(int status, std::string body) {
  return {status, {{"Content-Type", "text/html; charset=utf-8"}}, std::move(body)};
}

http::Response text_reply(int status, std::string body) {
  return {status, {{"Content-Type", "text/plain; charset=utf-8"}}, std::move(body)};
}

http::Response too_busy(int status, std::string_view title, int retry_after_seconds) {
  auto response = problem(status, title);
  response.headers.push_back({"Retry-After", std::to_string(retry_after_seconds)});
  return response;
}

std::variant<scim::Object, http::Response> json_body(const http::Request& request) {
  auto parsed = scim::parse_json(request.body, {64 * 1024, 16});
  if (const auto* failure = std::get_if<scim::JsonFailure>(&parsed)) {
    return problem(400, "The body is not JSON", failure->message);
  }
  auto* object = std::get<scim::Json>(parsed).object();
  if (!object) return problem(400, "The body must be a JSON object");
  return std::move(*object);
}

bool is_from_this_machine(const http::Request& request) {
  const auto& peer = request.peer;
  const bool near =
      peer.local_socket || peer.address == "127.0.0.1" || peer.address == "::1" || peer.address == "::ffff:127.0.0.1";
  for (const auto* mark :
       {"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Via"}) {
    if (request.header(mark)) return false;
  }
  return near;
}

std::string_view bearer(const http::Request& request) {
  const auto header = request.header("Authorization");
  if (!header || header->size() < 8 || !http::iequals(header->substr(0, 7), "Bearer ")) return {};
  auto credential = header->substr(7);
  while (!credential.empty() && credential.front() == ' ') credential.remove_prefix(1);
  while (!credential.empty() && credential.back() == ' ') credential.remove_suffix(1);
  return credential;
}

}  // namespace rosterd::api
