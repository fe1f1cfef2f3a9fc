// A password in memory: wiped when it goes, printed by nothing.
#pragma once

#include <string>
#include <string_view>

namespace rosterd::ldap {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string_view text) : bytes_(text) {}
  Secret(const Secret&) = default;
  Secret(Secret&& other) noexcept : bytes_(other.bytes_) { other.wipe(); }
  Secret& operator=(const Secret& other) {
    if (this != &other) {
      wipe();
      bytes_ = other.bytes_;
    }
    return *this;
  }
  Secret& operator=(Secret&& other) noexcept { return *this = static_cast<const Secret&>(other); }
  ~Secret() { wipe(); }

  bool empty() const { return bytes_.empty(); }
  // For the one call that sends it.
  std::string_view reveal() const { return bytes_; }

 private:
  void wipe() noexcept;

  std::string bytes_;
};

}  // namespace rosterd::ldap
