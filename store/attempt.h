// A part of a unit that is done or leaves nothing behind, while the unit goes on: for work that carries out many
// changes in one unit and answers each of them.
#pragma once

#include <functional>
#include <optional>
#include <type_traits>

#include "store/store.h"

namespace rosterd::store {

namespace detail {
void attempt(Unit& unit, const std::function<bool()>& work);  // false: undo
}

// Returns work(unit); a result that is a refusal, or an exception, undoes what `work` wrote. Nests.
template <class Work>
auto attempt(Unit& unit, Work&& work) -> std::invoke_result_t<Work, Unit&> {
  std::optional<std::invoke_result_t<Work, Unit&>> result;
  detail::attempt(unit, [&] {
    result.emplace(work(unit));
    return static_cast<bool>(*result);
  });
  return std::move(*result);
}

}  // namespace rosterd::store
