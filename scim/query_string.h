// The request target's path and query as clients really write them: `//`, trailing `/`, `?` and `&`, `+` for a space,
// parameters nobody knows (`aadOptscim062020`).
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "scim/error.h"
#include "scim/habits.h"

namespace rosterd::scim {

class Parameters {
 public:
  // The value of the first parameter with that name (any case); "" when absent.
  std::string_view get(std::string_view name) const;
  bool has(std::string_view name) const;
  std::size_t size() const { return values_.size(); }
  void add(std::string name, std::string value) { values_.emplace_back(std::move(name), std::move(value)); }

 private:
  std::vector<std::pair<std::string, std::string>> values_;
};

// `text` is what follows the first '?'. invalidSyntax when a percent sign is not followed by two hex digits, or for
// what is no habit (plus-for-space, untidy-urls).
Result<Parameters> parse_parameters(std::string_view text, Notes& notes);

// The decoded segments. 404 for empty ones where they are no habit.
Result<std::vector<std::string>> parse_segments(std::string_view path, Notes& notes);
// A decoded segment as it stands in a URL.
std::string encode_segment(std::string_view segment);

}  // namespace rosterd::scim
