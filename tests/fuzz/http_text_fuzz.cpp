// Queries, paths and percent escapes, by the door's functions and by those of scim/: bounded, no NUL, no dot segments.
#include "daemon/http/message.h"
#include "scim/query_string.h"
#include "tests/fuzz/target.h"

namespace rosterd::fuzz {

Seeds seeds() {
  return {{"/scim/v2/Users/a%20b", "/a//b/./..", "filter=userName+eq+%22a%22&startIndex=1&count=10", "a=b&&c&=d", "%00",
           "%zz", "/%2e%2e/%2F"},
          {"%", "%2", "%2e", "%2f", "%00", "/", "//", "..", "&", "=", "+", "?", "\xff"}};
}

}  // namespace rosterd::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rosterd;
  using fuzz::require;
  const std::string_view text = fuzz::text_of(data, size);
  if (const auto decoded = http::percent_decode(text)) {
    require(decoded->size() <= text.size(), "decoding never grows");
    require(decoded->find('\0') == std::string::npos, "no NUL comes out");
  }
  if (const auto segments = http::path_segments(text))
    for (const std::string& segment : *segments)
      require(!segment.empty() && segment != "." && segment != "..", "no empty segment and no dots");
  if (const auto parameters = http::parse_query(text)) require(parameters->size() <= 1000, "at most 1,000 parameters");
  scim::Notes notes;
  if (const auto parameters = scim::parse_parameters(text, notes)) static_cast<void>(parameters->get("filter"));
  if (const auto segments = scim::parse_segments(text, notes))
    for (const std::string& segment : *segments) require(!segment.empty(), "empty segments are dropped");
  return 0;
}
