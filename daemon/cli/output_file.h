// A file that a command's data is written to: made new, mode 0600, before the command runs as another user.
#pragma once

#include <string>

#include "scim/json.h"

namespace rosterd::cli {

class OutputFile {
 public:
  explicit OutputFile(std::string path);  // problem() says why it cannot be made; an existing file is not touched
  ~OutputFile();                          // removes it unless it was written
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  const std::string& problem() const { return problem_; }
  // Indented JSON, so that it can be read before it is sent. False: problem() says why.
  bool write(const scim::Json& data);

 private:
  std::string path_;
  std::string problem_;
  int fd_;
  bool written_ = false;
};

std::string indented(const scim::Json& data);

}  // namespace rosterd::cli
