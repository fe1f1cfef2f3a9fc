#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "daemon/http/body_budget.h"
#include "daemon/http/inbox.h"
#include "daemon/http/server.h"

namespace rosterd::http {

// A log that fails must not cost a client its answer: what the observer throws is swallowed.
void notify(const Observer& observer, const Finished& finished);

struct Job {
  Request request;
  std::list<Answer> answer;        // one, made beforehand: an answer cannot fail for want of memory
  std::shared_ptr<Inbox> inbox;    // outlives a late answer
  std::shared_ptr<Outlet> outlet;  // lent: the answer is written there; null: it goes back to the inbox
  bool head_only = false;          // of the answer that is written
  std::string address;             // that counts as one: Admission::Ticket::key()
  std::chrono::steady_clock::time_point arrived;
  BodyBudget::Share body_share;
};

// Runs the handler on a fixed number of threads, behind a bounded queue. Safe from any thread.
class RequestPool {
 public:
  struct Size {
    std::size_t threads = 8;
    std::size_t queue_length = 256;          // that may wait for a thread
    std::size_t address_queue_length = 128;  // of them from one address
  };
  RequestPool(Size size, Handler handler, Observer observer);
  ~RequestPool();
  RequestPool(const RequestPool&) = delete;
  RequestPool& operator=(const RequestPool&) = delete;

  enum class Room { enough, none, none_for_address };

  // Takes the one job of the list. Without room, or when the pool has stopped, the list is untouched.
  Room submit(std::list<Job>& job);

  // After one or several submits: sees to it that somebody is awake for them.
  void rouse();

  // True when nothing is queued or running before `until`.
  bool wait_idle(std::chrono::steady_clock::time_point until);

  // Drops what is queued, waits for what runs.
  void stop();

  std::size_t queued() const;
  std::size_t running() const;
  std::uint64_t taken() const;  // begun since the start

 private:
  void work();
  void leave_queue(const std::string& address);  // under the lock
  void run(Job& job) noexcept;
  bool write(Job& job);  // true when the answer was, or is being, written
  bool should_rouse();   // under the lock; on true the caller notifies one thread

  const Size size_;
  const Handler handler_;
  const Observer observer_;
  mutable std::mutex mutex_;
  std::condition_variable work_;
  std::condition_variable idle_;
  std::list<Job> queue_;
  std::unordered_map<std::string, std::size_t> of_address_;  // of the queue; only those that wait
  std::size_t running_ = 0;
  // Threads are woken one after the other: each that takes a job wakes the next while more wait. Short jobs are then
  // done by the few threads that are awake, and a job that waits never waits for one that runs.
  std::size_t sleeping_ = 0;
  bool roused_ = false;  // somebody was woken and is not there yet
  std::uint64_t taken_ = 0;
  bool stopped_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace rosterd::http
