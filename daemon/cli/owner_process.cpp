#include "daemon/cli/owner_process.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "daemon/cli/store_owner.h"
#include "store/outcome.h"

namespace rosterd::cli {
namespace {

using store::StoreError;

constexpr std::size_t kAnswerBytes = 64 * 1024;  // the child is not trusted with more
constexpr char kDone = 'd';
constexpr char kKinds = '0';  // and the number of StoreError::Kind

[[noreturn]] void fail(const std::string& what, int error = errno) {
  throw StoreError(StoreError::Kind::internal, what + ": " + std::generic_category().message(error));
}

std::string answer_of(const std::filesystem::path& directory, const std::function<std::string()>& work) {
  const auto failed = [](StoreError::Kind kind, const std::string& why) {
    return static_cast<char>(kKinds + static_cast<int>(kind)) + why;
  };
  try {
    if (const auto problem = become_owner_of(directory); !problem.empty()) return failed(StoreError::Kind::io, problem);
    return kDone + work();
  } catch (const StoreError& error) {
    return failed(error.kind(), error.what());
  } catch (const std::exception& error) {
    return failed(StoreError::Kind::internal, error.what());
  }
}

[[noreturn]] void be_the_child(int to, const std::filesystem::path& directory,
                               const std::function<std::string()>& work) {
  const std::string answer = answer_of(directory, work).substr(0, kAnswerBytes);
  for (std::size_t done = 0; done < answer.size();) {
    const ssize_t wrote = ::write(to, answer.data() + done, answer.size() - done);
    if (wrote < 0 && errno != EINTR) ::_exit(1);
    if (wrote > 0) done += static_cast<std::size_t>(wrote);
  }
  ::_exit(0);  // nothing of the parent's is closed or flushed twice
}

std::string read_answer(int from) {
  std::string answer;
  std::array<char, 4096> buffer;
  while (answer.size() < kAnswerBytes) {
    const ssize_t got = ::read(from, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    answer.append(buffer.data(), static_cast<std::size_t>(got));
  }
  return answer;
}

}  // namespace

std::string run_as_owner_of(const std::filesystem::path& directory, const std::function<std::string()>& work) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) fail("cannot make a pipe");
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    be_the_child(ends[1], directory, work);
  }
  const int error = errno;
  ::close(ends[1]);
  const std::string answer = child < 0 ? std::string() : read_answer(ends[0]);
  ::close(ends[0]);
  if (child < 0) fail("cannot start a process", error);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) fail("cannot wait for a process");
  }
  if (status != 0 || answer.empty())
    throw StoreError(StoreError::Kind::internal,
                     "the process of the store's owner ended early, wait status " + std::to_string(status));
  if (answer.front() == kDone) return answer.substr(1);
  const int kind = answer.front() - kKinds;
  const bool known = kind >= 0 && kind <= static_cast<int>(StoreError::Kind::internal);
  throw StoreError(known ? static_cast<StoreError::Kind>(kind) : StoreError::Kind::internal, answer.substr(1));
}

}  // namespace rosterd::cli
