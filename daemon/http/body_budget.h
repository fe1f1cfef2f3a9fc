#pragma once

#include <cstddef>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>

namespace rosterd::http {

// How many bytes of request bodies may be in memory at once, in all connections and queued requests together, and how
// many of them one address may hold. Safe from any thread; must outlive its shares.
class BodyBudget {
 public:
  BodyBudget(std::size_t all, std::size_t per_address) : all_(all), per_address_(per_address) {}

  enum class Room { enough, none, none_for_address };

  // One request's part, given back by the destructor.
  class Share {
   public:
    // `key` as Admission counts addresses.
    Share(BodyBudget& budget, std::string key) : budget_(&budget), key_(std::move(key)) {}
    Share(Share&& other) noexcept
        : budget_(other.budget_), key_(std::move(other.key_)), size_(std::exchange(other.size_, 0)) {}
    Share& operator=(Share&&) = delete;
    ~Share() { budget_->give_back(key_, size_); }

    // The body has grown to `size`. Without room for it the share stays as it was.
    Room grow_to(std::size_t size);

   private:
    BodyBudget* budget_;
    std::string key_;
    std::size_t size_ = 0;
  };

  std::size_t used() const;

 private:
  Room take(const std::string& key, std::size_t more);
  void give_back(const std::string& key, std::size_t size);

  const std::size_t all_;
  const std::size_t per_address_;
  mutable std::mutex mutex_;
  std::size_t used_ = 0;
  std::unordered_map<std::string, std::size_t> addresses_;  // only those that hold something
};

}  // namespace rosterd::http
