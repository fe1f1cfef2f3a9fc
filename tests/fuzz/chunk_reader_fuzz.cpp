// The chunked body: bounded, the same however it is cut, and what was decoded can be chunked and decoded again.
#include "daemon/http/chunk_reader.h"
#include "tests/fuzz/target.h"

namespace rosterd::fuzz {
namespace {

using http::ChunkReader;
constexpr std::size_t kBody = 300, kTrailer = 200, kFields = 5;

struct Outcome {
  ChunkReader::Result result = ChunkReader::Result::more;
  std::string body;
  int status = 0;
  std::size_t left = 0;
};

Outcome read(std::string_view bytes, std::size_t step) {
  ChunkReader reader(kBody, kTrailer, kFields);
  Outcome outcome;
  while (!bytes.empty() && outcome.result == ChunkReader::Result::more) {
    std::string_view piece = bytes.substr(0, step);
    const std::size_t offered = piece.size();
    outcome.result = reader.feed(piece, outcome.body);
    bytes.remove_prefix(offered - piece.size());
    if (outcome.result == ChunkReader::Result::more) require(piece.empty(), "an unfinished body takes everything");
  }
  outcome.left = bytes.size();
  if (outcome.result == ChunkReader::Result::refused) outcome.status = reader.refusal().status;
  return outcome;
}

}  // namespace

Seeds seeds() {
  return {{"5\r\nhello\r\n0\r\n\r\n", "5;x=\"y\";z\r\nhello\r\n00A\r\n0123456789\r\n0\r\nT: u\r\nV: w\r\n\r\nREST",
           "0\r\n\r\n", "ff\r\n" + std::string(255, 'b') + "\r\n0\r\n\r\n", "12d\r\n", "5\r\nhelloX", "5\nhello"},
          {"\r\n", "\n", "0\r\n", ";", "=", "\"", "5\r\n", "ffffffffffffffff\r\n", ": ", std::string(1, '\0'), "\t"}};
}

}  // namespace rosterd::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rosterd::fuzz;
  const std::string_view bytes = text_of(data, size);
  const Outcome whole = read(bytes, bytes.size());
  require(whole.body.size() <= kBody, "the body limit holds");
  if (whole.result == ChunkReader::Result::refused)
    require(whole.status == 400 || whole.status == 413 || whole.status == 431, "a refusal is 400, 413 or 431");
  for (const std::size_t step : {std::size_t{1}, std::size_t{3}, std::size_t{7}}) {
    const Outcome cut = read(bytes, step);
    require(cut.result == whole.result && cut.status == whole.status, "cuts do not change the conclusion");
    if (whole.result == ChunkReader::Result::done)
      require(cut.body == whole.body && cut.left == whole.left, "cuts do not change the body");
  }
  if (whole.result != ChunkReader::Result::done) return 0;
  std::string again;
  for (const char c : whole.body) again += std::string("1\r\n") + c + "\r\n";
  const Outcome second = read(again + "0\r\n\r\n", 5);
  require(second.result == ChunkReader::Result::done && second.body == whole.body, "chunked again it is the same body");
  return 0;
}
