// Which attributes a response carries: `attributes`, `excludedAttributes` (RFC 7644 section 3.9) and each attribute's
// `returned` (RFC 7643 section 7). What is `never` returned leaves by no parameter.
#pragma once

#include <string_view>
#include <vector>

#include "scim/catalogue.h"
#include "scim/json.h"
#include "scim/schema.h"

namespace rosterd::scim {

struct Selection {
  std::vector<AttributePath> attributes;  // only these, when not empty
  std::vector<AttributePath> excluded;

  bool empty() const { return attributes.empty() && excluded.empty(); }
  // Whether an attribute of the core schema can be in the response at all: what is not wanted need not be read.
  bool wants(std::string_view attribute, bool on_request = false) const;
};

// From the comma-separated parameters; names that are no attribute paths select nothing.
Selection parse_selection(const Catalogue& catalogue, std::string_view attributes, std::string_view excluded);

Json project(Json resource, const ResourceType& type, const Selection& selection);

}  // namespace rosterd::scim
