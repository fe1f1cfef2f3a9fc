#include "store/pace.h"

#include <algorithm>

namespace rosterd::store {

void Pace::begin() {
  began_ = now_();
}

void Pace::end(std::size_t done) {
  if (done == 0) return;
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(now_() - began_).count();
  const auto budget = std::chrono::microseconds(kBudget).count();
  const auto fitting =
      static_cast<std::size_t>(static_cast<std::int64_t>(done) * budget / std::max<std::int64_t>(took, 1));
  // Shrinks at once, grows by doubling: one quick step says little about the next.
  next_ = std::clamp<std::size_t>(std::min(fitting, next_ * 2), 1, most_);
}

}  // namespace rosterd::store
