// A JSON object's text cut into its members' texts, so that what is only passed on need not become values.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace rosterd::scim {

struct Slice {
  std::string_view name;   // without its quotes
  std::string_view value;  // JSON text
};

// Views into `text`. Nothing when it is no JSON object (the whole text is checked), is nested more than 64 deep, or has
// a name or value that is written less plainly than write_json() does (\u beyond control characters): parse_json() then
// is the judge.
std::optional<std::vector<Slice>> slice_object(std::string_view text);

}  // namespace rosterd::scim
