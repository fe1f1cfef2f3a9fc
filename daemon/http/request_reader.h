#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/http/chunk_reader.h"
#include "daemon/http/head.h"
#include "daemon/http/line_reader.h"
#include "daemon/http/message.h"

namespace rosterd::http {

struct ReaderLimits {
  std::size_t head_bytes = 16 * 1024;
  std::size_t head_fields = 100;
  std::size_t body_bytes = 10 * 1024 * 1024;
};

// A pure state machine: bytes in, a request or a refusal out (RFC 9112). No I/O, no clock. The outcome depends on the
// bytes alone, never on how they were cut. After a refusal the byte stream is lost: close the connection.
class RequestReader {
 public:
  enum class State { head, body, complete, refused };

  explicit RequestReader(ReaderLimits limits);

  // Consumes from the front of `bytes`, stops after one request. Bytes that are left belong to the next one.
  State feed(std::string_view& bytes);

  State state() const { return state_; }
  bool started() const { return started_; }  // a byte of this request has come
  bool wants_continue() const;               // the client waits for 100 Continue before it sends the body
  const Framing& framing() const { return framing_; }
  const Request& request() const { return request_; }  // what is known so far; for the log of a refusal
  const Refusal& refusal() const { return refusal_; }

  // After `complete`: gives the request away and starts the next. id, peer and listener are the caller's to fill.
  Request take();

 private:
  void read_head(std::string_view& bytes);
  void read_head_line(std::string_view line);
  void end_head();
  void read_body(std::string_view& bytes);
  void refuse(Refusal refusal);

  ReaderLimits limits_;
  State state_ = State::head;
  bool started_ = false;
  bool skipped_empty_line_ = false;
  LineReader line_;
  std::size_t head_budget_;
  Request request_;
  Framing framing_;
  std::optional<ChunkReader> chunks_;
  Refusal refusal_;
};

}  // namespace rosterd::http
