#pragma once

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "tests/fuzz/target.h"

namespace rosterd::fuzz {

// FOLDER/seed-N for libFuzzer's corpus and FOLDER.dict for its dictionary.
inline void write_seeds(const Seeds& all, const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  for (std::size_t i = 0; i < all.inputs.size(); ++i)
    std::ofstream(folder / ("seed-" + std::to_string(i)), std::ios::binary) << all.inputs[i];
  std::ofstream words(folder.string() + ".dict");
  for (const std::string& token : all.tokens) {
    words << '"';
    for (const char c : token) {
      char hex[8];
      std::snprintf(hex, sizeof hex, "\\x%02x", static_cast<unsigned>(static_cast<unsigned char>(c)));
      words << hex;
    }
    words << "\"\n";
  }
}

}  // namespace rosterd::fuzz
