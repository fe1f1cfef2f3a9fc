// Building responses, entity tags and preconditions (RFC 7644 section 3.14, RFC 9110 section 13). Private to scim/.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "scim/call.h"
#include "scim/schema.h"
#include "store/outcome.h"

namespace rosterd::scim {

std::string entity_tag(std::int64_t version);

// If-Match, If-Unmodified-Since and If-None-Match of a request that changes the resource: 412; 428 when the connection
// demands a version and If-Match names none.
Check check_preconditions(const Call& call, std::int64_t version, store::Instant modified);
// Whether a GET is answered with 304.
bool is_not_modified(const Request& request, std::int64_t version, store::Instant modified);

Response reply_json(int status, const Json& body);
Response reply_error(const Error& error);  // with Retry-After for what is held
Response reply_empty(int status);
// `resource` complete with id and meta; what leaves is its projection.
Response reply_resource(const Call& call, int status, Json resource, const ResourceType& type);
// `body` is the finished JSON text of that resource.
Response reply_text(const Call& call, int status, std::string body, const ResourceType& type, std::string_view id,
                    std::int64_t version);

// What a Bulk request needs of an answer about a resource.
Response reply_bare(const Call& call, int status, const ResourceType& type, std::string_view id, std::int64_t version);

// Refusals of the store in SCIM's words.
Error to_error(const store::Refused& refused);
// 507, 503 or 500. The texts of the store's errors are for the log, not for a client.
Error to_error(const store::StoreError& error);

// meta of a resource.
Json make_meta(const Call& call, const ResourceType& type, std::string_view id, std::int64_t version,
               store::Instant created, store::Instant modified);
// The same as JSON text.
void append_meta(std::string& out, const Call& call, const ResourceType& type, std::string_view id,
                 std::int64_t version, store::Instant created, store::Instant modified);

}  // namespace rosterd::scim
