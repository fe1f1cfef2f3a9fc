#pragma once

#include <string>
#include <vector>

namespace rosterd::http::test {

struct Malformed {
  const char* name;
  std::string bytes;
  int status;
};

// Requests that must be refused with that status; the connection ends after each.
const std::vector<Malformed>& malformed_requests();

}  // namespace rosterd::http::test
