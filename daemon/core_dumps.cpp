#include "daemon/core_dumps.h"

#include <sys/prctl.h>
#include <sys/resource.h>

namespace rosterd {

void forbid_core_dumps() {
#ifndef __SANITIZE_ADDRESS__
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  // The limit alone does not hold against a handler behind a pipe.
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

}  // namespace rosterd
