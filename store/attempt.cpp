#include "store/attempt.h"

#include "store/savepoint.h"

namespace rosterd::store::detail {

void attempt(Unit& unit, const std::function<bool()>& work) {
  all_or_nothing(unit.db(), work);
}

}  // namespace rosterd::store::detail
