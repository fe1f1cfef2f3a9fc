// Row numbers as they are typed.
#pragma once

#include <charconv>
#include <optional>
#include <string_view>

#include "store/ids.h"

namespace rosterd::commands {

template <class Id>
std::optional<Id> parse_id(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number <= 0) return {};
  return Id{number};
}

}  // namespace rosterd::commands
