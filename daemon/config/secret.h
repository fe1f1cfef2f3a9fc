// Secrets come from files or systemd credentials, never from the configuration file itself.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace rosterd::config {

// Holds a secret; wiped on destruction. There is deliberately no operator<< and no conversion to string.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  Secret(const Secret&) = default;
  Secret(Secret&& other) noexcept;
  Secret& operator=(const Secret& other);
  Secret& operator=(Secret&& other) noexcept;
  ~Secret();

  bool empty() const { return value_.empty(); }
  const std::string& reveal() const { return value_; }

 private:
  std::string value_;
};

// Stands for a secret that was deliberately not read (a check outside of the service).
inline constexpr std::string_view kUnreadSecret = "unread";

inline constexpr std::size_t kMaxSecretBytes = 16 * 1024;

struct SecretResult {
  Secret secret;
  std::string error = {};  // empty when read; never holds a byte of the secret
};

// A regular file, no link, of root or the caller (or of `service`, the user as whom a command of root will go on), that
// group and others cannot touch (mode & 077 == 0), in a directory where nobody else can exchange it. One trailing line
// end is removed. For every secret that the configuration names by path, a TLS key included.
SecretResult read_secret_file(const std::filesystem::path& path, std::optional<uid_t> service = {});

// A systemd credential; `directory` is $CREDENTIALS_DIRECTORY (empty: not started by systemd with credentials).
// Its group bits are the ACL mask by which systemd lets the service read, so that only "others" are checked.
SecretResult read_credential(const std::filesystem::path& directory, std::string_view name);

}  // namespace rosterd::config
