#include "daemon/http/outgoing.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "daemon/http/response_writer.h"

namespace rosterd::http {

namespace {

constexpr std::size_t kWriteBudget = 256 * 1024;
constexpr std::size_t kInlineBody = 16 * 1024;  // a smaller body travels in one send with its head

}  // namespace

Outgoing::Outgoing(Response response, std::string_view request_id, Form form) {
  const bool with_body = !form.head_only && has_content(response.status);
  const bool inlined = with_body && response.body.size() <= kInlineBody;
  head_ = response_head(response, request_id, form.close, std::chrono::system_clock::now(),
                        inlined ? response.body.size() : 0);
  if (inlined)
    head_.append(response.body);
  else if (with_body)
    body_ = std::move(response.body);
}

Outgoing::Progress Outgoing::write_to(ByteChannel& channel) {
  std::size_t budget = kWriteBudget;
  if (!head_.empty()) {
    const Progress progress = write_part(head_, budget, channel);
    if (progress != Progress::all) return progress;
    head_ = {};
    sent_ = 0;
  }
  const Progress progress = write_part(body_, budget, channel);
  if (progress == Progress::all) *this = {};
  return progress;
}

Outgoing::Progress Outgoing::write_part(const std::string& part, std::size_t& budget, ByteChannel& channel) {
  while (sent_ < part.size()) {
    if (budget == 0) return Progress::part;
    const std::size_t size = std::min(budget, part.size() - sent_);
    const ByteChannel::Result result = channel.write(std::string_view(part).substr(sent_, size));
    if (result.status == ByteChannel::Status::again) return Progress::part;
    if (result.status != ByteChannel::Status::ok) return Progress::broken;
    sent_ += result.count;
    budget -= result.count;
  }
  return Progress::all;
}

}  // namespace rosterd::http
