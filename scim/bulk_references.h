// "bulkId:NAME" in place of the id of what another operation of the same Bulk request creates (RFC 7644 section 3.7.2).
// It is looked for where a value may name a resource: in a complex attribute as its `value` or `$ref` or in place of
// both, in attributes of type reference, and in the value filters of PATCH paths. Other texts are left alone. Pure.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "scim/catalogue.h"
#include "scim/json.h"

namespace rosterd::scim {

// The NAME of a text that is "bulkId:NAME".
std::optional<std::string_view> bulk_reference(std::string_view text);

// What takes the place of "bulkId:NAME", an id; nothing: the element or attribute that it stands in is left out.
using ResolveReference = std::function<std::optional<std::string>(std::string_view name)>;

enum class BulkData { resource, patch };

// `type` is null where none is known: then every attribute may name a resource.
void replace_references(Json& data, BulkData kind, const Catalogue& catalogue, const ResourceType* type,
                        const ResolveReference& resolve);

}  // namespace rosterd::scim
