// What a PATCH comes to, said as simply as possible: a second opinion, made from RFC 7644 section 3.5.2 and the lenient
// choices that scim/README.md lists, without the engine's parser, schema or filter. Steps are built, never parsed.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "scim/json.h"

namespace rosterd::model {

using scim::Array;
using scim::Json;
using scim::Object;

inline const std::string kEnterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

// `schema:attribute[where].sub`
struct Place {
  std::string attribute;
  std::string sub = {};
  std::vector<std::pair<std::string, Json>> where = {};  // sub-attribute eq value, all of them
  std::string schema = {};                               // the enterprise extension's URN, or none
};

std::string to_text(const Place& place);

struct Step {
  enum class Kind { add, replace, remove };
  Kind kind = Kind::add;
  std::vector<std::pair<Place, Json>> changes;  // one with a path; without, one for each key of the value
  bool with_path = true;
};

Json to_json(const Step& step);

struct Problem {
  int status;
  std::string scim_type;
};

// Changes `document` (with userName, externalId, active; extensions under their URN), or says what is wrong with it.
std::optional<Problem> apply(Object& document, const Step& step);

// The elements of a multi-valued attribute, each value for one purpose once (RFC 7643 section 2.4): what a later one
// says of it holds.
Array stand_once(const Json& value);
// How many elements say that they are the primary one.
std::size_t primaries(const Json& elements);
// Without regard to case; the values of these tests are ASCII.
bool same_text(std::string_view one, std::string_view other);

}  // namespace rosterd::model
