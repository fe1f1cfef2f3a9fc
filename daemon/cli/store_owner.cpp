#include "daemon/cli/store_owner.h"

#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "daemon/core_dumps.h"

namespace rosterd::cli {
namespace {

struct Owner {
  uid_t user = 0;
  gid_t group = 0;
};

// Whoever owns a link decides where it leads: his rights count before those of its target.
Owner owner_of(const std::filesystem::path& directory) {
  struct stat status {};
  if (::lstat(directory.c_str(), &status) != 0) return {};
  if (status.st_uid == 0 && ::stat(directory.c_str(), &status) != 0) return {};
  return {status.st_uid, status.st_gid};
}

bool take_groups(const Owner& owner) {
  const auto* entry = getpwuid(owner.user);
  if (!entry) return ::setgroups(0, nullptr) == 0 && ::setresgid(owner.group, owner.group, owner.group) == 0;
  const gid_t group = entry->pw_gid;
  return ::initgroups(entry->pw_name, group) == 0 && ::setresgid(group, group, group) == 0;
}

std::string become(const Owner& owner, const std::filesystem::path& directory) {
  if (::geteuid() != 0 || owner.user == 0) return {};
  if (take_groups(owner) && ::setresuid(owner.user, owner.user, owner.user) == 0) {
    forbid_core_dumps();
    return {};
  }
  return "cannot become uid " + std::to_string(owner.user) + ", to whom " + directory.string() +
         " belongs: " + std::generic_category().message(errno) + "; run the command as that user";
}

}  // namespace

std::string become_owner_of(const std::filesystem::path& directory) {
  return become(owner_of(directory), directory);
}

std::string become_service_of(const std::filesystem::path& directory) {
  struct stat status {};
  const auto* service = getpwnam("rosterd");
  if (service != nullptr && ::lstat(directory.c_str(), &status) != 0 && errno == ENOENT)
    return become({service->pw_uid, service->pw_gid}, directory);
  return become_owner_of(directory);
}

}  // namespace rosterd::cli
