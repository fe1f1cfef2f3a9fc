#pragma once

#include <atomic>
#include <cstdint>

namespace rosterd::http {

// Shared by the threads of one server; see Stats for their meaning.
struct Counters {
  std::atomic<std::uint64_t> accepted{0};
  std::atomic<std::uint64_t> turned_away{0};
  std::atomic<std::uint64_t> tls_failures{0};
  std::atomic<std::uint64_t> requests{0};
  std::atomic<std::uint64_t> refused{0};
  std::atomic<std::uint64_t> dropped_answers{0};
};

}  // namespace rosterd::http
