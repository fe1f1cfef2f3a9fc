// Filters (RFC 7644 section 3.4.2.2) as a tree. The parser is bounded, so a hostile filter costs microseconds and is
// answered with invalidFilter. Precedence: grouping and not, then and, then or. `emails[type eq "work"].value eq "x"`
// is read as `emails[type eq "work" and value eq "x"]`, which is what it means.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "scim/catalogue.h"
#include "scim/error.h"
#include "scim/json.h"
#include "scim/schema.h"

namespace rosterd::scim {

enum class Compare { eq, ne, co, sw, ew, gt, ge, lt, le };

struct Filter;

struct And {
  std::vector<Filter> terms;  // at least two
};
struct Or {
  std::vector<Filter> terms;  // at least two
};
struct Not {
  std::shared_ptr<const Filter> term;
};
struct Comparison {
  AttributePath path;
  Compare op = Compare::eq;
  Json value;  // a JSON literal: string, number, boolean or null
};
struct Present {
  AttributePath path;
};
// Some element of `path` satisfies `where`, whose paths are sub-attributes (in `name`).
struct ElementMatch {
  AttributePath path;
  std::shared_ptr<const Filter> where;
};

struct Filter {
  std::variant<And, Or, Not, Comparison, Present, ElementMatch> node;
};

struct FilterLimits {
  std::size_t max_bytes = 32 * 1024;
  std::size_t max_depth = 64;   // of parentheses, brackets and not
  std::size_t max_terms = 500;  // comparisons
  bool lenient = true;          // take an unquoted word as a text: `externalId eq jyoung`
};

Result<Filter> parse_filter(const Catalogue& catalogue, std::string_view text, const FilterLimits& limits = {});

// The same filter in canonical text; parsing it again gives the same tree.
std::string to_string(const Filter& filter);
std::string_view to_string(Compare op);

}  // namespace rosterd::scim
