// Attribute paths: `name.familyName`, `urn:…:2.0:User:department`, and PATCH's `emails[type eq "work"].value`
// (RFC 7644 sections 3.10 and 3.5.2). The URN is the longest known schema; names and URNs ignore case.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "scim/catalogue.h"
#include "scim/error.h"
#include "scim/filter.h"
#include "scim/schema.h"

namespace rosterd::scim {

// Nothing when the text is no attribute path. The URN of a core schema is dropped, that of an extension canonical;
// an unknown URN is kept, so that the caller can refuse it by name.
std::optional<AttributePath> parse_attribute_path(const Catalogue& catalogue, std::string_view text);

struct PatchPath {
  AttributePath attribute;              // sub is set for `name.familyName` and for `emails[…].value`
  std::shared_ptr<const Filter> where;  // null without a value filter
};

// What may stand for a text in a filter: a quoted string only, or any word.
enum class FilterValues { quoted, any_word };

Result<PatchPath> parse_patch_path(const Catalogue& catalogue, std::string_view text,
                                   FilterValues values = FilterValues::any_word);
std::string to_string(const PatchPath& path);

}  // namespace rosterd::scim
