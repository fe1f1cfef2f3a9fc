// How often each caller may ask: a bucket of one minute's requests that fills evenly, so a short burst passes and the
// average is kept. Thread-safe; memory grows with the names, which come from the configuration.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <string>

namespace rosterd::api {

class RateLimit {
 public:
  using Now = std::chrono::steady_clock::time_point;
  // Takes one of `per_minute` (at least 1). Zero: go on; otherwise when to come again, at least a second.
  std::chrono::seconds take(const std::string& name, int per_minute, Now now);

 private:
  struct Bucket {
    double left;
    Now at;
  };
  std::mutex mutex_;
  std::map<std::string, Bucket> buckets_;
};

}  // namespace rosterd::api
