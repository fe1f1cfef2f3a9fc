#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/http/head.h"
#include "daemon/http/line_reader.h"

namespace rosterd::http {

// Decodes a chunked body (RFC 9112 section 7.1), whatever way the bytes are cut. Chunk extensions and trailer fields
// are checked, bounded and dropped.
class ChunkReader {
 public:
  enum class Result { more, done, refused };

  ChunkReader(std::size_t body_limit, std::size_t trailer_bytes, std::size_t trailer_fields);

  // Consumes from the front of `bytes` and appends to `body`.
  Result feed(std::string_view& bytes, std::string& body);
  const Refusal& refusal() const { return refusal_; }

 private:
  enum class State { size, data, data_end, trailer, done };

  Result step(std::string_view& bytes, std::string& body);
  Result read_size(std::string_view& bytes, std::size_t body_size);
  Result read_data_end(std::string_view& bytes);
  Result read_trailer(std::string_view& bytes);
  Result refuse(int status, std::string reason);

  State state_ = State::size;
  LineReader line_;
  std::size_t line_budget_;
  std::size_t extension_budget_;
  std::size_t body_limit_;
  std::size_t trailer_budget_;
  std::size_t trailer_fields_;
  std::uint64_t chunk_left_ = 0;
  Refusal refusal_;
};

}  // namespace rosterd::http
