#include "daemon/http/chunk_reader.h"

#include <algorithm>
#include <vector>

namespace rosterd::http {

namespace {

constexpr std::size_t kMaxSizeDigits = 15;  // always fits 64 bits
constexpr std::size_t kMaxSizeLine = 512;
constexpr std::size_t kMaxExtensions = 4096;  // of the whole body

// 1*HEXDIG [ ";" extension ]; nothing else may stand before the semicolon.
std::optional<std::uint64_t> parse_size(std::string_view line) {
  const std::string_view digits = line.substr(0, line.find(';'));
  if (digits.empty() || digits.size() > kMaxSizeDigits) return std::nullopt;
  std::uint64_t size = 0;
  for (char c : digits) {
    const std::size_t value = std::string_view("0123456789abcdef0123456789ABCDEF").find(c);
    if (value == std::string_view::npos) return std::nullopt;
    size = size * 16 + value % 16;
  }
  return size;
}

}  // namespace

ChunkReader::ChunkReader(std::size_t body_limit, std::size_t trailer_bytes, std::size_t trailer_fields)
    : line_budget_(kMaxSizeLine),
      extension_budget_(kMaxExtensions),
      body_limit_(body_limit),
      trailer_budget_(trailer_bytes),
      trailer_fields_(trailer_fields) {}

ChunkReader::Result ChunkReader::feed(std::string_view& bytes, std::string& body) {
  while (state_ != State::done) {
    if (bytes.empty()) return Result::more;
    if (step(bytes, body) == Result::refused) return Result::refused;
  }
  return Result::done;
}

ChunkReader::Result ChunkReader::step(std::string_view& bytes, std::string& body) {
  switch (state_) {
    case State::size:
      return read_size(bytes, body.size());
    case State::data_end:
      return read_data_end(bytes);
    case State::trailer:
      return read_trailer(bytes);
    case State::data:
    case State::done:
      break;
  }
  const std::size_t count = static_cast<std::size_t>(std::min<std::uint64_t>(chunk_left_, bytes.size()));
  body.append(bytes.substr(0, count));
  bytes.remove_prefix(count);
  chunk_left_ -= count;
  if (chunk_left_ == 0) {
    state_ = State::data_end;
    line_budget_ = 2;
  }
  return Result::more;
}

ChunkReader::Result ChunkReader::read_size(std::string_view& bytes, std::size_t body_size) {
  const LineReader::Result result = line_.feed(bytes, line_budget_);
  if (result == LineReader::Result::more) return Result::more;
  if (result != LineReader::Result::line) return refuse(400, "malformed chunk size");
  const auto size = parse_size(line_.line());
  if (!size) return refuse(400, "malformed chunk size");
  const std::size_t semicolon = std::min(line_.line().find(';'), line_.line().size());
  const std::size_t extension = line_.line().size() - semicolon;
  if (extension > extension_budget_) return refuse(400, "too many chunk extensions");
  extension_budget_ -= extension;
  if (*size > body_limit_ - body_size) return refuse(413, "the body is too large");
  chunk_left_ = *size;
  state_ = *size == 0 ? State::trailer : State::data;
  line_.next();
  return Result::more;
}

ChunkReader::Result ChunkReader::read_data_end(std::string_view& bytes) {
  const LineReader::Result result = line_.feed(bytes, line_budget_);
  if (result == LineReader::Result::more) return Result::more;
  if (result != LineReader::Result::line || !line_.line().empty())
    return refuse(400, "chunk data is longer than its size");
  line_.next();
  line_budget_ = kMaxSizeLine;
  state_ = State::size;
  return Result::more;
}

ChunkReader::Result ChunkReader::read_trailer(std::string_view& bytes) {
  const LineReader::Result result = line_.feed(bytes, trailer_budget_);
  if (result == LineReader::Result::more) return Result::more;
  if (result == LineReader::Result::too_long) return refuse(431, "the trailer fields are too large");
  if (result != LineReader::Result::line) return refuse(400, "malformed trailer field");
  if (line_.line().empty()) {
    state_ = State::done;
    return Result::done;
  }
  if (trailer_fields_ == 0) return refuse(431, "too many trailer fields");
  --trailer_fields_;
  std::vector<Header> dropped;
  if (auto refused = parse_field(line_.line(), dropped)) return refuse(refused->status, std::move(refused->reason));
  line_.next();
  return Result::more;
}

ChunkReader::Result ChunkReader::refuse(int status, std::string reason) {
  refusal_ = {status, std::move(reason)};
  return Result::refused;
}

}  // namespace rosterd::http
