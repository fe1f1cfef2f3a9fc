#include "daemon/cli/output_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace rosterd::cli {
namespace {

void append(std::string& out, const scim::Json& value, std::size_t depth) {
  const std::string inner(2 * (depth + 1), ' ');
  const std::string outer(2 * depth, ' ');
  if (const auto* object = value.object(); object && !object->empty()) {
    out += "{\n";
    bool first = true;
    for (const auto& [name, member] : *object) {
      out += (first ? "" : ",\n") + inner + scim::write_json(name) + ": ";
      append(out, member, depth + 1);
      first = false;
    }
    out += "\n" + outer + "}";
  } else if (const auto* array = value.array(); array && !array->empty()) {
    out += "[\n";
    for (std::size_t i = 0; i < array->size(); ++i) {
      // One line for each element, as long as it may be: rows are compared by line.
      out += (i == 0 ? "" : ",\n") + inner + scim::write_json((*array)[i]);
    }
    out += "\n" + outer + "]";
  } else {
    out += scim::write_json(value);
  }
}

}  // namespace

std::string indented(const scim::Json& data) {
  std::string out;
  append(out, data, 0);
  return out + "\n";
}

OutputFile::OutputFile(std::string path)
    : path_(std::move(path)), fd_(::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)) {
  if (fd_ < 0) problem_ = "cannot make " + path_ + ": " + std::strerror(errno);
}

OutputFile::~OutputFile() {
  if (fd_ < 0) return;
  ::close(fd_);
  if (!written_) ::unlink(path_.c_str());
}

bool OutputFile::write(const scim::Json& data) {
  const std::string text = indented(data);
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t wrote = ::write(fd_, text.data() + done, text.size() - done);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) {
      problem_ = "cannot write " + path_ + ": " + std::strerror(errno);
      return false;
    }
    done += static_cast<std::size_t>(wrote);
  }
  written_ = true;
  return true;
}

}  // namespace rosterd::cli
