#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "daemon/http/byte_channel.h"
#include "daemon/http/message.h"

namespace rosterd::http {

// An answer as bytes on their way out. A default one is all out.
class Outgoing {
 public:
  enum class Progress { all, part, broken };
  struct Form {
    bool close = false;      // say that the connection ends after it
    bool head_only = false;  // it answers a HEAD
  };

  Outgoing() = default;
  Outgoing(Response response, std::string_view request_id, Form form);

  // As much as the channel takes, but not more than one connection's share of a turn. Call again after `part`.
  Progress write_to(ByteChannel& channel);

 private:
  Progress write_part(const std::string& part, std::size_t& budget, ByteChannel& channel);

  std::string head_;  // with a small body
  std::string body_;
  std::size_t sent_ = 0;  // of head_, then of body_
};

}  // namespace rosterd::http
