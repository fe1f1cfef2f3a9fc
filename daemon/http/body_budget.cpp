#include "daemon/http/body_budget.h"

namespace rosterd::http {

BodyBudget::Room BodyBudget::Share::grow_to(std::size_t size) {
  if (size <= size_) return Room::enough;
  const Room room = budget_->take(key_, size - size_);
  if (room == Room::enough) size_ = size;
  return room;
}

std::size_t BodyBudget::used() const {
  const std::lock_guard lock(mutex_);
  return used_;
}

BodyBudget::Room BodyBudget::take(const std::string& key, std::size_t more) {
  const std::lock_guard lock(mutex_);
  const auto held = addresses_.find(key);
  if ((held == addresses_.end() ? 0 : held->second) + more > per_address_) return Room::none_for_address;
  if (used_ + more > all_) return Room::none;
  if (more > 0) addresses_[key] += more;
  used_ += more;
  return Room::enough;
}

void BodyBudget::give_back(const std::string& key, std::size_t size) {
  if (size == 0) return;
  const std::lock_guard lock(mutex_);
  used_ -= size;
  const auto held = addresses_.find(key);
  if (held != addresses_.end() && (held->second -= size) == 0) addresses_.erase(held);
}

}  // namespace rosterd::http
