// Shared by the tests of scim/.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "scim/catalogue.h"
#include "scim/json.h"

namespace rosterd::scim {

inline Json json(std::string_view text) {
  auto parsed = parse_json(text);
  if (Json* value = std::get_if<Json>(&parsed)) return std::move(*value);
  ADD_FAILURE() << "the test's own JSON is broken: " << text;
  return {};
}

inline const Catalogue& catalogue() {
  return Catalogue::standard();
}

inline std::string repeat(std::string_view text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

// Lets gtest print values.
inline void PrintTo(const Json& value, std::ostream* out) {
  *out << write_json(value);
}

}  // namespace rosterd::scim
