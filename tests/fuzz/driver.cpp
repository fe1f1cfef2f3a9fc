// Runs a fuzz target without libFuzzer: its seeds, mutations of them, and files. For ctest and for repeating a finding.
#include <csignal>
#include <fstream>
#include <iostream>
#include <iterator>

#include "tests/fuzz/mutate.h"
#include "tests/fuzz/seed_files.h"
#include "tests/fuzz/target.h"

namespace {

using rosterd::fuzz::Seeds;

// What was being tried, for the handler of a crash.
std::string current;

void run(const std::string& input) {
  current = input;
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(current.data()), current.size());
}

extern "C" void save_finding(int signal) {
  std::ofstream("fuzz-finding.bin", std::ios::binary) << current;
  std::cerr << "signal " << signal << "; the input is in fuzz-finding.bin (" << current.size() << " bytes)\n";
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

void try_mutations(const Seeds& all, long count, unsigned seed) {
  std::mt19937 random(seed);
  for (long i = 0; i < count; ++i)
    run(rosterd::fuzz::mutate(all.inputs[static_cast<std::size_t>(i) % all.inputs.size()], all.tokens, random));
}

std::string read_file(const char* name) {
  std::ifstream file(name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

int main(int argc, char** argv) {
  const Seeds all = rosterd::fuzz::seeds();
  long mutations = 2'000;
  unsigned seed = 20'261;
  bool files = false;
  std::signal(SIGABRT, save_finding);
  std::signal(SIGSEGV, save_finding);
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--mutations" && i + 1 < argc) {
      mutations = std::atol(argv[++i]);
    } else if (word == "--seed" && i + 1 < argc) {
      seed = static_cast<unsigned>(std::atol(argv[++i]));
    } else if (word == "--write-seeds" && i + 1 < argc) {
      rosterd::fuzz::write_seeds(all, argv[++i]);
      return 0;
    } else if (word.starts_with("-")) {
      std::cerr << argv[0] << " [FILE...] [--mutations N] [--seed N] [--write-seeds FOLDER]\n";
      return 2;
    } else {
      files = true;
      run(read_file(argv[i]));
    }
  }
  if (files) return 0;
  run("");
  for (const std::string& input : all.inputs) run(input);
  try_mutations(all, mutations, seed);
  std::cout << all.inputs.size() << " seeds and " << mutations << " mutations of them (seed " << seed << ")\n";
  return 0;
}
