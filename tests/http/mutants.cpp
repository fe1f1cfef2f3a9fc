#include "tests/http/mutants.h"

#include "tests/fuzz/http_requests.h"
#include "tests/fuzz/mutate.h"

namespace rosterd::http::test {

std::string mutant(int number, std::mt19937& random) {
  static const auto requests = fuzz::http_requests();
  static const auto pieces = fuzz::http_pieces();
  return fuzz::mutate(requests[static_cast<std::size_t>(number) % requests.size()], pieces, random);
}

}  // namespace rosterd::http::test
