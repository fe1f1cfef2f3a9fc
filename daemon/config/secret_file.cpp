// Opening a secret's file so that what was checked is what is read: every check is made on the open descriptors.
#include "daemon/config/secret_file.h"

#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace rosterd::config {
namespace {

std::string quoted(const std::filesystem::path& path) {
  return "\"" + path.string() + "\"";
}

bool is_trusted(uid_t owner, std::optional<uid_t> service) {
  return owner == 0 || owner == ::geteuid() || (service && owner == *service);
}

bool others_may_write(const struct stat& info, mode_t others) {
  return (info.st_mode & others) != 0 && (info.st_mode & S_ISVTX) == 0;
}

// Whoever may write in a directory on the way can put a file of his choice into this one's place. Owners of the upper
// directories are not asked for: in a container they may be of a user that this one does not know.
std::string problem_above(int folder, const std::string& name) {
  Descriptor here{::fcntl(folder, F_DUPFD_CLOEXEC, 0)};
  struct stat info {};
  while (::fstat(here.get(), &info) == 0) {
    if (others_may_write(info, S_IWOTH)) return "others can write in a directory above " + name;
    Descriptor above{::openat(here.get(), "..", O_PATH | O_DIRECTORY | O_CLOEXEC)};
    struct stat next {};
    if (::fstat(above.get(), &next) != 0) break;
    if (next.st_ino == info.st_ino && next.st_dev == info.st_dev) return "";
    here = std::move(above);
  }
  return "cannot examine the directories above " + name + ": " + std::strerror(errno);
}

std::string folder_problem(int folder, const std::string& name, std::optional<uid_t> service) {
  struct stat info {};
  if (::fstat(folder, &info) != 0) return "cannot examine the directory of " + name + ": " + std::strerror(errno);
  if (others_may_write(info, S_IWGRP | S_IWOTH))
    return "others can write in the directory of " + name + "; run: chmod go-w on it";
  if (!is_trusted(info.st_uid, service) && (info.st_mode & S_ISVTX) == 0)
    return "the directory of " + name + " belongs to another user (uid " + std::to_string(info.st_uid) + ")";
  return problem_above(folder, name);
}

std::string file_problem(int fd, const std::string& name, const SecretFileRules& rules) {
  struct stat info {};
  if (::fstat(fd, &info) != 0) return "cannot examine " + name + ": " + std::strerror(errno);
  if (!S_ISREG(info.st_mode)) return name + " is not a regular file";
  if ((info.st_mode & rules.forbidden) != 0)
    return name + " can be used by " + std::string(rules.who) + "; run: chmod 600 " + name;
  if (!is_trusted(info.st_uid, rules.service))
    return name + " belongs to another user (uid " + std::to_string(info.st_uid) + "), who knows it and can change it";
  return "";
}

std::string not_opened(int folder, const std::filesystem::path& path, int error) {
  const std::string name = quoted(path);
  if (error == ELOOP) return name + " is a symbolic link; name the file itself";
  std::string text = "cannot open " + name + ": " + std::strerror(error);
  struct stat info {};
  const auto* user = ::getpwuid(::geteuid());
  const bool reached = ::fstatat(folder, path.filename().c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0;
  if (error == EACCES && reached && user != nullptr)
    text += std::string(" for the user ") + user->pw_name + "; run: chown " + user->pw_name + " " + name;
  return text;
}

}  // namespace

Descriptor::~Descriptor() {
  if (fd_ >= 0) ::close(fd_);
}

OpenedSecret open_secret_file(const std::filesystem::path& path, const SecretFileRules& rules) {
  const std::string name = quoted(path);
  const auto parent = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  const Descriptor folder{::open(parent.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
  if (folder.get() < 0) return {Descriptor{}, "cannot open " + name + ": " + std::strerror(errno)};
  // O_NONBLOCK: a FIFO in that place must not hold the start.
  Descriptor file{
      ::openat(folder.get(), path.filename().c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW)};
  if (file.get() < 0) return {Descriptor{}, not_opened(folder.get(), path, errno)};
  if (auto problem = file_problem(file.get(), name, rules); !problem.empty()) return {Descriptor{}, std::move(problem)};
  if (auto problem = folder_problem(folder.get(), name, rules.service); !problem.empty())
    return {Descriptor{}, std::move(problem)};
  return {std::move(file), ""};
}

}  // namespace rosterd::config
