// Small facts of the store itself, by name (table facts). Inside store/ only.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "store/store.h"

namespace rosterd::store {

std::optional<std::string> fact(const View&, std::string_view name);
void set_fact(Unit&, std::string_view name, std::string_view value);
bool forget_fact(Unit&, std::string_view name);  // false: it was not there

}  // namespace rosterd::store
