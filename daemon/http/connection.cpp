#include "daemon/http/connection.h"

#include <algorithm>
#include <array>
#include <utility>

#include "daemon/http/response_writer.h"

namespace rosterd::http {

namespace {

using std::chrono::milliseconds;

// Per turn, so that no connection keeps the thread; what is left asks for the next event.
constexpr std::size_t kReadBudget = ByteChannel::kReadSize;
constexpr std::size_t kRequestBudget = 16;  // pipelined requests that are answered at once (refused)
constexpr milliseconds kLingerTimeout{2000};
constexpr milliseconds kDrainGrace{1000};  // for a client that connected just before the drain
constexpr std::size_t kLingerBytes = 1024 * 1024;

ReaderLimits reader_limits(const Limits& limits) {
  return {limits.head_bytes, limits.head_fields, limits.body_bytes};
}

}  // namespace

Connection::Connection(std::uint64_t id, std::unique_ptr<ByteChannel> channel, std::shared_ptr<const Tls> tls,
                       Peer peer, std::string listener, Admission::Ticket ticket, const Surroundings& around,
                       TimePoint now)
    : id_(id),
      outlet_(std::make_shared<Outlet>(std::move(channel))),
      channel_(outlet_->channel()),
      tls_(std::move(tls)),
      peer_(std::move(peer)),
      listener_(std::move(listener)),
      ticket_(std::move(ticket)),
      around_(around),
      deadline_(now + around.limits.head_timeout),
      arrived_(now),
      reader_(reader_limits(around.limits)) {}

Connection::Interest Connection::interest() const {
  if (state_ == State::reading || state_ == State::lingering)
    return yielded_ || channel_.has_unsent() ? Interest::write : Interest::read;
  return state_ == State::writing ? Interest::write : Interest::none;
}

void Connection::on_readable(TimePoint now) {
  if (state_ == State::lingering) return discard_some();
  if (state_ == State::reading) read_some(now);
  end_drained(now);
}

void Connection::on_writable(TimePoint now) {
  if (state_ == State::writing)
    flush(now);
  else
    channel_.flush();
  process_input(now);
  end_drained(now);
}

void Connection::on_deadline(TimePoint now) {
  switch (state_) {
    case State::reading:
      if (!reader_.started()) {
        state_ = State::closed;
        return;
      }
      return refuse(408, "the request did not arrive in time", now);
    case State::running:
      if (outlet_->take_back()) return refuse(503, "the request was not finished in time", now);
      deadline_ = now + around_.limits.write_timeout;  // it is being answered in this moment
      return wait_for_answer();
    case State::writing:
    case State::lingering:
    case State::closed:
      state_ = State::closed;
  }
}

void Connection::on_answer(Answer answer, TimePoint now) {
  if (state_ != State::running || answer.request != request_) {
    around_.counters.dropped_answers.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  outlet_->returned();
  if (answer.written) {
    out_ = std::move(*answer.written);
    state_ = State::writing;
    deadline_ = now + around_.limits.write_timeout;
  } else {
    start_writing(std::move(answer.response), now);
  }
  flush(now);
  process_input(now);
  end_drained(now);
}

void Connection::on_unwanted() {
  if (state_ == State::running) wait_for_answer();
}

// Its end must begin a turn, whoever writes it.
void Connection::wait_for_answer() {
  if (!outlet_->take_back()) around_.inbox->wake();  // the note may have come just before
}

void Connection::on_drain(TimePoint now) {
  if (std::exchange(draining_, true)) return;
  if (state_ == State::running) wait_for_answer();
  if (!is_idle(now)) return;
  if (fresh_)
    deadline_ = std::min(deadline_, now + kDrainGrace);
  else
    state_ = State::closed;
}

// Looks into the socket first: whoever asked before the end gets an answer. Handshakes wait for their turn.
bool Connection::is_idle(TimePoint now) {
  const auto waits = [this] { return state_ == State::reading && !reader_.started() && !yielded_; };
  if (waits() && !is_handshaking()) read_some(now);
  return waits();
}

// An answer that was under way when the drain began did not say that it is the last one.
void Connection::end_drained(TimePoint now) {
  if (draining_ && !fresh_ && is_idle(now)) linger(now);
}

void Connection::read_some(TimePoint now) {
  std::array<char, kReadBudget> buffer;
  const ByteChannel::Result result = channel_.read(buffer.data(), buffer.size());
  if (result.status == ByteChannel::Status::again) return;
  if (result.status == ByteChannel::Status::broken) return give_up_transport(now);
  if (result.status != ByteChannel::Status::ok) {
    state_ = State::closed;
    return;
  }
  input_.append(buffer.data(), result.count);
  process_input(now);
}

// TLS that failed has just sent its alert; closing at once could destroy it on its way.
void Connection::give_up_transport(TimePoint now) {
  state_ = State::closed;
  const std::string why = channel_.failure();
  if (why.empty()) return;
  around_.counters.tls_failures.fetch_add(1, std::memory_order_relaxed);
  notify(around_.observer, {new_request_id(), listener_, peer_.address, {}, {}, {}, 0, 0, {}, "TLS: " + why});
  linger(now);
}

void Connection::discard_some() {
  std::array<char, kReadBudget> buffer;
  const ByteChannel::Result result = channel_.read(buffer.data(), buffer.size());
  if (result.status == ByteChannel::Status::again) return;
  discarded_ += result.count;
  if (result.status != ByteChannel::Status::ok || discarded_ > kLingerBytes) state_ = State::closed;
}

// A loop, not a recursion: thousands of tiny pipelined requests may be refused in one turn.
void Connection::process_input(TimePoint now) {
  std::string_view bytes = input_;
  std::size_t budget = kRequestBudget;
  yielded_ = false;
  while (state_ == State::reading && !bytes.empty()) {
    if (!reader_.started() && budget-- == 0) {
      yielded_ = true;
      break;
    }
    if (!reader_.started()) arrived_ = now;
    const RequestReader::State progress = reader_.feed(bytes);
    if (progress != RequestReader::State::refused && !account_for_body(now)) break;
    if (progress == RequestReader::State::complete) {
      submit(!bytes.empty(), now);
    } else if (progress == RequestReader::State::refused) {
      refuse(reader_.refusal().status, reader_.refusal().reason, now);
    } else {
      set_phase(now);
      if (reader_.wants_continue() && bytes.empty() && !std::exchange(continued_, true)) send_continue();
    }
  }
  input_.erase(0, input_.size() - bytes.size());
  if (state_ == State::lingering || state_ == State::closed) input_.clear();
}

void Connection::set_phase(TimePoint now) {
  const Phase next = !reader_.started()                              ? Phase::idle
                     : reader_.state() == RequestReader::State::body ? Phase::body
                                                                     : Phase::head;
  if (next != phase_) {
    if (next == Phase::head) deadline_ = now + around_.limits.head_timeout;
    if (next == Phase::body) body_began_ = now;
    phase_ = next;
  }
  if (phase_ == Phase::body) deadline_ = body_began_ + body_patience();
}

// Bodies hold memory that others need, so each byte buys only so much time.
milliseconds Connection::body_patience() const {
  const Limits& limits = around_.limits;
  const milliseconds bought(reader_.request().body.size() * 1000 / limits.body_rate);
  return std::min(limits.body_timeout, limits.body_grace + bought);
}

// False when the memory for bodies is used up: then the rest of this one is not read, and the connection ends.
bool Connection::account_for_body(TimePoint now) {
  if (!body_share_) body_share_.emplace(around_.bodies, ticket_.key());
  const BodyBudget::Room room = body_share_->grow_to(reader_.request().body.size());
  if (room == BodyBudget::Room::enough) return true;
  name_request(reader_.request());
  keep_alive_ = false;
  body_share_.reset();
  reader_ = RequestReader(reader_limits(around_.limits));
  refuse_busy(room == BodyBudget::Room::none ? "too many large requests at once"
                                             : "too many large requests from one address at once",
              now);
  return false;
}

void Connection::send_continue() {
  constexpr std::string_view interim = "HTTP/1.1 100 Continue\r\n\r\n";
  const ByteChannel::Result result = channel_.write(interim);
  // The socket has taken every earlier answer; if it cannot take 25 bytes now, this client does not read.
  if (result.status != ByteChannel::Status::ok || result.count != interim.size()) state_ = State::closed;
}

void Connection::submit(bool more, TimePoint now) {
  if (has_expired()) return refuse(403, "the client certificate has expired", now);
  keep_alive_ = reader_.framing().keep_alive;
  fresh_ = false;
  std::list<Job> job = make_job(more);
  switch (around_.pool.submit(job)) {
    case RequestPool::Room::enough:
      around_.counters.requests.fetch_add(1, std::memory_order_relaxed);
      state_ = State::running;
      deadline_ = now + around_.limits.handler_timeout;
      return;
    case RequestPool::Room::none:
      outlet_->take_back();
      return refuse_busy("too many requests are waiting", now);
    case RequestPool::Room::none_for_address:
      outlet_->take_back();
      return refuse_busy("too many requests from one address are waiting", now);
  }
}

std::list<Job> Connection::make_job(bool more) {
  std::list<Job> made;
  Job& job = made.emplace_back(
      Job{reader_.take(), {}, around_.inbox, {}, false, ticket_.key(), arrived_, std::move(*body_share_)});
  body_share_.reset();
  name_request(job.request);
  job.request.id = request_id_;
  job.request.peer = peer_;
  job.request.peer.certificate = channel_.peer_certificate();
  job.request.listener = listener_;
  job.answer.push_back({id_, ++request_, {}, {}});
  // TLS reads and writes share their state. Where something follows the answer, this thread has to do it.
  if (!tls_ && keep_alive_ && !more && !draining_) {
    job.head_only = head_only_;
    job.outlet = outlet_;
    outlet_->lend();
  }
  return made;
}

void Connection::refuse_busy(const std::string& reason, TimePoint now) {
  report_refusal(503, reason, now);
  Response busy = plain_response(503, reason, request_id_);
  busy.headers.push_back({"Retry-After", "1"});
  start_writing(std::move(busy), now);
  flush(now);
}

void Connection::name_request(const Request& request) {
  request_id_ = new_request_id();
  method_ = request.method;
  path_ = request.path;
  head_only_ = method_ == "HEAD";
}

// After it the byte stream is lost or out of step, so the connection always ends.
void Connection::refuse(int status, const std::string& reason, TimePoint now) {
  if (state_ == State::reading) name_request(reader_.request());
  keep_alive_ = false;
  fresh_ = false;
  report_refusal(status, reason, now);
  start_writing(plain_response(status, reason, request_id_), now);
  flush(now);
}

void Connection::report_refusal(int status, const std::string& reason, TimePoint now) const {
  around_.counters.refused.fetch_add(1, std::memory_order_relaxed);
  const auto certificate = channel_.peer_certificate();
  notify(around_.observer,
         {request_id_, listener_, peer_.address, certificate ? certificate->fingerprint : "", method_, path_, status, 0,
          std::chrono::duration_cast<std::chrono::microseconds>(now - arrived_), reason});
}

void Connection::start_writing(Response response, TimePoint now) {
  if (draining_ && input_.empty()) keep_alive_ = false;  // pipelined requests that have come are answered first
  if (is_outdated()) keep_alive_ = false;
  out_ = Outgoing(std::move(response), request_id_, {!keep_alive_, head_only_});
  state_ = State::writing;
  deadline_ = now + around_.limits.write_timeout;
}

void Connection::flush(TimePoint now) {
  switch (out_.write_to(channel_)) {
    case Outgoing::Progress::all:
      return end_writing(now);
    case Outgoing::Progress::part:
      return;
    case Outgoing::Progress::broken:
      state_ = State::closed;
  }
}

void Connection::end_writing(TimePoint now) {
  out_ = {};
  request_id_.clear();
  if (keep_alive_) {
    state_ = State::reading;
    phase_ = Phase::idle;
    continued_ = false;
    deadline_ = now + around_.limits.idle_timeout;
    if (const auto proven = channel_.proven_until()) {
      const auto left = *proven - std::chrono::system_clock::now();
      if (left < around_.limits.idle_timeout) deadline_ = now + std::chrono::duration_cast<milliseconds>(left);
    }
    return;
  }
  linger(now);
}

bool Connection::has_expired() const {
  const auto proven = channel_.proven_until();
  return proven && *proven < std::chrono::system_clock::now();
}

bool Connection::is_outdated() const {
  return tls_ && (has_expired() || around_.tls.get() != tls_);
}

// Closing while the client still sends would reset the connection and could destroy the answer on its way.
void Connection::linger(TimePoint now) {
  channel_.finish();
  state_ = State::lingering;
  deadline_ = now + kLingerTimeout;
}

}  // namespace rosterd::http
