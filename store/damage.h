// A damaged database must not be written on: the first who meets damage notes it here and in a file beside the
// database, so that this process stops writing and the next one does not begin. Thread-safe. Inside store/ only.
#pragma once

#include <mutex>
#include <string>

namespace rosterd::store {

class Damage {
 public:
  // Throws Kind::corrupt when an earlier process has noted damage, or a restore was cut off.
  explicit Damage(std::string directory);
  void note(const std::string& what);  // the first one counts
  std::string text() const;            // empty: none
  void refuse() const;                 // throws Kind::corrupt when there is any

 private:
  const std::string directory_;
  mutable std::mutex mutex_;
  std::string text_;
};

inline constexpr const char* kDamageFile = "store.damaged";
inline constexpr const char* kRestoreMark = "restore.incomplete";

}  // namespace rosterd::store
