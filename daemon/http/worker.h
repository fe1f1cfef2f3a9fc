#pragma once

#include <pistache/reactor.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <future>
#include <memory>
#include <set>
#include <thread>
#include <unordered_map>
#include <vector>

#include "daemon/http/admission.h"
#include "daemon/http/connection.h"
#include "daemon/http/door.h"

namespace rosterd::http {

// The one handler of one reactor: accepts, owns its connections, ticks, drains. Everything but the constructor,
// begin_drain and last_turn runs on the reactor's thread.
class Worker final : public Pistache::Aio::Handler {
 public:
  struct Parts {
    const std::vector<std::unique_ptr<Listener>>& listeners;
    Admission& admission;
    Surroundings around;
  };

  explicit Worker(Parts parts);
  ~Worker() override;
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void onReady(const Pistache::Aio::FdSet& events) override;
  void registerPoller(Pistache::Polling::Epoll& poller) override;
  std::shared_ptr<Pistache::Aio::Handler> clone() const override;

  // Ready when this worker accepts no more and its idle connections are closed. Call once, from any thread.
  std::future<void> begin_drain();

  TimePoint last_turn() const { return TimePoint(TimePoint::duration(last_turn_.load(std::memory_order_relaxed))); }

 private:
  using Event = Pistache::Aio::FdSet::Entry;
  struct Watched {  // a listener in our epoll
    const Listener* listener;
    std::uint64_t tag;
    bool active = false;
  };
  struct Held {
    std::unique_ptr<Connection> connection;
    Connection::Interest armed = Connection::Interest::none;
  };

  void shake_hands(TimePoint now);
  void make_room_for_handshake();
  void dispatch(const Event& event, TimePoint now);
  void accept_from(Watched& watched, TimePoint now, std::size_t budget);
  void admit(const Listener& listener, Accepted accepted, TimePoint now);
  void deliver(TimePoint now);
  void tick(TimePoint now);
  void drain(TimePoint now);
  void set_tick(std::chrono::milliseconds period);
  template <typename Call>
  void on_connection(std::uint64_t id, Call call);
  void settle(std::unordered_map<std::uint64_t, Held>::iterator held);
  void quiet(std::uint64_t id);  // bytes came that are not wanted now, and epoll would tell so without end
  void arm(Held& held, Connection::Interest interest);
  void drop(std::unordered_map<std::uint64_t, Held>::iterator held);
  void watch(Watched& watched, bool active);

  Admission& admission_;
  Surroundings around_;
  Pistache::Polling::Epoll* poller_ = nullptr;
  int timer_;
  const std::uint64_t timer_tag_;
  const std::uint64_t inbox_tag_;
  std::chrono::milliseconds tick_{0};
  std::vector<Watched> listeners_;
  std::unordered_map<std::uint64_t, Held> connections_;
  std::set<std::uint64_t> handshakes_;  // of them, those that have not finished theirs
  std::vector<std::uint64_t> waiting_;  // of those, with bytes in this turn
  std::atomic<bool> drain_asked_{false};
  bool draining_ = false;
  std::promise<void> drained_;
  std::atomic<TimePoint::rep> last_turn_{0};
};

// A reactor with its worker on a thread of its own. Stops and joins in the destructor.
class ReactorThread {
 public:
  explicit ReactorThread(Worker::Parts parts);
  ~ReactorThread();
  ReactorThread(const ReactorThread&) = delete;
  ReactorThread& operator=(const ReactorThread&) = delete;

  Worker& worker() { return *worker_; }
  const Worker& worker() const { return *worker_; }

 private:
  std::shared_ptr<Worker> worker_;
  std::shared_ptr<Pistache::Aio::Reactor> reactor_;
  std::thread thread_;
};

}  // namespace rosterd::http
