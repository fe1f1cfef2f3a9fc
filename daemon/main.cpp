#include <sodium.h>

#include <cstdio>
#include <exception>

#include "daemon/cli/cli.h"
#include "daemon/core_dumps.h"
#include "daemon/exit_codes.h"

int main(int argc, char** argv) {
  rosterd::forbid_core_dumps();
  try {
    if (sodium_init() < 0) {
      std::fputs("rosterd: the random number source cannot be used\n", stderr);
      return rosterd::to_status(rosterd::Exit::internal);
    }
    return rosterd::cli::run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "rosterd: %s\n", error.what());
  } catch (...) {
    std::fputs("rosterd: unknown error\n", stderr);
  }
  return rosterd::to_status(rosterd::Exit::internal);
}
