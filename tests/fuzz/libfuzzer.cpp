// libFuzzer brings main(); this adds one option to its own: --write-seeds FOLDER.
#include <cstdlib>

#include "tests/fuzz/seed_files.h"

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  if (*argc != 3 || std::string_view((*argv)[1]) != "--write-seeds") return 0;
  rosterd::fuzz::write_seeds(rosterd::fuzz::seeds(), (*argv)[2]);
  std::exit(0);
}
