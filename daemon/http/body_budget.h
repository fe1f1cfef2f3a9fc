#pragma once

#include <atomic>
#include <cstddef>
#include <utility>

namespace rosterd::http {

// How many bytes of request bodies may be in memory at once, in all connections and queued requests together.
// Safe from any thread; must outlive its shares.
class BodyBudget {
 public:
  explicit BodyBudget(std::size_t limit) : limit_(limit) {}

  // One request's part, given back by the destructor.
  class Share {
   public:
    explicit Share(BodyBudget& budget) : budget_(&budget) {}
    Share(Share&& other) noexcept : budget_(other.budget_), size_(std::exchange(other.size_, 0)) {}
    Share& operator=(Share&&) = delete;
    ~Share() { budget_->used_.fetch_sub(size_, std::memory_order_relaxed); }

    // The body has grown to `size`. False when that is more than all together may hold.
    bool grow_to(std::size_t size) {
      if (size <= size_) return true;
      const std::size_t more = size - std::exchange(size_, size);
      return budget_->used_.fetch_add(more, std::memory_order_relaxed) + more <= budget_->limit_;
    }

   private:
    BodyBudget* budget_;
    std::size_t size_ = 0;
  };

  std::size_t used() const { return used_.load(std::memory_order_relaxed); }

 private:
  const std::size_t limit_;
  std::atomic<std::size_t> used_{0};
};

}  // namespace rosterd::http
