// Backup and restore: both work on the store's files without the daemon. The caller opens the backup, so that it may be
// wherever he may write or read; the store is touched with the rights of its owner only.
#include "store/backup.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <sstream>
#include <system_error>

#include "daemon/cli/owner_process.h"
#include "daemon/cli/store_owner.h"
#include "daemon/commands/commands.h"
#include "daemon/commands/text.h"
#include "store/sources.h"

namespace rosterd::commands {
namespace {

class Descriptor {
 public:
  explicit Descriptor(const std::string& path) : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

// The store's own folder is no place for a backup: with --overwrite it could take the store's files.
bool is_in(const std::filesystem::path& folder, const std::string& file) {
  std::error_code not_there;
  return std::filesystem::equivalent(std::filesystem::absolute(file).parent_path(), folder, not_there);
}

store::BackupReport copy_as_owner(const std::string& directory, const std::string& file, bool overwrite,
                                  store::Instant now) {
  store::BackupFile made(file, overwrite);
  std::istringstream answer(cli::run_as_owner_of(directory, [&] {
    const auto copied = store::copy_store(directory, made.fd(), now);
    return std::to_string(copied.bytes) + " " + std::to_string(copied.people) + " " + std::to_string(copied.schema);
  }));
  store::BackupReport report;
  if (!(answer >> report.bytes >> report.people >> report.schema))
    throw store::StoreError(store::StoreError::Kind::internal, "the copy of the store was not understood");
  made.name_it();
  return report;
}

}  // namespace

Result backup(const config::Config& config, const Arguments& arguments, const std::string&) {
  const store::SystemClock clock;
  const std::string file = argument(arguments, "FILE");
  if (is_in(config.store.directory, file))
    return failure(Exit::refused, printable(file) + " lies in the store's own folder; name a place outside");
  const auto report = copy_as_owner(config.store.directory.string(), file, flag(arguments, "overwrite"), clock.now());
  return {Exit::ok,
          scim::make_object({{"file", file},
                             {"bytes", static_cast<std::int64_t>(report.bytes)},
                             {"people", static_cast<std::int64_t>(report.people)},
                             {"schema", static_cast<std::int64_t>(report.schema)}}),
          printable(file) + ": complete and checked, " + std::to_string(report.people) + " people, " +
              std::to_string(report.bytes) +
              " bytes. It holds the store's secret key: keep it as safe as the store.\n"};
}

Result restore(const config::Config& config, const Arguments& arguments, const std::string& caller) {
  const store::SystemClock clock;
  const std::string file = argument(arguments, "FILE");
  // Read by whoever calls, written by the store's owner.
  const Descriptor source(file);
  if (source.fd() < 0) {
    const int error = errno;
    return failure(error == ENOENT ? Exit::not_found : Exit::denied,
                   "cannot read " + printable(file) + ": " + std::generic_category().message(error));
  }
  const std::string directory = config.store.directory.string();
  if (const auto problem = cli::become_owner_of(directory); !problem.empty())
    return failure(Exit::store_failed, problem);
  const auto restored = store::restore(directory, source.fd(), clock, {store::kLocal, caller});
  std::string text =
      "restored " + std::to_string(restored.people) + " people as of " + format_instant(restored.taken) + "\n";
  if (!restored.kept_aside.empty()) text += "what was there before is kept in " + restored.kept_aside + "\n";
  if (!restored.audit_problem.empty())
    text += "WARNING: the audit trail of this backup does not hold: " + printable(restored.audit_problem) +
            "; see `rosterd audit verify`\n";
  text +=
      "Nothing is mailed until `rosterd mail release`: see `rosterd mail list --state queued` for what may have been "
      "sent since.\nTokens that were revoked since the backup are valid again: see `rosterd token list`.\n";
  return {Exit::ok,
          scim::make_object({{"people", static_cast<std::int64_t>(restored.people)},
                             {"taken", format_instant(restored.taken)},
                             {"kept_aside", restored.kept_aside},
                             {"audit_problem", restored.audit_problem},
                             {"outbox_on_hold", true}}),
          std::move(text)};
}

}  // namespace rosterd::commands
