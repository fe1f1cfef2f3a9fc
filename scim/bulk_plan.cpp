#include "scim/bulk_plan.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <queue>
#include <string>
#include <unordered_map>
#include <utility>

#include "scim/text.h"

namespace rosterd::scim {
namespace {

constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

// Tarjan's strongly connected components, without recursion: a request may be one chain of all its operations.
class Circles {
 public:
  explicit Circles(std::span<const BulkOperation> operations)
      : operations_(operations), found_(operations.size(), kNone), low_(operations.size()), of_(operations.size()) {
    for (std::size_t i = 0; i < operations.size(); ++i) {
      if (found_[i] == kNone) search(i);
    }
  }
  std::size_t count() const { return count_; }
  std::size_t of(std::size_t operation) const { return of_[operation]; }

 private:
  void enter(std::size_t operation) {
    found_[operation] = low_[operation] = clock_++;
    open_.push_back(operation);
    of_[operation] = kNone;
    path_.emplace_back(operation, 0);
  }

  void search(std::size_t start) {
    enter(start);
    while (!path_.empty()) {
      auto& [operation, edge] = path_.back();
      const std::vector<std::size_t>& needs = operations_[operation].needs;
      if (edge < needs.size()) {
        const std::size_t next = needs[edge++];
        if (found_[next] == kNone)
          enter(next);
        else if (of_[next] == kNone)
          low_[operation] = std::min(low_[operation], found_[next]);
        continue;
      }
      leave(operation);
    }
  }

  void leave(const std::size_t operation) {
    path_.pop_back();
    if (!path_.empty()) low_[path_.back().first] = std::min(low_[path_.back().first], low_[operation]);
    if (low_[operation] != found_[operation]) return;
    std::size_t member = kNone;
    do {
      member = open_.back();
      open_.pop_back();
      of_[member] = count_;
    } while (member != operation);
    ++count_;
  }

  std::span<const BulkOperation> operations_;
  std::vector<std::size_t> found_, low_, of_;
  std::vector<std::size_t> open_;
  std::vector<std::pair<std::size_t, std::size_t>> path_;  // operation and its next reference
  std::size_t clock_ = 0;
  std::size_t count_ = 0;
};

// Whether operations change the same resource is told by their paths. The endpoint's name ignores case.
std::string target_of(const BulkOperation& operation) {
  if (operation.method == "POST" || operation.segments.empty()) return {};
  std::string target = to_lower(operation.segments.front());
  for (std::size_t i = 1; i < operation.segments.size(); ++i) target += "/" + operation.segments[i];
  return target;
}

struct Node {
  BulkStep step;
  std::vector<std::size_t> followers;
  std::size_t waits_for = 0;
};

std::vector<Node> nodes_of(std::span<const BulkOperation> operations) {
  const Circles circles(operations);
  std::vector<Node> nodes(circles.count());
  const auto follow = [&](std::size_t first, std::size_t then) {
    if (first == then) return;
    nodes[first].followers.push_back(then);
    ++nodes[then].waits_for;
  };
  std::unordered_map<std::string, std::size_t> last;
  for (std::size_t i = 0; i < operations.size(); ++i) {
    const std::size_t node = circles.of(i);
    nodes[node].step.operations.push_back(i);
    for (const std::size_t needed : operations[i].needs) {
      follow(circles.of(needed), node);
      if (circles.of(needed) == node) nodes[node].step.circle = true;
    }
    const std::string target = target_of(operations[i]);
    if (target.empty()) continue;
    const auto [before, is_first] = last.try_emplace(target, node);
    if (!is_first) follow(std::exchange(before->second, node), node);
  }
  return nodes;
}

}  // namespace

std::vector<BulkStep> plan_bulk(std::span<const BulkOperation> operations) {
  std::vector<Node> nodes = nodes_of(operations);
  using Ready = std::pair<std::size_t, std::size_t>;  // place in the request, node
  std::priority_queue<Ready, std::vector<Ready>, std::greater<>> ready;
  const auto now_ready = [&](std::size_t node) { ready.emplace(nodes[node].step.operations.back(), node); };
  for (std::size_t node = 0; node < nodes.size(); ++node) {
    if (nodes[node].waits_for == 0) now_ready(node);
  }
  std::vector<BulkStep> plan;
  plan.reserve(nodes.size());
  while (!ready.empty()) {
    const std::size_t node = ready.top().second;
    ready.pop();
    plan.push_back(std::move(nodes[node].step));
    for (const std::size_t follower : nodes[node].followers) {
      if (--nodes[follower].waits_for == 0) now_ready(follower);
    }
  }
  return plan;
}

}  // namespace rosterd::scim
