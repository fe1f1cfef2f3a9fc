#include "daemon/http/server.h"

#include <algorithm>
#include <mutex>
#include <stdexcept>
#include <utility>

#include "daemon/http/worker.h"

namespace rosterd::http {

Listen Listen::tcp(std::string name, std::string address, std::uint16_t port) {
  Listen listen;
  listen.name = std::move(name);
  listen.address = std::move(address);
  listen.port = port;
  return listen;
}

Listen Listen::local(std::string name, std::string path, mode_t mode) {
  Listen listen;
  listen.kind = Kind::local;
  listen.name = std::move(name);
  listen.path = std::move(path);
  listen.mode = mode;
  return listen;
}

Listen Listen::adopted(std::string name, int descriptor) {
  Listen listen;
  listen.kind = Kind::adopted;
  listen.name = std::move(name);
  listen.descriptor = descriptor;
  return listen;
}

namespace {

// An address that may have all connections is a reverse proxy's: a part of it would be a part for everybody.
bool is_proxied(const Limits& limits) {
  return limits.connections_per_address >= limits.connections;
}

std::size_t bodies_per_address(const Limits& limits) {
  return is_proxied(limits) ? limits.all_bodies_bytes : std::max(limits.address_bodies_bytes, limits.body_bytes);
}

RequestPool::Size pool_size(const Limits& limits) {
  const std::size_t queue = limits.queue_length;
  return {limits.request_threads, queue, is_proxied(limits) ? queue : (queue + 1) / 2};
}

}  // namespace

// Members are destroyed from below: reactors, then the pool, then what both refer to.
class Server::Impl {
 public:
  Impl(std::vector<Listen> listens, Limits limits, Handler handler, Observer observer)
      : listens_(std::move(listens)),
        limits_(limits),
        handler_(std::move(handler)),
        observer_(std::move(observer)),
        admission_(limits_.connections, limits_.connections_per_address),
        bodies_(limits_.all_bodies_bytes, bodies_per_address(limits_)) {
    if (!handler_) throw std::invalid_argument("http: a server needs a handler");
    if (limits_.reactor_threads == 0 || limits_.request_threads == 0)
      throw std::invalid_argument("http: a server needs at least one reactor thread and one request thread");
    if (limits_.body_rate == 0) throw std::invalid_argument("http: the slowest rate of a body is 1 byte/s");
  }

  void set_tls(std::shared_ptr<const Tls> tls) { tls_.set(std::move(tls)); }

  void start() {
    if (pool_) throw std::logic_error("http: the server was started before");
    for (const Listen& listen : listens_) {
      if (listen.tls && !tls_.get()) throw std::runtime_error("listener '" + listen.name + "': TLS has no certificate");
      listeners_.push_back(std::make_unique<Listener>(listen));
      bound_.push_back(listeners_.back()->bound());
    }
    pool_ = std::make_unique<RequestPool>(pool_size(limits_), handler_, observer_);
    const std::lock_guard lock(reactors_mutex_);
    for (std::size_t i = 0; i < limits_.reactor_threads; ++i)
      reactors_.push_back(std::make_unique<ReactorThread>(Worker::Parts{
          listeners_, admission_, {limits_, observer_, counters_, *pool_, bodies_, tls_, std::make_shared<Inbox>()}}));
  }

  bool drain(std::chrono::milliseconds within) {
    const TimePoint until = std::chrono::steady_clock::now() + within;
    if (std::exchange(draining_, true) || !pool_) return admission_.open() == 0;
    std::vector<std::future<void>> left;
    for (auto& reactor : reactors_) left.push_back(reactor->worker().begin_drain());
    for (std::future<void>& worker : left)
      if (worker.wait_until(until) != std::future_status::ready) return false;
    for (auto& listener : listeners_) listener->close();
    return admission_.wait_empty(until) && pool_->wait_idle(until);
  }

  void stop() {
    std::vector<std::unique_ptr<ReactorThread>> ending;
    {
      const std::lock_guard lock(reactors_mutex_);
      ending.swap(reactors_);
    }
    ending.clear();
    if (pool_) pool_->stop();
    listeners_.clear();
  }

  const std::vector<Bound>& bound() const { return bound_; }

  Stats stats() const {
    Stats stats;
    stats.connections = admission_.open();
    if (pool_) {
      stats.queued = pool_->queued();
      stats.running = pool_->running();
      stats.taken = pool_->taken();
    }
    stats.body_bytes = bodies_.used();
    stats.accepted = counters_.accepted;
    stats.turned_away = counters_.turned_away;
    stats.tls_failures = counters_.tls_failures;
    stats.requests = counters_.requests;
    stats.refused = counters_.refused;
    stats.dropped_answers = counters_.dropped_answers;
    const TimePoint now = std::chrono::steady_clock::now();
    const std::lock_guard lock(reactors_mutex_);
    for (const auto& reactor : reactors_)
      stats.oldest_tick =
          std::max(stats.oldest_tick,
                   std::chrono::duration_cast<std::chrono::milliseconds>(now - reactor->worker().last_turn()));
    return stats;
  }

 private:
  const std::vector<Listen> listens_;
  const Limits limits_;
  const Handler handler_;
  const Observer observer_;
  Counters counters_;
  Admission admission_;
  BodyBudget bodies_;
  TlsSlot tls_;
  std::vector<Bound> bound_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  std::unique_ptr<RequestPool> pool_;
  mutable std::mutex reactors_mutex_;  // stats() against start() and stop()
  std::vector<std::unique_ptr<ReactorThread>> reactors_;
  bool draining_ = false;
};

Server::Server(std::vector<Listen> listens, Limits limits, Handler handler, Observer observer)
    : impl_(std::make_unique<Impl>(std::move(listens), limits, std::move(handler), std::move(observer))) {}

Server::~Server() {
  stop();
}

void Server::set_tls(std::shared_ptr<const Tls> tls) {
  impl_->set_tls(std::move(tls));
}
void Server::start() {
  impl_->start();
}
std::vector<Bound> Server::bound() const {
  return impl_->bound();
}
bool Server::drain(std::chrono::milliseconds within) {
  return impl_->drain(within);
}
void Server::stop() {
  impl_->stop();
}
Stats Server::stats() const {
  return impl_->stats();
}

}  // namespace rosterd::http
