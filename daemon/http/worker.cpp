#include "daemon/http/worker.h"

#include <pthread.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "daemon/http/response_writer.h"

namespace rosterd::http {

namespace {

using Pistache::Polling::NotifyOn;
using Pistache::Polling::Tag;
using std::chrono::milliseconds;

constexpr std::size_t kAcceptBudget = 16;
constexpr std::size_t kDrainAcceptBudget = 1024;
// Per turn: one costs the client nothing (a recorded ClientHello will do) and us a signature, up to 5 ms with RSA-4096.
constexpr std::size_t kHandshakeBudget = 4;
constexpr milliseconds kBusyTick{100};
constexpr milliseconds kIdleTick{1000};

// Epoll tags are never used twice, so a stale event finds nothing. Pistache's own tags are small descriptor numbers.
std::uint64_t next_id() {
  static std::atomic<std::uint64_t> next{std::uint64_t{1} << 40};
  return next.fetch_add(1, std::memory_order_relaxed);
}

using Events = Pistache::Flags<NotifyOn>;
const Events kRead{NotifyOn::Read};

Events to_events(Connection::Interest interest) {
  switch (interest) {
    case Connection::Interest::read:
      return kRead;
    case Connection::Interest::write:
      return Events{NotifyOn::Write};
    case Connection::Interest::none:
      break;
  }
  return Events{NotifyOn::None};  // EPOLLHUP and EPOLLERR come all the same
}

// An exception that leaves onReady ends the process. on_connection has already given up the connection.
template <typename Call>
void guarded(Call call) {
  try {
    call();
  } catch (...) {
  }
}

// Best effort: there is no connection yet that could wait for the socket. Over TLS there is nothing to say.
void turn_away(const Listener& listener, int descriptor) {
  const std::unique_ptr<ByteChannel> channel = make_plain_channel(descriptor);
  if (listener.is_tls()) return;
  const std::string id = new_request_id();
  Response busy = plain_response(503, "too many connections", id);
  busy.headers.push_back({"Retry-After", "1"});
  channel->write(response_head(busy, id, true, std::chrono::system_clock::now()) + busy.body);
  channel->finish();
}

}  // namespace

Worker::Worker(Parts parts)
    : admission_(parts.admission),
      around_(std::move(parts.around)),
      timer_(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)),
      timer_tag_(next_id()),
      inbox_tag_(next_id()) {
  if (timer_ < 0) throw std::system_error(errno, std::generic_category(), "timerfd");
  for (const auto& listener : parts.listeners) listeners_.push_back({listener.get(), next_id()});
  last_turn_ = std::chrono::steady_clock::now().time_since_epoch().count();
}

Worker::~Worker() {
  ::close(timer_);
}

void Worker::registerPoller(Pistache::Polling::Epoll& poller) {
  poller_ = &poller;  // reactor() and key() are not set yet
  poller.addFd(timer_, kRead, Tag(timer_tag_));
  poller.addFd(around_.inbox->descriptor(), kRead, Tag(inbox_tag_));
  for (Watched& watched : listeners_) watch(watched, true);
  set_tick(kIdleTick);
}

std::shared_ptr<Pistache::Aio::Handler> Worker::clone() const {
  throw std::logic_error("an http worker belongs to one reactor");  // only an asynchronous context clones
}

void Worker::onReady(const Pistache::Aio::FdSet& events) {
  const TimePoint now = std::chrono::steady_clock::now();
  last_turn_.store(now.time_since_epoch().count(), std::memory_order_relaxed);
  around_.inbox->begin_turn();
  waiting_.clear();
  guarded([&] { deliver(now); });  // who was answered may have asked again
  for (std::size_t i = 0; i < events.size(); ++i) guarded([&] { dispatch(events[i], now); });
  around_.pool.rouse();
  guarded([&] { deliver(now); });
  if (drain_asked_.load() && !draining_) drain(now);
  guarded([&] { shake_hands(now); });
  around_.pool.rouse();  // answering may have begun pipelined requests
  around_.inbox->end_turn();
}

// After everybody else. Those over the budget stay readable: epoll tells of them again, in the same order.
void Worker::shake_hands(TimePoint now) {
  if (waiting_.size() > kHandshakeBudget) waiting_.resize(kHandshakeBudget);
  for (const std::uint64_t id : waiting_)
    on_connection(id, [&](Connection& connection) { connection.on_readable(now); });
}

void Worker::dispatch(const Event& event, TimePoint now) {
  const std::uint64_t tag = event.getTag().value();
  if (tag == timer_tag_) return tick(now);
  if (tag == inbox_tag_) return around_.inbox->quiet();  // the end of the turn takes what is in it
  for (Watched& watched : listeners_)
    if (watched.tag == tag) return accept_from(watched, now, kAcceptBudget);
  bool unwanted = false;
  on_connection(tag, [&](Connection& connection) {
    // A hangup may come together with the last bytes: those go first.
    if (event.isReadable() && connection.reads())
      return connection.is_handshaking() ? waiting_.push_back(tag) : connection.on_readable(now);
    unwanted = event.isReadable();
    if (unwanted) connection.on_unwanted();
    if (event.isHangup()) return connection.on_hangup();
    if (event.isWritable()) return connection.on_writable(now);
    if (!event.isReadable()) connection.on_hangup();  // EPOLLERR alone has no flag here
  });
  if (unwanted) quiet(tag);
}

template <typename Call>
void Worker::on_connection(std::uint64_t id, Call call) {
  const auto held = connections_.find(id);
  if (held == connections_.end()) return;
  try {
    call(*held->second.connection);
    settle(held);
  } catch (...) {
    drop(held);
  }
}

void Worker::settle(std::unordered_map<std::uint64_t, Held>::iterator held) {
  Connection& connection = *held->second.connection;
  if (connection.closed()) return drop(held);
  if (!connection.is_handshaking()) handshakes_.erase(connection.id());
  const Connection::Interest wanted = connection.interest();
  // Most clients send nothing before the answer: taking their read interest away and giving it back would be two calls
  // for each request. quiet() does it for the others.
  if (wanted == Connection::Interest::none) {
    if (held->second.armed == Connection::Interest::read) return;
    connection.on_unwanted();  // its next bytes begin no turn: the answer's end must
  }
  arm(held->second, wanted);
}

void Worker::quiet(std::uint64_t id) {
  const auto held = connections_.find(id);
  if (held != connections_.end() && held->second.connection->interest() == Connection::Interest::none)
    arm(held->second, Connection::Interest::none);
}

void Worker::arm(Held& held, Connection::Interest interest) {
  if (interest == held.armed) return;
  poller_->rearmFd(held.connection->descriptor(), to_events(interest), Tag(held.connection->id()));
  held.armed = interest;
}

void Worker::drop(std::unordered_map<std::uint64_t, Held>::iterator held) {
  try {
    poller_->removeFd(held->second.connection->descriptor());
  } catch (...) {
    // Closing the descriptor takes it out as well.
  }
  handshakes_.erase(held->first);
  connections_.erase(held);
}

void Worker::watch(Watched& watched, bool active) {
  if (watched.active == active) return;
  if (active)
    poller_->addFd(watched.listener->descriptor(), kRead, Tag(watched.tag));
  else
    poller_->removeFd(watched.listener->descriptor());
  watched.active = active;
}

void Worker::accept_from(Watched& watched, TimePoint now, std::size_t budget) {
  for (; watched.active && budget > 0; --budget) {
    Accepted accepted;
    switch (watched.listener->accept(accepted)) {
      case Listener::Outcome::nobody:
        return;
      case Listener::Outcome::exhausted:
        watch(watched, false);  // until the next tick, or epoll would spin on it
        set_tick(kBusyTick);
        return;
      case Listener::Outcome::accepted:
        admit(*watched.listener, std::move(accepted), now);
    }
  }
}

void Worker::admit(const Listener& listener, Accepted accepted, TimePoint now) {
  around_.counters.accepted.fetch_add(1, std::memory_order_relaxed);
  const bool allowed = !listener.is_tls() || admission_.may_shake_hands(accepted.peer, now);
  if (allowed && listener.is_tls()) make_room_for_handshake();
  Admission::Ticket ticket = allowed ? admission_.enter(accepted.peer) : Admission::Ticket{};
  if (!ticket) {
    around_.counters.turned_away.fetch_add(1, std::memory_order_relaxed);
    return turn_away(listener, accepted.descriptor);
  }
  std::shared_ptr<const Tls> tls = listener.is_tls() ? around_.tls.get() : nullptr;
  std::unique_ptr<ByteChannel> channel =
      tls ? tls->accept(accepted.descriptor) : make_plain_channel(accepted.descriptor);
  const std::uint64_t id = next_id();
  auto connection = std::make_unique<Connection>(id, std::move(channel), std::move(tls), std::move(accepted.peer),
                                                 listener.name(), std::move(ticket), around_, now);
  poller_->addFd(connection->descriptor(), kRead, Tag(id));
  try {
    if (connection->is_handshaking()) handshakes_.insert(id);
    connections_.emplace(id, Held{std::move(connection), Connection::Interest::read});
  } catch (...) {
    handshakes_.erase(id);
    return;  // the descriptor was closed with the connection
  }
  if (tick_ != kBusyTick) set_tick(kBusyTick);
}

// Unfinished ones hold half of the places at most, so that they lock out nobody; ids grow, so the first is the oldest.
void Worker::make_room_for_handshake() {
  const std::size_t most = std::max<std::size_t>(1, around_.limits.connections / around_.limits.reactor_threads / 2);
  if (handshakes_.size() < most) return;
  around_.counters.turned_away.fetch_add(1, std::memory_order_relaxed);
  on_connection(*handshakes_.begin(), [](Connection& connection) { connection.on_hangup(); });
}

void Worker::deliver(TimePoint now) {
  for (Answer& answer : around_.inbox->take()) {
    if (connections_.find(answer.connection) == connections_.end()) {
      around_.counters.dropped_answers.fetch_add(1, std::memory_order_relaxed);
      continue;
    }
    on_connection(answer.connection, [&](Connection& connection) { connection.on_answer(std::move(answer), now); });
  }
}

void Worker::tick(TimePoint now) {
  std::uint64_t expirations = 0;
  if (::read(timer_, &expirations, sizeof expirations) < 0) return;
  if (!draining_)
    for (Watched& watched : listeners_) watch(watched, true);
  std::vector<std::uint64_t> late;
  for (const auto& [id, held] : connections_)
    if (held.connection->deadline() <= now) late.push_back(id);
  for (std::uint64_t id : late) on_connection(id, [&](Connection& connection) { connection.on_deadline(now); });
  if (connections_.empty() && tick_ != kIdleTick) set_tick(kIdleTick);
}

// Whatever goes wrong with one of them, the others are told, and the drain is known to have begun.
void Worker::drain(TimePoint now) {
  draining_ = true;
  for (Watched& watched : listeners_) {
    // Who is already in our own queue would be reset. An adopted socket lives on, its queue is the successor's.
    if (!watched.listener->is_adopted()) guarded([&] { accept_from(watched, now, kDrainAcceptBudget); });
    guarded([&] { watch(watched, false); });
  }
  for (auto next = connections_.begin(); next != connections_.end();) {
    const std::uint64_t id = (next++)->first;
    on_connection(id, [&](Connection& connection) { connection.on_drain(now); });
  }
  drained_.set_value();
}

void Worker::set_tick(milliseconds period) {
  itimerspec spec{};
  spec.it_interval.tv_sec = period.count() / 1000;
  spec.it_interval.tv_nsec = (period.count() % 1000) * 1'000'000;
  spec.it_value = spec.it_interval;
  ::timerfd_settime(timer_, 0, &spec, nullptr);
  tick_ = period;
}

std::future<void> Worker::begin_drain() {
  std::future<void> drained = drained_.get_future();
  drain_asked_ = true;
  around_.inbox->wake();
  return drained;
}

ReactorThread::ReactorThread(Worker::Parts parts)
    : worker_(std::make_shared<Worker>(std::move(parts))), reactor_(Pistache::Aio::Reactor::create()) {
  reactor_->init();
  reactor_->addHandler(worker_);
  thread_ = std::thread([reactor = reactor_.get()] { reactor->run(); });
  ::pthread_setname_np(thread_.native_handle(), "http-reactor");
}

ReactorThread::~ReactorThread() {
  reactor_->shutdown();
  thread_.join();
}

}  // namespace rosterd::http
