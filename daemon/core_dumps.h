// No core dump of a process that holds passwords, keys and other people's sessions in its memory.
#pragma once

namespace rosterd {

// Before anything secret is read, and again after a change of the user, which takes it back. Neither a limit nor a
// handler (core_pattern) gets one, and no process of the same user may attach. Not in a build with AddressSanitizer,
// whose leak check attaches to the process.
void forbid_core_dumps();

}  // namespace rosterd
