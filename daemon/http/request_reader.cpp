#include "daemon/http/request_reader.h"

#include <algorithm>
#include <utility>

namespace rosterd::http {

namespace {

// A claimed length is only a claim: memory grows with the bytes that really come.
constexpr std::size_t kMaxReserve = 64 * 1024;
constexpr std::size_t kUsualFields = 12;

}  // namespace

RequestReader::RequestReader(ReaderLimits limits) : limits_(limits), head_budget_(limits.head_bytes) {}

RequestReader::State RequestReader::feed(std::string_view& bytes) {
  while (!bytes.empty() && state_ == State::head) read_head(bytes);
  if (state_ == State::body && !bytes.empty()) read_body(bytes);
  return state_;
}

bool RequestReader::wants_continue() const {
  return state_ == State::body && framing_.expects_continue && request_.body.empty();
}

Request RequestReader::take() {
  Request request = std::move(request_);
  *this = RequestReader(limits_);
  return request;
}

void RequestReader::read_head(std::string_view& bytes) {
  // Not HTTP at all (a TLS greeting, say): no need to wait for the end of a line that may never come.
  if (!started_ && !is_token_char(bytes.front()) && bytes.front() != '\r')
    return refuse({400, "malformed request line"});
  started_ = true;
  switch (line_.feed(bytes, head_budget_)) {
    case LineReader::Result::more:
      return;
    case LineReader::Result::too_long:
      return refuse(request_.method.empty() ? Refusal{414, "the request line is too long"}
                                            : Refusal{431, "the header fields are too large"});
    case LineReader::Result::malformed:
      return refuse({400, "control character or bare line end in the head"});
    case LineReader::Result::line:
      break;
  }
  read_head_line(line_.line());
  line_.next();
}

void RequestReader::read_head_line(std::string_view line) {
  if (request_.method.empty()) {
    if (line.empty() && !skipped_empty_line_) {  // RFC 9112 section 2.2
      skipped_empty_line_ = true;
      started_ = false;
      return;
    }
    if (auto refused = parse_request_line(line, request_, framing_)) return refuse(std::move(*refused));
    request_.headers.reserve(kUsualFields);
    return;
  }
  if (line.empty()) return end_head();
  if (request_.headers.size() == limits_.head_fields) return refuse({431, "too many header fields"});
  if (auto refused = parse_field(line, request_.headers)) refuse(std::move(*refused));
}

void RequestReader::end_head() {
  if (auto refused = finish_head(request_, framing_)) return refuse(std::move(*refused));
  if (framing_.chunked) {
    chunks_.emplace(limits_.body_bytes, limits_.head_bytes, limits_.head_fields);
    state_ = State::body;
    return;
  }
  if (framing_.content_length > limits_.body_bytes) return refuse({413, "the body is too large"});
  request_.body.reserve(std::min<std::size_t>(framing_.content_length, kMaxReserve));
  state_ = framing_.content_length == 0 ? State::complete : State::body;
}

void RequestReader::read_body(std::string_view& bytes) {
  if (!chunks_) {
    const std::size_t missing = static_cast<std::size_t>(framing_.content_length) - request_.body.size();
    const std::size_t count = std::min(missing, bytes.size());
    request_.body.append(bytes.substr(0, count));
    bytes.remove_prefix(count);
    if (count == missing) state_ = State::complete;
    return;
  }
  switch (chunks_->feed(bytes, request_.body)) {
    case ChunkReader::Result::more:
      return;
    case ChunkReader::Result::done:
      state_ = State::complete;
      return;
    case ChunkReader::Result::refused:
      return refuse(chunks_->refusal());
  }
}

void RequestReader::refuse(Refusal refusal) {
  refusal_ = std::move(refusal);
  state_ = State::refused;
}

}  // namespace rosterd::http
