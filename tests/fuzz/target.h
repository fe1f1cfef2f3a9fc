#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

// One fuzz target is one file NAME_fuzz.cpp that defines these two. libFuzzer calls the second (tests/fuzz/run); so
// does the small driver of ctest (driver.cpp), with the seeds and mutations of them.
namespace rosterd::fuzz {

struct Seeds {
  std::vector<std::string> inputs;  // valid and nearly valid ones
  std::vector<std::string> tokens;  // words of the language, for mutations
};
Seeds seeds();

// An invariant that must hold for every input.
inline void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "broken invariant: %s\n", what);
  std::abort();
}

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

}  // namespace rosterd::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
