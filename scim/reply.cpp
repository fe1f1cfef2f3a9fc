#include "scim/reply.h"

#include "scim/datetime.h"
#include "scim/text.h"
#include "store/brake.h"

namespace rosterd::scim {
namespace {

// Seconds; a person decides meanwhile, and a client that waits for nothing else should not wait for long.
constexpr const char* kRetryHeld = "300";

std::string_view opaque(std::string_view tag) {
  if (istarts_with(tag, "W/")) tag.remove_prefix(2);
  return tag;
}

// Weak comparison: a PATCH through another replica of the same version is the same.
bool names(std::string_view list, std::string_view tag) {
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    const std::string_view one = trim(list.substr(0, comma));
    if (one == "*" || opaque(one) == opaque(tag)) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

std::string location_of(const Call& call, const ResourceType& type, std::string_view id) {
  return (call.context.base_url + type.endpoint + "/").append(id);
}

}  // namespace

std::string entity_tag(std::int64_t version) {
  return "W/\"" + std::to_string(version) + "\"";
}

Check check_preconditions(const Call& call, std::int64_t version, store::Instant modified) {
  const Request& request = call.request;
  const std::string tag = entity_tag(version);
  const auto since = parse_http_date(request.if_unmodified_since);
  const bool names_a_version = !request.if_match.empty() && trim(request.if_match) != "*";
  if (call.context.connection.require_version && !names_a_version)
    return Error::plain(428, "this connection changes nothing without a version in If-Match; it is now " + tag);
  if (!request.if_match.empty() && !names(request.if_match, tag)) {
    return Error::plain(412, "the resource has changed; its version is now " + tag);
  }
  // A date has no fraction: what was changed within its second passes. If-Match is exact.
  if (request.if_match.empty() && since && modified >= *since + std::chrono::seconds{1})
    return Error::plain(412, "the resource has been modified since; its version is now " + tag);
  if (!request.if_none_match.empty() && names(request.if_none_match, tag)) {
    return Error::plain(412, "the resource has this version");
  }
  return Done{};
}

bool is_not_modified(const Request& request, std::int64_t version, store::Instant modified) {
  if (!request.if_none_match.empty()) return names(request.if_none_match, entity_tag(version));
  const auto since = parse_http_date(request.if_modified_since);
  return since && modified <= *since;
}

Response reply_json(int status, const Json& body) {
  Response response;
  response.status = status;
  response.headers.emplace_back("Content-Type", "application/scim+json");
  response.body = write_json(body);
  return response;
}

Response reply_error(const Error& error) {
  Response response = reply_json(error.status, to_json(error));
  if (error.held) response.headers.emplace_back("Retry-After", kRetryHeld);
  return response;
}

Response reply_empty(int status) {
  Response response;
  response.status = status;
  return response;
}

Response reply_resource(const Call& call, int status, Json resource, const ResourceType& type) {
  const Json* meta = resource.find("meta");
  std::string tag(meta->find("version")->string_or(""));
  std::string location(meta->find("location")->string_or(""));
  Response response = reply_json(status, project(std::move(resource), type, call.selection));
  response.headers.emplace_back("ETag", std::move(tag));
  response.headers.emplace_back("Location", location);
  response.headers.emplace_back("Content-Location", std::move(location));  // RFC 7643 section 3.1
  return response;
}

Response reply_text(const Call& call, int status, std::string body, const ResourceType& type, std::string_view id,
                    std::int64_t version) {
  Response response = reply_bare(call, status, type, id, version);
  response.headers.emplace(response.headers.begin(), "Content-Type", "application/scim+json");
  response.body = std::move(body);
  return response;
}

Response reply_bare(const Call& call, int status, const ResourceType& type, std::string_view id, std::int64_t version) {
  Response response = reply_empty(status);
  response.headers.emplace_back("ETag", entity_tag(version));
  std::string location = location_of(call, type, id);
  response.headers.emplace_back("Location", location);
  response.headers.emplace_back("Content-Location", std::move(location));  // RFC 7643 section 3.1
  return response;
}

Error to_error(const store::Refused& refused) {
  switch (refused.kind) {
    case store::Refusal::not_found:
      return Error::plain(404, refused.message);
    case store::Refusal::uniqueness:  // without the value: details are logged
      return Error::uniqueness(refused.field.empty() ? refused.message : "the value of " + refused.field + " is taken");
    case store::Refusal::version_mismatch:
      return Error::plain(412, refused.message);
    case store::Refusal::invalid:
      return Error::invalid_value(refused.message);
    // Who is privileged is no business of a provisioning client.
    case store::Refusal::privileged:
      return Error::uniqueness("the account belongs to somebody else");
    case store::Refusal::last_admin:
      return Error::plain(403, refused.message);
    case store::Refusal::expired:
    case store::Refusal::discarded:
      return Error::plain(403, refused.message);
    case store::Refusal::held: {
      Error error = Error::plain(429, refused.message);
      error.held = refused.held;
      return error;
    }
  }
  return Error::plain(500, "");
}

Error to_error(const store::StoreError& error) {
  using Kind = store::StoreError::Kind;
  switch (error.kind()) {
    case Kind::full:
      return Error::plain(507, "the server's disk is full; nothing was changed");
    case Kind::busy:
    case Kind::stopped:
    case Kind::io:
      return Error::plain(503, "the server cannot take this now; nothing was changed");
    default:
      return Error::plain(500, "the server failed; its log tells why, below this answer's X-Request-Id");
  }
}

Error answer_held(const Call& call, const Error& error) {
  const store::HoldId hold = call.unit != nullptr
                                 ? store::hold_removals(*call.unit, *error.held)
                                 : store::hold_removals(call.context.store, call.context.actor, *error.held);
  Error answer = error;
  answer.status = call.context.connection.held_status;
  if (hold) {
    const std::string number = std::to_string(hold.value);
    answer.detail += "; hold " + number + " waits for `rosterd holds release " + number + "`, nothing was changed";
  }
  return answer;
}

Json make_meta(const Call& call, const ResourceType& type, std::string_view id, std::int64_t version,
               store::Instant created, store::Instant modified) {
  Object meta;
  meta.set("resourceType", type.name);
  meta.set("created", format_date_time(created));
  meta.set("lastModified", format_date_time(modified));
  meta.set("location", location_of(call, type, id));
  meta.set("version", entity_tag(version));
  return meta;
}

void append_meta(std::string& out, const Call& call, const ResourceType& type, std::string_view id,
                 std::int64_t version, store::Instant created, store::Instant modified) {
  append_json(out += "{\"resourceType\":", type.name);
  append_json(out += ",\"created\":", format_date_time(created));
  append_json(out += ",\"lastModified\":", format_date_time(modified));
  append_json(out += ",\"location\":", location_of(call, type, id));
  append_json(out += ",\"version\":", entity_tag(version));
  out += '}';
}

}  // namespace rosterd::scim
