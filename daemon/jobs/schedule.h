// When a directory is read next. Pure.
#pragma once

#include <chrono>
#include <optional>

namespace rosterd::jobs {

using Millis = std::chrono::milliseconds;

// After a run: the interval give or take a tenth, so that instances do not meet; after the nth failure in a row one
// minute doubled n-1 times, at most the interval. `random` is from [0, 1). Nothing: only on request (interval 0).
std::optional<Millis> next_run(Millis interval, int failures, double random);

// At start: what is left of the interval since the last success; at once when there was none.
std::optional<Millis> first_run(Millis interval, std::optional<Millis> since_last_success);

}  // namespace rosterd::jobs
