#pragma once

#include <chrono>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>

#include "daemon/http/admission.h"
#include "daemon/http/byte_channel.h"
#include "daemon/http/counters.h"
#include "daemon/http/inbox.h"
#include "daemon/http/outgoing.h"
#include "daemon/http/outlet.h"
#include "daemon/http/request_pool.h"
#include "daemon/http/request_reader.h"
#include "daemon/http/server.h"

namespace rosterd::http {

using TimePoint = std::chrono::steady_clock::time_point;

// What the connections of one reactor thread share.
struct Surroundings {
  const Limits& limits;
  const Observer& observer;
  Counters& counters;
  RequestPool& pool;
  BodyBudget& bodies;
  const TlsSlot& tls;
  std::shared_ptr<Inbox> inbox;
};

// One client: read -> run -> write -> linger, one request in flight, an absolute deadline for each step.
// Belongs to one reactor thread; knows nothing of epoll. After each call look at interest(), deadline() and closed().
class Connection {
 public:
  enum class Interest { none, read, write };

  // `tls` as the channel was made with; null for a plain one.
  Connection(std::uint64_t id, std::unique_ptr<ByteChannel> channel, std::shared_ptr<const Tls> tls, Peer peer,
             std::string listener, Admission::Ticket ticket, const Surroundings& around, TimePoint now);
  ~Connection() { outlet_->close(); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void on_readable(TimePoint now);
  void on_writable(TimePoint now);
  void on_hangup() { state_ = State::closed; }
  void on_deadline(TimePoint now);
  void on_answer(Answer answer, TimePoint now);
  void on_unwanted();            // bytes came while a request runs: its answer is waited for
  void on_drain(TimePoint now);  // what was begun is finished; then the connection ends

  Interest interest() const;  // for read and write: of the step, or of a transport with bytes of its own
  bool reads() const { return interest() == Interest::read; }
  bool is_handshaking() const { return state_ == State::reading && channel_.is_handshaking(); }
  bool closed() const { return state_ == State::closed; }
  TimePoint deadline() const { return deadline_; }
  std::uint64_t id() const { return id_; }
  int descriptor() const { return channel_.descriptor(); }

 private:
  enum class State { reading, running, writing, lingering, closed };
  enum class Phase { idle, head, body };  // of reading

  bool is_idle(TimePoint now);
  bool has_expired() const;  // the client's certificate
  bool is_outdated() const;  // what the client proved, or did not have to, is no longer what is asked for
  void end_drained(TimePoint now);
  void read_some(TimePoint now);
  void discard_some();
  void give_up_transport(TimePoint now);
  void process_input(TimePoint now);
  void set_phase(TimePoint now);
  std::chrono::milliseconds body_patience() const;
  void send_continue();
  bool account_for_body(TimePoint now);
  void submit(bool more, TimePoint now);  // more: bytes of the next request have come
  std::list<Job> make_job(bool more);
  void wait_for_answer();
  void name_request(const Request& request);
  void refuse(int status, const std::string& reason, TimePoint now);
  void report_refusal(int status, const std::string& reason, TimePoint now) const;
  void refuse_busy(const std::string& reason, TimePoint now);
  void start_writing(Response response, TimePoint now);
  void flush(TimePoint now);
  void end_writing(TimePoint now);
  void linger(TimePoint now);

  const std::uint64_t id_;
  const std::shared_ptr<Outlet> outlet_;
  ByteChannel& channel_;  // of it
  const std::shared_ptr<const Tls> tls_;
  const Peer peer_;
  const std::string listener_;
  const Admission::Ticket ticket_;
  const Surroundings& around_;

  State state_ = State::reading;
  Phase phase_ = Phase::head;
  TimePoint deadline_;
  bool draining_ = false;
  bool fresh_ = true;  // no request was read yet
  bool keep_alive_ = true;
  bool head_only_ = false;  // the request is a HEAD
  bool continued_ = false;
  std::uint64_t request_ = 0;  // counts those that were handed to the pool
  std::string request_id_;     // of the request in flight, like the next two
  std::string method_;
  std::string path_;
  TimePoint body_began_;
  TimePoint arrived_;  // first byte of the current request
  RequestReader reader_;
  std::optional<BodyBudget::Share> body_share_;  // of the request that arrives
  std::string input_;                            // bytes of pipelined requests; at most one read's worth
  bool yielded_ = false;                         // input_ waits for this connection's next turn
  Outgoing out_;
  std::size_t discarded_ = 0;
};

}  // namespace rosterd::http
